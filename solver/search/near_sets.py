"""The project sets that prices recommend: those that miss little to their contractor's best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solver.instance import BoolArray, IntArray
from solver.model.project_sets import Worth
from solver.model.set_uses import UsedSets, find_used
from solver.search.scoring import find_covered


@dataclass(frozen=True, eq=False)
class NetWorth:
    """What pairs are worth at some prices: an hour, taking it at all, and covering."""

    gain: Worth
    setup: Worth
    bonus: float

    def select(self, pairs: IntArray) -> NetWorth:
        """Return the worth of some pairs."""
        return NetWorth(self.gain[pairs], self.setup[pairs], self.bonus)


_MOST_TIES = 8
"""So many times the sets wanted may be taken because they are as near as the last one."""


def select_near(
    groups: list[UsedSets],
    worth: NetWorth,
    hours: IntArray,
    most: int,
    wanted: Callable[[UsedSets], BoolArray],
) -> list[UsedSets]:
    """Return about `most` of the sets: the nearest ones, and those that `hours` uses.

    hours   int64[U], a plan that must stay possible
    wanted  says which sets are taken in any case, bool[N]
    """
    problem = groups[0].sets.problem
    values = [group.choose_hours(worth.gain, worth.setup, worth.bonus).value for group in groups]
    best = np.zeros(len(problem.projects_left))
    for group, value in zip(groups, values, strict=True):
        np.maximum.at(best, group.sets.contractor, value)
    missing = [
        best[group.sets.contractor] - value for group, value in zip(groups, values, strict=True)
    ]
    near = find_nearest(missing, most)
    covered = find_covered(problem, hours)
    counted = any(group.covers for group in groups)
    return [
        group.select(is_near | find_used(group, hours, covered, counted=counted) | wanted(group))
        for group, is_near in zip(groups, near, strict=True)
    ]


def find_nearest(missing: list[Worth], most: int) -> list[BoolArray]:
    """Return which sets miss least, group by group: about `most` of all, ties included.

    Where thousands of projects are alike, millions of sets tie: then some of them, evenly.

    missing  what each set misses to its contractor's best
    """
    every = np.concatenate(missing)
    near = np.ones(len(every), dtype=np.bool_)
    if most < len(every):
        limit = np.partition(every, most)[most]
        near = every <= limit
        ties = np.flatnonzero(every == limit)
        if len(ties) > _MOST_TIES * most:
            near[ties] = False
            near[ties[:: len(ties) // max(1, most)]] = True
    return np.split(near, np.cumsum([len(one) for one in missing])[:-1])
