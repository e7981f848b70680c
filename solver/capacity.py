"""What the projects have left beside those who work there already (data-format.md, section 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.columns import get_day, read_whole
from solver.instance import NO_LIMIT, IntArray
from solver.pins import Pins, sum_outside_cents
from solver.rules.context import RuleContext
from solver.staffing import find_surviving, sum_weekly


@dataclass(frozen=True, eq=False)
class Capacity:
    """What is left of the projects, and who has taken the rest.

    open_hours  int64[P, W]
    seats       int64[P], NO_LIMIT where there is none
    weekly_budget_cents  int64[P], NO_LIMIT where there is none; surviving work costs nothing
                of it, a pin of somebody who is not planned any more does
    present     int64[N, 2], rows (project, row of the roster's contractors), each once, of
                the surviving assignments within the horizon; a pin of somebody who is not
                planned any more counts like one
    """

    open_hours: IntArray
    seats: IntArray
    weekly_budget_cents: IntArray
    present: IntArray


def build_capacity(context: RuleContext, pins: Pins) -> Capacity:
    """Return what the surviving assignments leave."""
    projects, num_projects = context.projects, context.num_projects
    surviving = find_surviving(context.roster, context.staffing, context.released)
    demand = read_whole(projects["demand_hours"], 0)
    demand = demand - sum_weekly(pins.outside_project, pins.outside_hours, num_projects)
    open_hours = np.zeros((num_projects, context.horizon.weeks), dtype=np.int64)
    in_horizon = np.zeros(len(surviving.hours), dtype=np.bool_)
    for week, monday in enumerate(context.horizon.mondays):
        runs = surviving.runs_in_week(get_day(monday))
        in_horizon |= runs
        used = sum_weekly(surviving.project_row[runs], surviving.hours[runs], num_projects)
        open_hours[:, week] = np.clip(demand - used, 0, None) * context.active[:, week]
    working = surviving.select(in_horizon)
    present = np.unique(
        np.concatenate(
            [
                np.stack([working.project_row, working.contractor_row], axis=1),
                np.stack([pins.outside_project, pins.outside_contractor_row], axis=1),
            ]
        ),
        axis=0,
    )
    taken = np.bincount(present[:, 0], minlength=num_projects)
    seats = read_whole(projects["seats"], NO_LIMIT)
    left = np.where(seats == NO_LIMIT, NO_LIMIT, np.clip(seats - taken, 0, None))
    budget = read_whole(projects["weekly_budget_cents"], NO_LIMIT)
    unspent = np.clip(budget - sum_outside_cents(context, pins), 0, None)
    return Capacity(open_hours, left, np.where(budget == NO_LIMIT, NO_LIMIT, unspent), present)
