"""What every contractor would choose at given prices.

Letters: C contractors, P projects, N assignments of the chosen bundles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solver.instance import BoolArray, IntArray
from solver.policy import Tier
from solver.search.corners import Chunk, Corners
from solver.search.prices import Prices, Resources

FloatArray = npt.NDArray[np.float32]


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
    for number, corners in enumerate(groups):
        for chunk in corners.chunks:
            found = _find_best(corners, chunk, gain, setup, bonus)
            better = found.worth > worth[found.contractor]
            owner = found.contractor[better]
            worth[owner], group[owner], row[owner] = found.worth[better], number, found.row[better]
    return _collect(groups, worth, group, row, (gain, bonus))


@dataclass(frozen=True, eq=False)
class _Best:
    """The best set of each contractor of a chunk: contractor, row of the set, its worth."""

    contractor: IntArray
    row: IntArray
    worth: FloatArray


def _find_best(
    corners: Corners, chunk: Chunk, gain: FloatArray, setup: FloatArray, bonus: np.float32
) -> _Best:
    members = corners.members[:, chunk.sets]
    value = _evaluate(corners, chunk.sets, gain[members], bonus).max(axis=0)
    for member in members:
        value -= setup[member]
    best = np.maximum.reduceat(value, chunk.start)
    top = np.flatnonzero(value == np.repeat(best, chunk.size))
    first = top[np.searchsorted(top, chunk.start)]
    return _Best(chunk.contractor, chunk.sets.start + first, best)


def _evaluate(
    corners: Corners, sets: slice | IntArray, gains: FloatArray, bonus: np.float32
) -> FloatArray:
    """Return float32[K, N], what each corner of some sets is worth before setup.

    gains  float32[k, N], of their members
    """
    values: FloatArray = corners.covered[:, sets] * bonus
    worked = np.empty_like(gains[0])
    for corner, value in zip(corners.hours, values, strict=True):
        for hours, worth in zip(corner[:, sets], gains, strict=True):
            np.add(value, np.multiply(hours, worth, out=worked), out=value)
    return values


def _collect(
    groups: tuple[Corners, ...],
    worth: FloatArray,
    group: IntArray,
    row: IntArray,
    prices: tuple[FloatArray, np.float32],
) -> Choice:
    gain, bonus = prices
    pairs, hours = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    covered = np.zeros(len(worth), dtype=np.bool_)
    for number, corners in enumerate(groups):
        owner = np.flatnonzero(group == number)
        sets = row[owner]
        members = corners.members[:, sets]
        corner = _evaluate(corners, sets, gain[members], bonus).argmax(axis=0)
        pairs.append(members.T.ravel())
        hours.append(corners.hours[corner, :, sets].astype(np.int64).ravel())
        covered[owner] = corners.covered[corner, sets]
    return Choice(worth.astype(np.float64), np.concatenate(pairs), np.concatenate(hours), covered)
