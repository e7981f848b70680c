"""Bounds over all pairs of a huge instance, some contractors at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from solver.instance import Instance, IntArray
from solver.model.open_problem import build_open_problem
from solver.policy import Tier
from solver.search.dual_bound import Prover
from solver.search.likely import find_pinned
from solver.search.prices import Resources

_PAIRS_AT_A_TIME = 1_000_000


def build_whole_prover(instance: Instance, workers: int) -> Prover:
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

    return Prover(iterate, find_loose_bound, workers)


def _iterate_rows(instance: Instance) -> Iterator[IntArray]:
    """Yield the rows of some contractors at a time, and each time those of all pins."""
    pinned = find_pinned(instance)
    count = -(-instance.num_pairs // _PAIRS_AT_A_TIME)
    starts = np.searchsorted(instance.pair_start, np.arange(count + 1) * _PAIRS_AT_A_TIME).clip(
        max=instance.num_contractors
    )
    for first, last in itertools.pairwise(instance.pair_start[starts].tolist()):
        yield np.union1d(np.arange(first, last), pinned)
