"""Bundles with their hours as columns of the master problem.

Letters: N columns, C contractors, U pairs of the open problem, k = MAX_SET_SIZE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem
from solver.model.project_sets import MAX_SET_SIZE, Bundles, ProjectSets, choose_hours
from solver.model.uneven_sets import bound_covered_worth, find_covered_bundles
from solver.policy import Tier
from solver.search.near_sets import NetWorth
from solver.search.scoring import find_covered

NO_MEMBER, ELSEWHERE = -1, -2


@dataclass(frozen=True, eq=False)
class Columns:
    """Bundles that the master problem may choose from, at most one a contractor.

    contractor  int64[N]
    members     int64[N, k], pairs, NO_MEMBER where the bundle has fewer
    hours       int64[N, k], hours a week on each member, 0 where there is none
    covered     bool[N], whether it covers a contractor who was not covered without it
    """

    problem: OpenProblem
    contractor: IntArray
    members: IntArray
    hours: IntArray
    covered: BoolArray

    def __len__(self) -> int:
        return len(self.contractor)

    def select(self, kept: BoolArray | IntArray) -> Columns:
        """Return the columns of a mask or of indices."""
        return Columns(
            self.problem,
            self.contractor[kept],
            self.members[kept],
            self.hours[kept],
            self.covered[kept],
        )

    def move(self, problem: OpenProblem, place: IntArray) -> Columns:
        """Return the columns of a part, in its own pairs.

        place  int64[U + 1], which pair of the part each pair is, ELSEWHERE where none, and
               NO_MEMBER at the end
        """
        members = place[self.members]
        kept = (members != ELSEWHERE).all(axis=1)
        return Columns(
            problem, self.contractor[kept], members[kept], self.hours[kept], self.covered[kept]
        )

    @cached_property
    def entries(self) -> tuple[IntArray, IntArray, IntArray]:
        """Column, pair and hours a week of every member of every column."""
        column, place = np.nonzero(self.members != NO_MEMBER)
        return column, self.members[column, place], self.hours[column, place]

    def get_values(self, tier: Tier) -> IntArray:
        """Return int64[N], what each column adds to the tier."""
        if tier is Tier.COVERAGE:
            return self.covered.astype(np.int64)
        column, pair, hours = self.entries
        problem = self.problem
        values = np.zeros(len(self), dtype=np.int64)
        if tier is Tier.HOURS:
            np.add.at(values, column, hours * problem.hours_gain[pair])
        else:
            worth = hours * problem.fit_gain[pair] - problem.switch_cost[pair]
            np.add.at(values, column, worth)
        return values

    def get_hours(self, chosen: BoolArray | IntArray) -> IntArray:
        """Return int64[U], the plan of the chosen columns."""
        plan = np.zeros(self.problem.num_pairs, dtype=np.int64)
        _, pair, hours = self.select(chosen).entries
        plan[pair] = hours
        return plan


def build_near_columns(
    groups: Sequence[ProjectSets], worth: NetWorth, slack: float, *, most: int, only_covering: bool
) -> tuple[Columns, npt.NDArray[np.float64]]:
    """Return the best bundle of each set that misses at most `slack`, and float64[N] misses.

    most           about how many there may be, the nearest ones
    only_covering  leave out bundles that cover nobody
    """
    problem = groups[0].problem
    chosen = [_choose_best(sets, worth, slack) for sets in groups]
    best = np.zeros(len(problem.projects_left))
    for sets, bundles in zip(groups, chosen, strict=True):
        np.maximum.at(best, sets.contractor, bundles.value)
    every = np.concatenate(
        [
            best[sets.contractor] - bundles.value
            for sets, bundles in zip(groups, chosen, strict=True)
        ]
    )
    if np.count_nonzero(every <= slack) > most:
        slack = float(np.partition(every, most)[most])
    parts, misses = [], []
    for sets, bundles in zip(groups, chosen, strict=True):
        miss = best[sets.contractor] - bundles.value
        near = miss <= slack
        if only_covering:
            near &= bundles.covered
        width = MAX_SET_SIZE - bundles.members.shape[1]
        parts.append(
            Columns(
                problem,
                sets.contractor[near],
                np.pad(bundles.members[near], ((0, 0), (0, width)), constant_values=NO_MEMBER),
                np.pad(bundles.hours[near], ((0, 0), (0, width))),
                bundles.covered[near],
            )
        )
        misses.append(miss[near])
    columns, first = _join(parts)
    return columns, np.concatenate(misses)[first]


def _choose_best(sets: ProjectSets, worth: NetWorth, slack: float) -> Bundles:
    """Return the best bundle of each set, where members of unequal workdays can matter too."""
    problem = sets.problem
    prices = (worth.gain, worth.setup, worth.bonus)
    bundles = choose_hours(sets, *prices)
    days = problem.days[sets.members]
    uneven = np.any(days != days[:, :1], axis=1) & (problem.days_needed[sets.contractor] > 0)
    mixed = np.flatnonzero(uneven)
    if not len(mixed):
        return bundles
    best = np.zeros(len(problem.projects_left))
    np.maximum.at(best, sets.contractor, bundles.value)
    limit = bound_covered_worth(sets.select(mixed), *prices)
    mixed = mixed[limit > np.maximum(bundles.value[mixed], best[sets.contractor[mixed]] - slack)]
    value, hours = find_covered_bundles(sets.select(mixed), *prices)
    better = value > bundles.value[mixed]
    mixed, value, hours = mixed[better], value[better], hours[better]
    bundles.value[mixed], bundles.hours[mixed] = value, hours
    bundles.members[mixed], bundles.covered[mixed] = sets.members[mixed], True
    return bundles


def hash_bundles(columns: Columns) -> IntArray:
    """Return int64[N]: a number for each bundle, its hours included."""
    order = np.argsort(columns.members, axis=1)
    hours = np.take_along_axis(columns.hours, order, axis=1)
    key = hash_sets(columns.members).astype(np.uint64)
    for place in range(hours.shape[1]):
        mixed = (key + hours[:, place].astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        key = mixed ^ (mixed >> np.uint64(29))
    return key.astype(np.int64)


def hash_sets(members: IntArray) -> IntArray:
    """Return int64[N]: a number for each set of pairs, whatever their order.

    members  int64[N, up to k]; two sets get the same number with negligible probability
    """
    ordered = np.sort(members, axis=1)
    key = np.zeros(len(members), dtype=np.uint64)
    for place in range(ordered.shape[1]):
        pair = ordered[:, place]
        mixed = (key + pair.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        key = np.where(pair == NO_MEMBER, key, mixed ^ (mixed >> np.uint64(29)))
    return key.astype(np.int64)


def build_plan_columns(problem: OpenProblem, hours: IntArray) -> Columns:
    """Return the bundles of a plan, int64[U], of up to MAX_SET_SIZE projects."""
    used = np.flatnonzero(hours)
    contractor = problem.contractor[used]
    owner, first, count = np.unique(contractor, return_index=True, return_counts=True)
    kept = count <= MAX_SET_SIZE
    owner, first, count = owner[kept], first[kept], count[kept]
    members = np.full((len(owner), MAX_SET_SIZE), NO_MEMBER, dtype=np.int64)
    worked = np.zeros_like(members)
    for place in range(MAX_SET_SIZE):
        has = np.flatnonzero(count > place)
        members[has, place] = used[first[has] + place]
        worked[has, place] = hours[members[has, place]]
    covered = find_covered(problem, hours)[owner]
    return Columns(problem, owner, members, worked, covered)


def join(parts: Sequence[Columns]) -> Columns:
    """Return the columns of all parts, each bundle once, in the order of its first place."""
    return _join(parts)[0]


def _join(parts: Sequence[Columns]) -> tuple[Columns, IntArray]:
    """Return them and where each of them was first, counted over all parts."""
    columns = Columns(
        parts[0].problem,
        np.concatenate([part.contractor for part in parts]),
        np.concatenate([part.members for part in parts]),
        np.concatenate([part.hours for part in parts]),
        np.concatenate([part.covered for part in parts]),
    )
    _, first = np.unique(hash_bundles(columns), return_index=True)
    first = np.sort(first)
    return columns.select(first), first
