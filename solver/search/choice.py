"""What every contractor would choose at given prices.

Letters: C contractors, P projects, N assignments of the chosen bundles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solver.instance import BoolArray, IntArray
from solver.policy import Tier
from solver.search.corners import Corners
from solver.search.prices import Prices, Resources


@dataclass(frozen=True, eq=False)
class Choice:
    """The best bundle of every contractor at some prices.

    net_worth    float64[C], 0 where no bundle is worth taking
    pair, hours  int64[N], the chosen bundles
    covered      bool[C], covered by the bundle, not by a pin
    """

    net_worth: npt.NDArray[np.float64]
    pair: IntArray
    hours: IntArray
    covered: BoolArray


def choose_bundles(resources: Resources, groups: tuple[Corners, ...], prices: Prices) -> Choice:
    """Return each contractor's best bundle among the corners of all groups."""
    gain = resources.get_gain(prices).astype(np.float32)
    setup = resources.get_setup(prices).astype(np.float32)
    bonus = np.float32(prices.tiers[Tier.COVERAGE])
    num_contractors = resources.problem.instance.num_contractors
    worth = np.zeros(num_contractors, dtype=np.float32)
    group = np.full(num_contractors, -1)
    row = np.zeros(num_contractors, dtype=np.int64)
    corner = np.zeros(num_contractors, dtype=np.int64)
    for number, corners in enumerate(groups):
        sets = corners.sets
        if not len(sets):
            continue
        value, place = _evaluate(corners, gain, setup, bonus)
        best = np.maximum.reduceat(value, sets.group_start)
        owner = sets.contractor[sets.group_start]
        top = np.flatnonzero(value == np.repeat(best, sets.group_size))
        first = top[np.flatnonzero(np.diff(sets.contractor[top], prepend=-1))]
        better = best > worth[owner]
        owner, first = owner[better], first[better]
        worth[owner], group[owner], row[owner] = best[better], number, first
        corner[owner] = place[first]
    return _collect(groups, worth, group, row, corner)


def _evaluate(
    corners: Corners,
    gain: npt.NDArray[np.float32],
    setup: npt.NDArray[np.float32],
    bonus: np.float32,
) -> tuple[npt.NDArray[np.float32], IntArray]:
    """Return the worth of each set's best corner, and which corner that is."""
    members = corners.sets.members.T
    gains = gain[members]
    best = np.full(members.shape[1], -np.inf, dtype=np.float32)
    place = np.zeros(members.shape[1], dtype=np.int64)
    for number, (hours, covered) in enumerate(zip(corners.hours, corners.covered, strict=True)):
        value = (gains * hours).sum(axis=0) + bonus * covered
        better = value > best
        place[better] = number
        best = np.maximum(best, value)
    return best - setup[members].sum(axis=0), place


def _collect(
    groups: tuple[Corners, ...],
    worth: npt.NDArray[np.float32],
    group: IntArray,
    row: IntArray,
    corner: IntArray,
) -> Choice:
    pairs, hours = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    covered = np.zeros(len(worth), dtype=np.bool_)
    for number, corners in enumerate(groups):
        owner = np.flatnonzero(group == number)
        pairs.append(corners.sets.members[row[owner]].ravel())
        hours.append(corners.hours[corner[owner], :, row[owner]].astype(np.int64).ravel())
        covered[owner] = corners.covered[corner[owner], row[owner]]
    return Choice(worth.astype(np.float64), np.concatenate(pairs), np.concatenate(hours), covered)
