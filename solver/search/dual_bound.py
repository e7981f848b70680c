"""The exact bound that prices prove, in whole numbers, for every bundle of the problem.

Prices become integers over a common scale, and the bound of `solver.search.prices` is
summed in int64 and rounded down. Every set of up to three projects is counted,
whatever the search looked at. Longer sets, for contractors who may take more than three, and
those of contractors with millions of them are bounded by their members one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solver.instance import WORKDAYS_PER_WEEK, IntArray
from solver.model.project_sets import MAX_SET_SIZE, ProjectSets, Worth
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.best_sets import Best, find_best_sets
from solver.search.coverable import count_coverable
from solver.search.prices import Prices, Resources, build_zero_prices

_LARGEST_SUM = 2.0**61
_FINEST_SCALE = 2**30


@dataclass(frozen=True, eq=False)
class ScaledPrices:
    """Prices in whole numbers; `scale` units are worth one of the goal's tier."""

    prices: Prices
    scale: int

    def sum_bound(self, resources: Resources, goal: Goal, worth: int) -> int:
        """Return the bound in units; `worth` is that of everybody's best bundles together."""
        floors = sum(int(self.prices.tiers[tier]) * floor for tier, floor in goal.floors.items())
        return int(resources.get_charge(self.prices)) + worth - floors


@dataclass(frozen=True, eq=False)
class Proof:
    """A value that no plan's goal tier exceeds, and the sets that the prices recommend.

    sets  in pairs of the problem whose limits are priced; none where it is proved in parts
    """

    bound: int
    sets: tuple[ProjectSets, ...]


def prove(
    resources: Resources,
    prices: Prices,
    goal: Goal,
    should_stop: Callable[[], bool] = lambda: False,
) -> Proof:
    """Return the bound that the prices prove, given the goal's floors.

    It leaves out what pins bring; without any pair it is 0. When stopped, what was not
    looked at yet is bounded by single projects: looser, and still valid.
    """
    return build_prover(resources).prove(resources, prices, goal, should_stop)


@dataclass(frozen=True, eq=False)
class Prover:
    """Proves bounds over the pairs of all parts; no contractor has free pairs in two of them.

    find_loose_bound  a bound on a tier at once, for when there is no time to look at all
                      parts; None where that is quick anyway
    workers           how many parts are looked at at a time, while one more is made ready
    """

    iterate_parts: Callable[[], Iterable[Resources]]
    find_loose_bound: Callable[[Tier], int] | None = None
    workers: int = 1

    @cached_property
    def num_coverable(self) -> int:
        """How many contractors could be covered if nobody else were there."""
        return sum(count_coverable(part.problem) for part in self.iterate_parts())

    def prove(
        self, resources: Resources, prices: Prices, goal: Goal, should_stop: Callable[[], bool]
    ) -> Proof:
        """Return the bound that prices on the limits of `resources` prove."""
        largest = 0.0
        for part in self.iterate_parts():
            if self.find_loose_bound is not None and should_stop():
                return Proof(self.find_loose_bound(goal.tier), ())
            if part.problem.num_pairs:
                largest += _find_largest_sum(part, prices, goal)
        if not largest:
            return Proof(0, ())
        scaled = _scale(resources, prices, goal, largest)
        total, sets = 0, list[ProjectSets]()
        for part, best in self._find_best(scaled.prices, should_stop):
            if self.find_loose_bound is not None and should_stop():
                return Proof(self.find_loose_bound(goal.tier), ())
            total += int(best.worth.sum())
            if part is resources:
                sets.extend(best.sets)
        return Proof(scaled.sum_bound(resources, goal, total) // scaled.scale, tuple(sets))

    def _find_best(
        self, prices: Prices, should_stop: Callable[[], bool]
    ) -> Iterator[tuple[Resources, Best]]:
        """Yield each part that has pairs, and the best sets of its contractors."""
        running = deque[tuple[Resources, Future[Best]]]()
        with ThreadPoolExecutor(self.workers) as executor:
            for part in self.iterate_parts():
                if part.problem.num_pairs:
                    job = executor.submit(find_best_sets, part, prices, should_stop)
                    running.append((part, job))
                if len(running) > self.workers:
                    yield _await(*running.popleft())
            while running:
                yield _await(*running.popleft())


def _await(part: Resources, job: Future[Best]) -> tuple[Resources, Best]:
    return part, job.result()


def build_prover(resources: Resources) -> Prover:
    """Return what proves bounds over the pairs of one problem."""
    return Prover(lambda: (resources,))


def scale_prices(resources: Resources, prices: Prices, goal: Goal) -> ScaledPrices:
    """Return the prices as whole numbers; any rounding of prices keeps the bound valid.

    The scale is the finest at which no sum of the bound can leave 64 bits. Where not even
    a scale of 1 is safe, the bound does without prices: `solver.instance_overflow` keeps that one
    in range.
    """
    return _scale(resources, prices, goal, _find_largest_sum(resources, prices, goal))


def _scale(resources: Resources, prices: Prices, goal: Goal, largest: float) -> ScaledPrices:
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
    worst_set += float(problem.week_hours.max()) * float(gain.max())
    return float(resources.get_charge(prices)) + best + worst_set + floors + 1.0


def _round_prices(resources: Resources, prices: Prices, goal: Goal, scale: int) -> ScaledPrices:
    def whole(price: Worth) -> IntArray:
        return np.rint(np.asarray(price, dtype=np.float64) * scale).astype(np.int64)

    tiers = dict.fromkeys(Tier, 0) | {
        tier: round(weight * scale) for tier, weight in goal.weights.items()
    }
    tiers |= {tier: round(float(prices.tiers[tier]) * scale) for tier in goal.floors}
    exact = Prices(whole(prices.hour_days), whole(prices.seats), whole(prices.budget), tiers)
    return ScaledPrices(resources.drop_idle(exact), scale)
