"""What a pause puts at risk: hours and pay week by week, and places that walls close.

Letters: A assignments, C affected contractors, P projects, W weeks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from solver.affected import find_stopped
from solver.build import PlanProblem
from solver.columns import divide_half_up, get_day
from solver.eligibility import CHUNK
from solver.instance import WORKDAYS_PER_WEEK, BoolArray

_WALL = "wall"


@dataclass(frozen=True)
class WeekAtRisk:
    """One week of the horizon.

    num_people  affected contractors who would have worked on what is paused
    hour_days   their hours, times workdays not on leave; five make an hour a week
    cents       their pay by currency, rounded half up
    """

    monday: date
    num_people: int
    hour_days: int
    cents: tuple[tuple[str, int], ...]


def list_weeks_at_risk(problem: PlanProblem) -> tuple[WeekAtRisk, ...]:
    """Return what the affected would have worked and earned in each week.

    Work that would have ended in the horizon counts until then, leave does not count.
    """
    context = problem.context
    staffing = context.staffing
    stopped = find_stopped(problem.roster, problem.request.scope, staffing)
    work = staffing.select(stopped & (context.position[staffing.contractor_row] >= 0))
    who = context.position[work.contractor_row]
    currencies = context.people["currency"].to_numpy(dtype=object)
    weeks = []
    for week, monday in enumerate(problem.horizon.mondays):
        days = problem.affected.avail_days[who, week] * work.runs_in_week(get_day(monday))
        hour_days = work.hours * days
        pay = hour_days * work.rate_cents
        cents = [
            (str(code), divide_half_up(int(pay[currencies[who] == code].sum()), WORKDAYS_PER_WEEK))
            for code in sorted(set(currencies[who[days > 0]].tolist()))
        ]
        num_people = len(np.unique(who[days > 0]))
        weeks.append(WeekAtRisk(monday, num_people, int(hour_days.sum()), tuple(cents)))
    return tuple(weeks)


def find_walled_off(problem: PlanProblem) -> BoolArray:
    """bool[C, P]: the pairs that a wall alone refuses; every other rule would allow them."""
    eligibility = problem.eligibility
    wall = [rule.code for rule in eligibility.rules].index(_WALL)
    num = problem.context.num_contractors
    parts = [np.zeros((0, problem.context.num_projects), dtype=np.bool_)]
    for start in range(0, num, CHUNK):
        refused = eligibility.build_refused(start, min(start + CHUNK, num))
        parts.append(refused[wall] & (refused.sum(axis=0) == 1))
    return np.concatenate(parts)
