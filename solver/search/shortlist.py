"""Which pairs of a huge instance are searched: the likeliest ones of every contractor.

A quarter of a million contractors have tens of millions of pairs, and a plan uses a handful
for each. Prices from a sample of the contractors tell which ones are likely; the search then
knows no others. The bound counts all pairs, some contractors at a time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from solver.instance import Instance, IntArray
from solver.model.open_problem import build_open_problem
from solver.policy import Tier
from solver.result import Assignments
from solver.search.ascent import Goal, raise_prices
from solver.search.clock import Clock
from solver.search.dual_bound import Prover
from solver.search.listing import list_corners
from solver.search.prices import Prices, Resources, build_zero_prices
from solver.search.pricing import cut_limits
from solver.search.tightening import build_joint_goal

MOST_PAIRS = 4_000_000
"""Pairs of an instance that is searched as a whole."""
_KEPT = 14
"""Pairs of each contractor on the shortlist."""
_SAMPLE_PAIRS = 1_500_000
_STEPS, _FIRST_STEP, _LAST_STEP = 200, 0.3, 0.002
_PAIRS_AT_A_TIME = 1_000_000


def is_huge(instance: Instance) -> bool:
    """Whether only a shortlist of the pairs is searched."""
    return instance.num_pairs > MOST_PAIRS


def build_shortlist(
    instance: Instance, tiers: Sequence[Tier], clock: Clock, earlier: Assignments | None
) -> Instance:
    """Return the instance with its pins, the likeliest pairs and those of an earlier plan."""
    prices = _find_prices(instance, tiers, clock)
    kept = [_find_pinned(instance)]
    for rows in _iterate_rows(instance):
        problem = build_open_problem(instance.select_pairs(rows))
        resources = Resources(problem)
        gain, setup = resources.get_gain(prices), resources.get_setup(prices)
        alone = np.maximum(gain * problem.max_hours, gain * problem.min_hours) - setup
        order = np.lexsort((-alone, problem.contractor))
        rank = np.arange(problem.num_pairs) - problem.start[problem.contractor]
        best = order[rank < _KEPT]
        kept.append(instance.find_rows(problem.contractor[best], problem.project[best]))
    if earlier is not None:
        kept.append(instance.find_rows(earlier.contractor, earlier.project))
    rows = np.unique(np.concatenate(kept))
    return instance.select_pairs(rows[rows >= 0])


def build_whole_prover(instance: Instance) -> Prover:
    """Return what proves bounds over all pairs of an instance, part by part.

    Its loose bound gives everybody all lost hours at the best project of all.
    """

    def iterate() -> Iterator[Resources]:
        for rows in _iterate_rows(instance):
            yield Resources(build_open_problem(instance.select_pairs(rows)))

    def find_loose_bound(tier: Tier) -> int:
        days = int((instance.lost_hours * instance.horizon_days).sum())
        match tier:
            case Tier.COVERAGE:
                return int(np.count_nonzero(instance.floor_hours))
            case Tier.HOURS:
                return days * int(instance.priority.max(initial=0))
            case Tier.FIT:
                return days * max(0, int(instance.pair_fit.max(initial=0)))

    return Prover(iterate, find_loose_bound)


def _find_prices(instance: Instance, tiers: Sequence[Tier], clock: Clock) -> Prices:
    """Return prices from a sample of the contractors, of coverage and the next goal together."""
    part = min(1.0, _SAMPLE_PAIRS / instance.num_pairs)
    picked = np.random.default_rng(clock.limits.seed).random(instance.num_contractors) < part
    rows = np.union1d(np.flatnonzero(picked[instance.pair_contractor]), _find_pinned(instance))
    sample = cut_limits(build_open_problem(instance.select_pairs(rows)), part)
    lead = next(tier for tier in tiers if tier is not Tier.COVERAGE)
    is_first = tiers[0] is Tier.COVERAGE
    goal = build_joint_goal(sample, lead) if is_first else Goal(lead, {})
    return raise_prices(
        Resources(sample),
        list_corners(sample)[:1],
        goal,
        build_zero_prices(sample, dict.fromkeys(Tier, 0.0) | goal.weights),
        steps=_STEPS,
        first_step=_FIRST_STEP,
        last_step=_LAST_STEP,
        should_stop=clock.should_stop,
    ).prices


def _find_pinned(instance: Instance) -> IntArray:
    """Return the rows of the pairs that are pinned."""
    return instance.find_rows(instance.pins[:, 0], instance.pins[:, 1])


def _iterate_rows(instance: Instance) -> Iterator[IntArray]:
    """Yield the rows of some contractors at a time, and each time those of all pins."""
    pinned = _find_pinned(instance)
    count = -(-instance.num_pairs // _PAIRS_AT_A_TIME)
    starts = np.searchsorted(instance.pair_start, np.arange(count + 1) * _PAIRS_AT_A_TIME).clip(
        max=instance.num_contractors
    )
    for first, last in itertools.pairwise(instance.pair_start[starts].tolist()):
        yield np.union1d(np.arange(first, last), pinned)
