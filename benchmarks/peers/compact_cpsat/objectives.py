"""The tiers of model.md as linear expressions, one function each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ortools.sat.python import cp_model

from benchmarks.peers.compact_cpsat.variables import Variables
from solver.policy import Tier


def build_coverage(variables: Variables) -> cp_model.LinearExprT:
    """Return the number of covered contractors; adds what `covered` means to the model.

    covered => sum_p D * hours_per_week >= floor_hours * sum_w avail_days
    """
    instance = variables.instance
    days = instance.pair_days.tolist()
    for contractor, covered in enumerate(variables.covered):
        needed = int(instance.floor_hours[contractor] * instance.horizon_days[contractor])
        pairs = range(
            int(instance.pair_start[contractor]), int(instance.pair_start[contractor + 1])
        )
        earned = cp_model.LinearExpr.weighted_sum(
            [variables.hours[pair] for pair in pairs], [days[pair] for pair in pairs]
        )
        variables.model.add(earned >= needed * covered)
    return cp_model.LinearExpr.sum(variables.covered)


def build_hours(variables: Variables) -> cp_model.LinearExprT:
    """Return the sum of priority * D * hours_per_week."""
    instance = variables.instance
    worth = instance.priority[instance.pair_project] * instance.pair_days
    return cp_model.LinearExpr.weighted_sum(variables.hours, worth.tolist())


def build_fit(variables: Variables) -> cp_model.LinearExprT:
    """Return the sum of fit * D * hours_per_week, less switch_cost per assignment."""
    instance = variables.instance
    worth = instance.pair_fit.astype("int64") * instance.pair_days
    cost = [-instance.switch_cost] * instance.num_pairs
    return cp_model.LinearExpr.weighted_sum(
        [*variables.hours, *variables.assign], [*worth.tolist(), *cost]
    )


OBJECTIVES: Mapping[Tier, Callable[[Variables], cp_model.LinearExprT]] = MappingProxyType(
    {Tier.COVERAGE: build_coverage, Tier.HOURS: build_hours, Tier.FIT: build_fit}
)
