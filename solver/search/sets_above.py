"""Sets of projects whose members, each with a worth of its own, are together above a limit.

They grow member by member in falling worth, and only while the best rest could still lift them
above the limit: the work follows the number of sets found, not that of all sets there are.

Letters: C contractors, U pairs of the open problem, N sets, k members a set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem


def iterate_sets_above(
    problem: OpenProblem, size: int, worth: IntArray, limit: IntArray, chunk: int
) -> Iterator[IntArray]:
    """Yield int64[N, size], the pairs of all sets above the limit, each rising, by contractor.

    Of a contractor's pairs any `size` are a set, where that many projects are left.

    worth  int64[U], of each pair
    limit  int64[C], what a set of each contractor must exceed
    chunk  about how many sets at a time
    """
    growth = _Growth.build(problem, size, worth, chunk)
    num_pairs = np.diff(problem.start)
    owner = np.flatnonzero((problem.projects_left >= size) & (num_pairs >= size))
    none = np.zeros((len(owner), 0), dtype=np.int64)
    yield from growth.grow(owner, none, problem.start[owner], limit[owner])


@dataclass(frozen=True, eq=False)
class _Growth:
    """The pairs by falling worth within their contractor; `place` says where in that order.

    pair   int64[U], the pair at each place
    worth  int64[U], by place
    end    int64[C], the place behind the last one of each contractor
    best   for each number of members: int64[U], the worth of so many from a place on
    """

    pair: IntArray
    worth: IntArray
    end: IntArray
    best: tuple[IntArray, ...]
    size: int
    chunk: int

    @staticmethod
    def build(problem: OpenProblem, size: int, worth: IntArray, chunk: int) -> _Growth:
        order = np.lexsort((-worth, problem.contractor))
        falling = worth[order]
        best = [np.zeros_like(falling)]
        for taken in range(size):
            # Beyond the end of a contractor it is never looked at.
            best.append(best[-1] + np.roll(falling, -taken))
        return _Growth(order, falling, problem.start[1:], tuple(best), size, chunk)

    def grow(
        self, owner: IntArray, members: IntArray, first: IntArray, need: IntArray
    ) -> Iterator[IntArray]:
        """Yield the whole sets that begun ones grow to.

        owner    int64[N], the contractor of each begun set
        members  int64[N, k], their places
        first    int64[N], the first place that may be the next member
        need     int64[N], what the rest must exceed
        """
        if members.shape[1] == self.size:
            yield np.sort(self.pair[members], axis=1)
            return
        count = self._count_next(owner, first, need, self.size - members.shape[1])
        part = (np.cumsum(count) - 1) // self.chunk
        rows = np.flatnonzero(count)
        for some in np.split(rows, np.flatnonzero(np.diff(part[rows])) + 1):
            row = np.repeat(some, count[some])
            if len(row):
                begun = np.cumsum(count[some]) - count[some]
                place = first[row] + np.arange(len(row)) - np.repeat(begun, count[some])
                larger = np.column_stack([members[row], place])
                yield from self.grow(owner[row], larger, place + 1, need[row] - self.worth[place])

    def _count_next(
        self, owner: IntArray, first: IntArray, need: IntArray, missing: int
    ) -> IntArray:
        """int64[N]: how many places from `first` on may be the next of `missing` members.

        From a place on the best rest falls, so the last such place is found by halving.
        """
        low, high = first, np.maximum(self.end[owner] - missing + 1, first)
        best = self.best[missing]
        for _ in range(int((high - low).max(initial=0)).bit_length()):
            middle = (low + high) // 2
            is_open = low < high
            above = is_open & (best[np.where(is_open, middle, 0)] > need)
            low, high = np.where(above, middle + 1, low), np.where(above, high, middle)
        return low - first
