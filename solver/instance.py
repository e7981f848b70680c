"""The optimiser's input: frozen arrays over contractors, projects, weeks and pairs.

Letters in the docstrings: C contractors, P projects, W weeks, E eligible pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from solver.groups import GroupRules, PairTable, build_pair_table

IntArray = npt.NDArray[np.int64]
PairArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]

NO_LIMIT = np.iinfo(np.int64).max
"""Seats or budget of a project that has none; any sum compares below it."""

NO_CLIENT = -1
"""Client of a project that names none; it is walled off from nobody."""

WORKDAYS_PER_WEEK = 5

_PAIRS_AT_A_TIME = 1 << 18
"""So that what is derived for a pair stays in the cache until it is narrowed."""


@dataclass(frozen=True, eq=False)
class Instance:
    """A validated instance (build one with `build_checked_instance` of `solver.instance_checks`).

    contractor_ids    C texts
    lost_hours        int64[C], hours per week, >= 0
    floor_hours       int64[C], 0..lost_hours after the cap of the data contract
    max_projects      int64[C], new projects at a time, >= 0
    avail_days        int64[C, W], workdays not on leave, 0..5
    project_ids       P texts
    open_hours        int64[P, W], hours per week still unstaffed, >= 0
    active            bool[P, W], the weeks in which the project runs
    seats             int64[P], NO_LIMIT where there is none
    min_hours         int64[P], per person and week, >= 1
    max_hours         int64[P], per person and week, >= min_hours
    weekly_budget_cents  int64[P], NO_LIMIT where there is none
    priority          int64[P], 1..5
    client            int64[P], index into client_names, NO_CLIENT where there is none
    client_names      texts
    walls             int64[K, 2], pairs of client indices that compete, smaller first
    pair_contractor   int32[E], rising
    pair_project      int32[E], rising inside a contractor
    pair_fit          int32[E], any 32-bit integer
    pair_rate_cents   int32[E], what an hour counts against the project's budget, >= 0
    pins              int64[N, 3], rows (contractor, project, hours_per_week) that a person
                      fixed, each of an eligible pair
    groups            None where no rule ties people together
    today             int64[K, 2], rising rows (contractor, project): the places that a recall
                      may move, which cost no switch

    The pair arrays are narrow because a whole vendor has tens of millions of pairs:
    widen to int64 before multiplying.
    """

    name: str
    weeks: int
    switch_cost: int
    contractor_ids: tuple[str, ...]
    lost_hours: IntArray
    floor_hours: IntArray
    max_projects: IntArray
    avail_days: IntArray
    project_ids: tuple[str, ...]
    open_hours: IntArray
    active: BoolArray
    seats: IntArray
    min_hours: IntArray
    max_hours: IntArray
    weekly_budget_cents: IntArray
    priority: IntArray
    client: IntArray
    client_names: tuple[str, ...]
    walls: IntArray
    pair_contractor: PairArray
    pair_project: PairArray
    pair_fit: PairArray
    pair_rate_cents: PairArray
    pins: IntArray
    groups: GroupRules | None = None
    today: PairTable = field(default_factory=build_pair_table)

    @property
    def num_contractors(self) -> int:
        return len(self.contractor_ids)

    @property
    def num_projects(self) -> int:
        return len(self.project_ids)

    @property
    def num_pairs(self) -> int:
        return len(self.pair_contractor)

    @cached_property
    def pair_days(self) -> PairArray:
        """int32[E]: D[c, p], the contractor's workdays over the weeks the project is active."""
        # Projects run in few different sets of weeks: one product per person and set.
        spans, span = np.unique(self.active, axis=0, return_inverse=True)
        days = np.empty(self.num_pairs, dtype=np.int32)
        for start in range(0, self.num_pairs, _PAIRS_AT_A_TIME):
            chunk = slice(start, start + _PAIRS_AT_A_TIME)
            contractor = self.pair_contractor[chunk]
            first, last = int(contractor[0]), int(contractor[-1])
            worked = self.avail_days[first : last + 1] @ spans.T
            days[chunk] = worked[contractor - first, span[self.pair_project[chunk]]]
        return days

    @cached_property
    def horizon_days(self) -> IntArray:
        """int64[C]: workdays of each contractor over the whole horizon."""
        days: IntArray = self.avail_days.sum(axis=1, dtype=np.int64)
        return days

    @cached_property
    def pair_start(self) -> IntArray:
        """int64[C + 1]: pairs of contractor c are pair_start[c] .. pair_start[c + 1] - 1."""
        return np.searchsorted(self.pair_contractor, np.arange(self.num_contractors + 1))

    @cached_property
    def wall_partners(self) -> tuple[frozenset[int], ...]:
        """Per client index, the clients that it is walled off from."""
        partners: list[set[int]] = [set() for _ in self.client_names]
        for one, other in self.walls.tolist():
            partners[one].add(other)
            partners[other].add(one)
        return tuple(frozenset(group) for group in partners)

    def select_pairs(self, rows: IntArray) -> Instance:
        """Return the instance with only some of its pairs, rising rows, all pinned ones among."""
        return replace(
            self,
            pair_contractor=self.pair_contractor[rows],
            pair_project=self.pair_project[rows],
            pair_fit=self.pair_fit[rows],
            pair_rate_cents=self.pair_rate_cents[rows],
        )

    def find_rows(self, contractor: IntArray, project: IntArray) -> IntArray:
        """Return the row of each of these pairs, -1 where there is none."""
        if not self.num_pairs:
            return np.full(len(contractor), -1)
        rows = self.pair_start[contractor]
        last = self.pair_start[contractor + 1]
        while (open_ := last - rows > 1).any():
            middle = (rows + last) // 2
            right = open_ & (self.pair_project[np.minimum(middle, self.num_pairs - 1)] <= project)
            rows = np.where(right, middle, rows)
            last = np.where(open_ & ~right, middle, last)
        inside = np.minimum(rows, self.num_pairs - 1)
        exists = (self.pair_contractor[inside] == contractor) & (
            self.pair_project[inside] == project
        )
        return np.where(exists, rows, -1)
