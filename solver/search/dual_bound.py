"""The exact bound that prices prove, in whole numbers, for every bundle of the problem.

Prices become integers over a common scale, and the bound of `solver.search.prices` is
summed in int64 and rounded down. Every set of up to three projects is counted,
whatever the search looked at. Longer sets, for contractors who may take more than three, and
those of contractors with millions of them are bounded by their members one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solver.instance import WORKDAYS_PER_WEEK, BoolArray, IntArray
from solver.model.open_problem import OpenProblem, select_pairs
from solver.model.project_sets import (
    MAX_SET_SIZE,
    ProjectSets,
    Worth,
    choose_hours,
    count_subsets,
    iterate_project_sets,
)
from solver.model.uneven_sets import find_covered_worth
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.prices import Prices, Resources, build_zero_prices

_LARGEST_SUM = 2.0**61
_FINEST_SCALE = 2**30
_CHUNK = 400_000
_MOST_SETS = 1_000_000
"""Sets of one size of one contractor that are looked at; others are bounded by their members."""


@dataclass(frozen=True, eq=False)
class ScaledPrices:
    """Prices in whole numbers; `scale` units are worth one of the goal's tier."""

    prices: Prices
    scale: int

    def sum_bound(self, resources: Resources, goal: Goal, worth: IntArray) -> int:
        """Return the bound in units; `worth`, int64[C], is each contractor's best bundle."""
        floors = sum(int(self.prices.tiers[tier]) * floor for tier, floor in goal.floors.items())
        return int(resources.get_charge(self.prices)) + int(worth.sum()) - floors


def compute_bound(
    resources: Resources,
    prices: Prices,
    goal: Goal,
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Return a value that no plan's goal tier exceeds, given the goal's floors.

    It leaves out what pins bring; without any pair it is 0. When stopped, what was not
    looked at yet is bounded by single projects: looser, and still valid.
    """
    problem = resources.problem
    if not problem.num_pairs:
        return 0
    scaled = scale_prices(resources, prices, goal)
    worth = find_best_worth(resources, scaled.prices, should_stop)
    return scaled.sum_bound(resources, goal, worth) // scaled.scale


def find_best_worth(
    resources: Resources, prices: Prices, should_stop: Callable[[], bool]
) -> IntArray:
    """Return int64[C]: at least what any bundle is worth net of integer `prices`."""
    problem = resources.problem
    gain, setup = resources.get_gain(prices), resources.get_setup(prices)
    bonus = int(prices.tiers[Tier.COVERAGE])
    best = np.zeros(problem.instance.num_contractors, dtype=np.int64)
    alone = np.maximum(gain * problem.max_hours, gain * problem.min_hours) - setup
    for size in range(1, MAX_SET_SIZE + 1):
        kept = _find_promising(problem, alone, best, bonus, size)
        crowded = _find_crowded(problem, kept, size)
        if crowded.any():
            longer = _bound_by_members(problem, alone, bonus, size=size)
            best = np.where(crowded, np.maximum(best, longer), best)
            kept = kept[~crowded[problem.contractor[kept]]]
        smaller = select_pairs(problem, kept)
        for sets in iterate_project_sets(smaller, size, _CHUNK):
            if should_stop():
                return np.maximum(best, _bound_by_members(problem, alone, bonus, size=1))
            _raise_best(best, sets, gain[kept], setup[kept], bonus)
    return np.maximum(best, _bound_by_members(problem, alone, bonus, size=MAX_SET_SIZE + 1))


def _raise_best(
    best: IntArray, sets: ProjectSets, gain: IntArray, setup: IntArray, bonus: int
) -> None:
    """Raise int64[C] `best` to the exact worth of the best of `sets`."""
    bundles = choose_hours(sets, gain, setup, bonus)
    np.maximum.at(best, sets.contractor, bundles.value)
    days = sets.problem.days[sets.members]
    uneven = np.any(days != days[:, :1], axis=1) & (sets.problem.days_needed[sets.contractor] > 0)
    mixed = sets.select(uneven)
    limit = choose_hours(mixed, gain, setup, bonus, relaxed=True).value
    mixed = mixed.select(limit > best[mixed.contractor])
    np.maximum.at(best, mixed.contractor, find_covered_worth(mixed, gain, setup, bonus))


def _find_promising(
    problem: OpenProblem, alone: IntArray, best: IntArray, bonus: int, size: int
) -> IntArray:
    """Return the pairs that a set of `size` better than `best` may still hold.

    A set is worth at most its members alone and one bonus.
    """
    helpful = np.maximum(alone, 0)
    others = _sum_largest(problem, helpful, size - 1)
    limit = alone + others[problem.contractor] + bonus
    return np.flatnonzero(limit > best[problem.contractor])


def _find_crowded(problem: OpenProblem, kept: IntArray, size: int) -> BoolArray:
    """bool[C]: contractors with too many sets of the kept pairs to look at each."""
    num_pairs = np.bincount(problem.contractor[kept], minlength=len(problem.projects_left))
    crowded: BoolArray = count_subsets(num_pairs, size) > _MOST_SETS
    return crowded


def _sum_largest(problem: OpenProblem, worth: IntArray, count: int | IntArray) -> IntArray:
    """Return int64[C]: the sum of each contractor's `count` largest numbers."""
    order = np.lexsort((-worth, problem.contractor))
    rank = np.arange(problem.num_pairs) - problem.start[problem.contractor]
    limit = np.broadcast_to(count, problem.projects_left.shape)[problem.contractor]
    total = np.zeros(len(problem.projects_left), dtype=np.int64)
    np.add.at(total, problem.contractor, np.where(rank < limit, worth[order], 0))
    return total


def _bound_by_members(problem: OpenProblem, alone: IntArray, bonus: int, *, size: int) -> IntArray:
    """Return int64[C]: at least the worth of any set of `size` or more; 0 without such sets."""
    allowed = np.minimum(problem.projects_left, np.diff(problem.start))
    total = _sum_largest(problem, np.maximum(alone, 0), allowed) + bonus
    return np.where(allowed >= size, total, 0)


def scale_prices(resources: Resources, prices: Prices, goal: Goal) -> ScaledPrices:
    """Return the prices as whole numbers; any rounding of prices keeps the bound valid.

    The scale is the finest at which no sum of the bound can leave 64 bits. Where not even
    a scale of 1 is safe, the bound does without prices: `solver.instance_overflow` keeps that one
    in range.
    """
    largest = _find_largest_sum(resources, prices, goal)
    if not 2 * largest < _LARGEST_SUM:
        free = build_zero_prices(resources.problem, dict.fromkeys(Tier, 0.0) | {goal.tier: 1.0})
        return _round_prices(resources, free, goal, 1)
    scale = 1
    while scale < _FINEST_SCALE and 2 * largest * 2 * scale < _LARGEST_SUM:
        scale *= 2
    return _round_prices(resources, prices, goal, scale)


def _find_largest_sum(resources: Resources, prices: Prices, goal: Goal) -> float:
    """Return what no sum of the bound exceeds at these prices, before they are rounded.

    The charge, every contractor's best bundle, one set of projects at its worst, and the floors.
    """
    problem, tiers = resources.problem, prices.tiers
    bonus = float(tiers[Tier.COVERAGE])
    gain = tiers[Tier.HOURS] * problem.hours_gain + tiers[Tier.FIT] * np.abs(problem.fit_gain)
    charged = (
        prices.budget[problem.project] * problem.rate_cents
        + WORKDAYS_PER_WEEK * prices.hour_days.sum(axis=1)[problem.project]
    )
    alone = problem.max_hours * (gain + charged) + resources.get_setup(prices)
    best = float((problem.max_hours * gain).sum()) + bonus * len(problem.projects_left)
    floors = sum(abs(float(tiers[tier]) * floor) for tier, floor in goal.floors.items())
    worst_set = MAX_SET_SIZE * float(alone.max()) + bonus
    return float(resources.get_charge(prices)) + best + worst_set + floors + 1.0


def _round_prices(resources: Resources, prices: Prices, goal: Goal, scale: int) -> ScaledPrices:
    def whole(price: Worth) -> IntArray:
        return np.rint(np.asarray(price, dtype=np.float64) * scale).astype(np.int64)

    tiers = dict.fromkeys(Tier, 0) | {
        tier: round(weight * scale) for tier, weight in goal.weights.items()
    }
    tiers |= {tier: round(float(prices.tiers[tier]) * scale) for tier in goal.floors}
    exact = Prices(
        np.where(resources.has_hour_days, whole(prices.hour_days), 0),
        np.where(resources.has_seats, whole(prices.seats), 0),
        np.where(resources.has_budget, whole(prices.budget), 0),
        tiers,
    )
    return ScaledPrices(exact, scale)
