"""Brute force for instances of some dozen contractors: all plans, those that cannot win cut off.

Contractor by contractor every bundle is added to every state; states that use the same of all
resources are one, the better counts. What a state can still win is bounded by prices on the
resources (any prices of 0 or more bound it), so that states below a value claimed beforehand can
go: the answer is the best of all plans that reach the claim, and none if none does.

Goals in their order are one number, weighed so that no sum of a later goal outweighs a unit of
an earlier one. Everything is whole; only the guess of good prices comes from a linear program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from ortools.linear_solver import pywraplp

from solver.instance import Instance, IntArray
from solver.policy import Policy, Tier
from tests.solver.brute_force import list_bundles, list_limits, list_usage, score_bundle


@dataclass(frozen=True, eq=False)
class Bundles:
    """The bundles of one contractor that fit an empty market.

    used   int64[B, R], what each takes of the scarce resources
    worth  int64[B], all goals in one number
    """

    used: IntArray
    worth: IntArray


def weigh_tiers(instance: Instance, policy: Policy) -> dict[Tier, int]:
    """Return what a unit of each goal counts in the one number."""
    spans = dict.fromkeys(Tier, 1)
    for contractor in range(instance.num_contractors):
        bundles = list_bundles(instance, contractor)
        scores = np.abs([score_bundle(instance, contractor, bundle) for bundle in bundles])
        for tier, largest in zip(Tier, scores.max(axis=0).tolist(), strict=True):
            spans[tier] += 2 * largest
    first, second, third = policy.tiers
    return {first: spans[second] * spans[third], second: spans[third], third: 1}


def find_best_worth(instance: Instance, weights: Mapping[Tier, int], claimed: int) -> int | None:
    """Return the most that any plan is worth, None if that is less than `claimed`."""
    limits, groups = _list_scarce(instance, weights)
    prices = _guess_prices(limits, groups)
    order = sorted(groups, key=lambda group: (_find_first(group), len(group.worth)))
    used, worth = np.zeros((1, len(limits)), dtype=np.int64), np.zeros(1, dtype=np.int64)
    for place, group in enumerate(order):
        used, worth = _extend(used, worth, group, limits)
        wanted = np.zeros(len(limits), dtype=np.int64)
        later_worth = 0
        for later in order[place + 1 :]:
            wanted += later.used.max(axis=0)
            later_worth += int((later.worth - later.used @ prices).max())
        left = limits - used
        can_win = worth + np.minimum(left, wanted) @ prices + later_worth >= claimed
        # What is left in plenty need not be told apart.
        used = np.where(left >= wanted, 0, used)
        used, worth = _merge(used[can_win], worth[can_win])
    return int(worth.max()) if len(worth) else None


def _list_scarce(instance: Instance, weights: Mapping[Tier, int]) -> tuple[IntArray, list[Bundles]]:
    """Return the limits that all contractors together can exceed, and everyone's bundles."""
    limits = np.array(list_limits(instance), dtype=np.int64)
    factors = np.array([weights[tier] for tier in Tier], dtype=np.int64)
    groups = []
    for contractor in range(instance.num_contractors):
        bundles = list_bundles(instance, contractor)
        used = np.array([list_usage(instance, contractor, bundle) for bundle in bundles])
        scores = np.array([score_bundle(instance, contractor, bundle) for bundle in bundles])
        fits = (used <= limits).all(axis=1)
        groups.append(Bundles(used[fits], (scores * factors).sum(axis=1)[fits]))
    most = np.sum([group.used.max(axis=0) for group in groups], axis=0)
    scarce = np.flatnonzero(most > limits)
    return limits[scarce], [Bundles(group.used[:, scarce], group.worth) for group in groups]


def _guess_prices(limits: IntArray, groups: list[Bundles]) -> IntArray:
    """Return int64[R]: the duals of the linear program over the bundles, rounded, at least 0."""
    program = pywraplp.Solver.CreateSolver("GLOP")
    unit = float(max(np.abs(group.worth).max() for group in groups))
    rows = [program.Constraint(-program.infinity(), float(limit)) for limit in limits]
    objective = program.Objective()
    objective.SetMaximization()
    for group in groups:
        one = program.Constraint(-program.infinity(), 1.0)
        for used, worth in zip(group.used, group.worth, strict=True):
            taken = program.NumVar(0.0, program.infinity(), "")
            one.SetCoefficient(taken, 1.0)
            objective.SetCoefficient(taken, float(worth) / unit)
            for row in np.flatnonzero(used):
                rows[row].SetCoefficient(taken, float(used[row]))
    program.Solve()
    duals = [max(0, round(row.dual_value() * unit)) for row in rows]
    return np.array(duals, dtype=np.int64)


def _find_first(group: Bundles) -> int:
    """Return the first scarce resource that a contractor draws on: neighbours stand together."""
    drawn = np.flatnonzero(group.used.any(axis=0))
    return int(drawn[0]) if len(drawn) else -1


def _extend(
    used: IntArray, worth: IntArray, group: Bundles, limits: IntArray
) -> tuple[IntArray, IntArray]:
    """Return every state with every bundle that still fits."""
    uses, worths = [], []
    for more, gain in zip(group.used, group.worth, strict=True):
        fits = (used + more <= limits).all(axis=1)
        uses.append(used[fits] + more)
        worths.append(worth[fits] + gain)
    return np.concatenate(uses), np.concatenate(worths)


def _merge(used: IntArray, worth: IntArray) -> tuple[IntArray, IntArray]:
    """Keep the best of the states that use the same."""
    order = np.lexsort((-worth, *used.T))
    used, worth = used[order], worth[order]
    is_first = np.ones(len(worth), dtype=np.bool_)
    is_first[1:] = np.any(np.diff(used, axis=0) != 0, axis=1)
    return used[is_first], worth[is_first]
