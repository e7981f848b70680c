"""Approved assignments as fixed parts of a plan, whatever the rules say by now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from solver.columns import locate, read_whole
from solver.errors import InvalidInput, Problem
from solver.instance import NO_LIMIT, WORKDAYS_PER_WEEK, Instance, IntArray
from solver.rules.context import NO_RATE, RuleContext


@dataclass(frozen=True, eq=False)
class Pins:
    """Pinned assignments, each pair once, sorted by contractor then project.

    contractor, project, hours  int64[N], of contractors that are planned
    outside_contractor_row, outside_project, outside_hours  int64[M], of people who are not
        planned any more (away by now, or not affected): they still hold their place
    """

    contractor: IntArray
    project: IntArray
    hours: IntArray
    outside_contractor_row: IntArray
    outside_project: IntArray
    outside_hours: IntArray

    def rows(self) -> IntArray:
        """int64[N, 3]: contractor, project, hours per week."""
        return np.stack([self.contractor, self.project, self.hours], axis=1)


def build_pins(context: RuleContext) -> Pins:
    """Return the request's pins; two of one pair add up.

    Raises InvalidInput for unknown contractors and projects and hours below 1.
    """
    pinned = context.request.pinned
    contractor_ids = pd.Series([row[0] for row in pinned], dtype="str")
    project_ids = pd.Series([row[1] for row in pinned], dtype="str")
    contractor_row = locate(context.roster.contractors["contractor_id"], contractor_ids)
    project = locate(context.projects["project_id"], project_ids)
    hours = np.array([row[2] for row in pinned], dtype=np.int64)
    problems = [
        Problem(f"pinned assignment {n + 1}", ", ".join(map(str, row)), expected)
        for n, row in enumerate(pinned)
        for expected, is_wrong in (
            ("a known contractor", contractor_row[n] < 0),
            ("a known project", project[n] < 0),
            ("at least 1 hour a week", hours[n] < 1),
        )
        if is_wrong
    ]
    if problems:
        raise InvalidInput(problems)
    total: dict[tuple[int, int], int] = defaultdict(int)
    for row in zip(contractor_row.tolist(), project.tolist(), hours.tolist(), strict=True):
        total[row[:2]] += row[2]
    table = np.array(
        sorted((*pair, amount) for pair, amount in total.items()), dtype=np.int64
    ).reshape(-1, 3)
    position = context.position[table[:, 0]]
    inside, outside = position >= 0, position < 0
    return Pins(
        position[inside],
        table[inside, 1],
        table[inside, 2],
        table[outside, 0],
        table[outside, 1],
        table[outside, 2],
    )


def sum_outside_cents(context: RuleContext, pins: Pins) -> IntArray:
    """int64[P], cents a week: what the pins of people who are not planned any more cost."""
    paid = context.project_rate[pins.outside_project]
    own = read_whole(context.roster.contractors["pay_rate_cents"], 0)[pins.outside_contractor_row]
    cost = np.zeros(context.num_projects, dtype=np.int64)
    np.add.at(cost, pins.outside_project, pins.outside_hours * np.where(paid == NO_RATE, own, paid))
    return cost


def raise_to_pins(instance: Instance) -> Instance:
    """Return the instance with every limit at least what its pins use up.

    A person approved them; a demand that shrank since must not make the plan impossible.
    """
    if not len(instance.pins):
        return instance
    contractor, project, hours = instance.pins.T
    hours_by_week = hours[:, np.newaxis] * instance.active[project]
    days = instance.avail_days[contractor]
    worked = np.zeros((instance.num_contractors, instance.weeks), dtype=np.int64)
    np.add.at(worked, contractor, hours_by_week)
    staffed = np.zeros((instance.num_projects, instance.weeks), dtype=np.int64)
    np.add.at(staffed, project, hours_by_week * days)
    lost_hours = np.maximum(instance.lost_hours, worked.max(axis=1))
    np.maximum.at(lost_hours, contractor, hours)
    min_hours, max_hours = instance.min_hours.copy(), instance.max_hours.copy()
    np.minimum.at(min_hours, project, hours)
    np.maximum.at(max_hours, project, hours)
    people = np.bincount(project, minlength=instance.num_projects)
    projects = np.bincount(contractor, minlength=instance.num_contractors)
    return replace(
        instance,
        lost_hours=lost_hours,
        max_projects=np.maximum(instance.max_projects, projects),
        open_hours=np.maximum(instance.open_hours, -(-staffed // WORKDAYS_PER_WEEK)),
        seats=np.maximum(instance.seats, people),
        min_hours=min_hours,
        max_hours=max_hours,
        weekly_budget_cents=_raise_budget(instance, contractor, project, hours),
    )


def _raise_budget(
    instance: Instance, contractor: IntArray, project: IntArray, hours: IntArray
) -> IntArray:
    """int64[P]: the budgets, at least what the pins cost."""
    key = instance.pair_contractor.astype(np.int64) * instance.num_projects + instance.pair_project
    pair = np.searchsorted(key, contractor * instance.num_projects + project)
    cost = np.zeros(instance.num_projects, dtype=np.int64)
    np.add.at(cost, project, hours * instance.pair_rate_cents[pair])
    budget = instance.weekly_budget_cents
    return np.where(budget == NO_LIMIT, NO_LIMIT, np.maximum(budget, cost))
