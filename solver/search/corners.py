"""The bundles worth a look: for each project set, the hours where some prices are met best.

Whatever an hour on each member is worth, one of a few corner points of the set's
hours is best: members filled in some order, as many as pay, and on until the
contractor is covered. Listing them once leaves a price step little to compute.

Letters: N sets, k members a set, K corners a set.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from solver.instance import BoolArray, IntArray
from solver.model.project_sets import ProjectSets

_CHUNK = 20_000
"""Sets that are looked at together."""

HourArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Chunk:
    """A range of sets, those of G contractors.

    sets        where they are among all
    start       int64[G], first set of each contractor, counted from the first of the range
    contractor  int64[G]
    size        int64[G], sets of each
    """

    sets: slice
    start: IntArray
    contractor: IntArray
    size: IntArray


@dataclass(frozen=True, eq=False)
class Corners:
    """The corner points of all sets of one size.

    hours    float32[K, k, N], whole numbers of hours a week on each member
    covered  bool[K, N], whether the point covers a contractor who was not covered before
    """

    sets: ProjectSets
    hours: HourArray
    covered: BoolArray

    @cached_property
    def members(self) -> IntArray:
        """int64[k, N], the pairs of the sets, member by member."""
        return np.ascontiguousarray(self.sets.members.T)

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """Ranges of sets, small enough for the cache; no contractor is in two of them."""
        first = self.sets.group_start
        cuts = np.searchsorted(first, np.arange(0, len(self.sets), _CHUNK))
        cuts = np.unique(np.append(cuts, len(first)))
        ends = np.append(first, len(self.sets))
        return tuple(
            Chunk(
                slice(int(first[cut]), int(ends[end])),
                first[cut:end] - first[cut],
                self.sets.contractor[first[cut:end]],
                self.sets.group_size[cut:end],
            )
            for cut, end in itertools.pairwise(cuts.tolist())
        )

    def select(self, kept: BoolArray | IntArray) -> Corners:
        """Return the corners of the sets of a mask or of rising indices."""
        return Corners(self.sets.select(kept), self.hours[:, :, kept], self.covered[:, kept])


def build_corners(sets: ProjectSets) -> Corners:
    """Return the corners of all the sets."""
    problem = sets.problem
    days = problem.days[sets.members].T
    needed = problem.days_needed[sets.contractor]
    points: dict[bytes, IntArray] = {}
    size = sets.members.shape[1]
    for order in itertools.permutations(range(size)):
        for paying in range(size + 1):
            filled = _fill(sets, order[:paying])
            full = _cover(sets, order, filled)
            # With a member that does not pay, a smaller set is better, unless this one covers.
            for point in (filled, full) if paying == size else (full,):
                points.setdefault(point.tobytes(), point)
    hours = np.stack(list(points.values()))
    covered = (needed > 0) & ((hours * days).sum(axis=1) >= needed)
    return Corners(sets, hours.astype(np.float32), covered)


def _fill(sets: ProjectSets, order: tuple[int, ...]) -> IntArray:
    """Return int64[k, N] hours with the members of `order` filled up as far as they go."""
    problem = sets.problem
    hours = problem.min_hours[sets.members].T.copy()
    most = problem.max_hours[sets.members].T
    room = sets.joint_hours - hours.sum(axis=0)
    for member in order:
        added = np.minimum(most[member] - hours[member], room)
        hours[member] += added
        room -= added
    return hours


def _cover(sets: ProjectSets, order: tuple[int, ...], filled: IntArray) -> IntArray:
    """Return the hours raised in `order` until the contractor is covered, if that can be."""
    days = sets.problem.days[sets.members].T
    most = sets.problem.max_hours[sets.members].T
    hours = filled.copy()
    room = sets.joint_hours - hours.sum(axis=0)
    missing = sets.problem.days_needed[sets.contractor] - (days * hours).sum(axis=0)
    for member in order:
        wanted = -(-np.maximum(missing, 0) // days[member])
        added = np.minimum(np.minimum(most[member] - hours[member], room), wanted)
        hours[member] += added
        room -= added
        missing -= added * days[member]
    return np.where(missing <= 0, hours, filled)
