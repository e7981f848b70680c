"""What one contractor's part of a plan adds to each goal (why this project)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from solver.explanation.standing import StandingPlan
from solver.policy import Tier


@dataclass(frozen=True)
class Contribution:
    """One assignment's share of the goals, in the model's integers.

    hour_days  hours a week x workdays over the weeks in which the project runs
    values     hours: hour_days x priority; fit: hour_days x fit, less the switching cost;
               coverage: 1 where the contractor is covered and would not be without it
    """

    project_idx: int
    hours_per_week: int
    hour_days: int
    priority: int
    fit: int
    switch_cost: int
    is_pinned: bool
    values: Mapping[Tier, int]


@dataclass(frozen=True)
class PersonValues:
    """One contractor's part of the plan.

    earned, needed  hour-days over the horizon: what the assignments give, and the floor
    values          the whole part: coverage 0 or 1, hours and fit the sums of the rows
    """

    contractor_idx: int
    earned: int
    needed: int
    rows: tuple[Contribution, ...]
    values: Mapping[Tier, int]

    @property
    def is_covered(self) -> bool:
        """Whether the contractor keeps at least the floor."""
        return self.earned >= self.needed


def compute_contributions(plan: StandingPlan, contractor_idx: int) -> PersonValues:
    """Return what the contractor's assignments add to each goal.

    Taken together, hours and fit of all contractors sum to the plan's values, and so does
    the coverage of the persons (not of the rows: two projects may be needed together).
    """
    instance, usage = plan.instance, plan.usage
    start, stop = instance.pair_start[contractor_idx : contractor_idx + 2].tolist()
    earned = int(usage.earned[contractor_idx])
    needed = int(instance.floor_hours[contractor_idx] * instance.horizon_days[contractor_idx])
    moved_today = {other for one, other in instance.today.tolist() if one == contractor_idx}
    rows = []
    for pair in (start + np.flatnonzero(usage.hours[start:stop])).tolist():
        project_idx, hours = int(instance.pair_project[pair]), int(usage.hours[pair])
        hour_days = hours * int(instance.pair_days[pair])
        priority, fit = int(instance.priority[project_idx]), int(instance.pair_fit[pair])
        switch_cost = 0 if project_idx in moved_today else instance.switch_cost
        rows.append(
            Contribution(
                project_idx=project_idx,
                hours_per_week=hours,
                hour_days=hour_days,
                priority=priority,
                fit=fit,
                switch_cost=switch_cost,
                is_pinned=bool(plan.pinned.hours[pair]),
                values={
                    Tier.COVERAGE: int(earned - hour_days < needed <= earned),
                    Tier.HOURS: priority * hour_days,
                    Tier.FIT: fit * hour_days - switch_cost,
                },
            )
        )
    return PersonValues(
        contractor_idx,
        earned,
        needed,
        tuple(rows),
        {
            Tier.COVERAGE: int(earned >= needed),
            Tier.HOURS: sum(row.values[Tier.HOURS] for row in rows),
            Tier.FIT: sum(row.values[Tier.FIT] for row in rows),
        },
    )
