"""Who a resumed project may call back, and what they work on today (concepts.md, Recall).

Letter A: assignments of the roster, ended ones included.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solver.affected import Scope, find_paused, find_stopped
from solver.affected_people import Affected, assemble_affected, sum_by_contractor
from solver.columns import get_day
from solver.instance import BoolArray, IntArray
from solver.request import PlanRequest
from solver.roster import Roster
from solver.staffing import Staffing, build_staffing


@dataclass(frozen=True, eq=False)
class RecallWork:
    """What the recalled contractors had and have.

    former  bool[A], on the resumed projects: the pause interrupted it, and by its dates it
            would still run when they resume
    today   bool[A], of the same contractors on other open projects, begun since the pause and
            running into the horizon: what the recall may move
    """

    former: BoolArray
    today: BoolArray


def find_recall_work(roster: Roster, request: PlanRequest, staffing: Staffing) -> RecallWork:
    """Return the work that a recall looks at; `request.paused_since` must be given."""
    assert request.paused_since is not None
    resumed_day, since_day = get_day(request.pause_date), get_day(request.paused_since)
    is_resumed = find_paused(roster, request.scope)[staffing.project_row]
    runs = staffing.runs_on(resumed_day)
    stopped = find_stopped(roster, request.scope, staffing)
    former = stopped & runs & (staffing.start_day <= since_day)
    is_recalled = np.zeros(len(roster.contractors), dtype=np.bool_)
    is_recalled[staffing.contractor_row[former]] = True
    is_open = roster.projects["status"].eq("open").to_numpy(dtype=np.bool_)
    today = (
        ~is_resumed
        & runs
        & (staffing.start_day >= since_day)
        & (staffing.end_day >= get_day(request.horizon.starts_on))
        & is_recalled[staffing.contractor_row]
        & is_open[staffing.project_row]
    )
    return RecallWork(former, today)


def find_released(roster: Roster, request: PlanRequest, staffing: Staffing) -> BoolArray:
    """bool[A]: the assignments that the pause stops, or that the recall may move."""
    if request.paused_since is None:
        return find_stopped(roster, request.scope, staffing)
    work = find_recall_work(roster, request, staffing)
    return work.former | work.today


def reopen(roster: Roster, scope: Scope) -> Roster:
    """Return the roster with the projects of the scope open."""
    resumed = find_paused(roster, scope)
    status = roster.projects["status"].mask(resumed, "open")
    return replace(roster, projects=roster.projects.assign(status=status))


def build_recalled(roster: Roster, request: PlanRequest) -> Affected:
    """Return whom the recall plans.

    To place: the hours that the pause took or those worked today in their place, whichever
    are more. The floor is never below today's hours: coverage counts who keeps them. What
    a recalled contractor would give up, today's places or else the former ones, stands for
    the lost work: its rates and its projects.
    """
    staffing = build_staffing(roster)
    work = find_recall_work(roster, request, staffing)
    today_hours = sum_by_contractor(roster, staffing.select(work.today))
    former_hours = sum_by_contractor(roster, staffing.select(work.former))
    works_today = (today_hours > 0)[staffing.contractor_row]
    return assemble_affected(
        roster,
        staffing,
        request.horizon.mondays,
        lost=work.today | (work.former & ~works_today),
        released=work.former | work.today,
        gone_hours=np.maximum(former_hours, today_hours),
        least_floor_hours=today_hours,
    )


def list_today(
    roster: Roster, request: PlanRequest, staffing: Staffing, position: IntArray
) -> IntArray:
    """int64[N, 3], rising rows (contractor, project, hours a week): the places worked today.

    position  int64[contractors of the roster], the planned contractor of each, -1 for others
    """
    if request.paused_since is None:
        return np.zeros((0, 3), dtype=np.int64)
    work = staffing.select(find_recall_work(roster, request, staffing).today)
    contractor = position[work.contractor_row]
    pairs, place = np.unique(
        np.stack([contractor, work.project_row], axis=1), axis=0, return_inverse=True
    )
    hours = np.bincount(place.reshape(-1), weights=work.hours, minlength=len(pairs))
    rows = np.column_stack([pairs, hours.astype(np.int64)])
    return rows[rows[:, 0] >= 0]
