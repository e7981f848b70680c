"""The tiers as linear expressions over a model's variables (formulas of model.md)."""

from __future__ import annotations

from collections.abc import Mapping

from ortools.sat.python import cp_model

from solver.model.variables import Variables
from solver.policy import Tier


def build_tier(variables: Variables, tier: Tier) -> cp_model.LinearExprT:
    """Return the tier's value, without what pins bring."""
    match tier:
        case Tier.COVERAGE:
            return cp_model.LinearExpr.sum(variables.covered)
        case Tier.HOURS:
            return _weigh(variables, variables.problem.hours_gain.tolist(), None)
        case Tier.FIT:
            problem = variables.problem
            return _weigh(variables, problem.fit_gain.tolist(), problem.switch_cost.tolist())


def build_sum(variables: Variables, weights: Mapping[Tier, int]) -> cp_model.LinearExprT:
    """Return the sum of the tiers, each times its weight."""
    return sum(weight * build_tier(variables, tier) for tier, weight in weights.items())


def _weigh(
    variables: Variables, gain: list[int], switch_cost: list[int] | None
) -> cp_model.LinearExprT:
    """Return the sum of gain * hours - switch_cost * assignments."""
    chosen, factors = [], []
    for pair, terms in variables.terms.items():
        cost = switch_cost[pair] if switch_cost is not None else 0
        for variable, hours, heads in terms:
            chosen.append(variable)
            factors.append(gain[pair] * hours - cost * heads)
    return cp_model.LinearExpr.weighted_sum(chosen, factors)
