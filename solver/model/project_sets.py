"""The bundles of a contractor: sets of up to three projects, and the best hours on each.

A bundle is a set of projects with hours; given what an hour and a seat are worth
on each project, the best hours of a set follow from one pass over its members.
The same code runs on floats (price ascent) and on int64 (exact bounds).

Letters: N sets, k members a set, U pairs of the open problem, C contractors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem

MAX_SET_SIZE = 3
IMPOSSIBLE = -(2**62)
"""Worth of a bundle that cannot be."""
NO_JOINT_LIMIT = 2**40
"""Joint hours of projects that never run in the same week."""

Worth = npt.NDArray[Any]
"""int64 or float64: prices are floats while they are sought and whole when they prove."""


@dataclass(frozen=True, eq=False)
class ProjectSets:
    """All sets of one size k that pass the walls and can meet their minimum hours.

    members       int64[N, k], pairs; a set's pairs belong to one contractor, rising
    joint_hours   int64[N], the most that the members' hours may sum to
    exact         bool[N], whether joint_hours says all that the single weeks demand;
                  where not, it demands less
    """

    problem: OpenProblem
    members: IntArray
    joint_hours: IntArray
    exact: BoolArray

    def __len__(self) -> int:
        return len(self.members)

    @cached_property
    def contractor(self) -> IntArray:
        """int64[N], rising."""
        return self.problem.contractor[self.members[:, 0]]

    @cached_property
    def group_start(self) -> IntArray:
        """int64[G]: first set of each contractor that has any."""
        return np.flatnonzero(np.diff(self.contractor, prepend=-1))

    @cached_property
    def group_size(self) -> IntArray:
        """int64[G]: how many sets each of them has."""
        return np.diff(np.append(self.group_start, len(self)))

    def select(self, kept: BoolArray | IntArray) -> ProjectSets:
        """Return the sets of a mask or of rising indices."""
        return ProjectSets(
            self.problem, self.members[kept], self.joint_hours[kept], self.exact[kept]
        )


@dataclass(frozen=True, eq=False)
class Bundles:
    """The best bundle of each of N sets.

    value    what it is worth, the coverage bonus included
    members  int64[N, k], the pairs of each set, best first
    hours    int64[N, k], in the order of `members`
    covered  bool[N], whether it covers a contractor who was not covered without it
    """

    value: Worth
    members: IntArray
    hours: IntArray
    covered: BoolArray


def build_project_sets(problem: OpenProblem, size: int) -> ProjectSets:
    """Return all sets of `size` projects, rising by contractor."""
    num_pairs = np.diff(problem.start)
    fits = np.flatnonzero((problem.projects_left >= size) & (num_pairs >= size))
    members = np.concatenate(
        [np.zeros((0, size), dtype=np.int64)]
        + [
            _list_members(problem, fits[num_pairs[fits] == pairs], pairs, size)
            for pairs in np.unique(num_pairs[fits]).tolist()
        ]
    )
    order = np.argsort(problem.contractor[members[:, 0]], kind="stable")
    return keep_possible(problem, members[order])


def count_project_sets(problem: OpenProblem, size: int) -> int:
    """Return how many sets of `size` pairs there are before walls and hours."""
    pairs = np.where(problem.projects_left >= size, np.diff(problem.start), 0).astype(np.float64)
    total = np.ones_like(pairs)
    for taken in range(size):
        total *= np.maximum(pairs - taken, 0) / (taken + 1)
    return int(total.sum())


def count_subsets(pairs: IntArray, size: int) -> IntArray:
    """Return how many sets of `size` can be chosen from each number of `pairs`."""
    count = np.ones_like(pairs)
    for taken in range(size):
        count = count * (pairs - taken) // (taken + 1)
    return count


def _list_members(
    problem: OpenProblem, contractors: IntArray, num_pairs: int, size: int
) -> IntArray:
    """Return int64[N, size] for contractors that all have `num_pairs` pairs."""
    subsets = _list_subsets(num_pairs, size)
    return (problem.start[contractors][:, None, None] + subsets).reshape(-1, size)


def _list_subsets(num_items: int, size: int) -> IntArray:
    """Return int64[N, size]: every choice of `size` of the numbers below `num_items`, rising."""
    subsets = np.arange(num_items)[:, None]
    for _ in range(size - 1):
        last = subsets[:, -1]
        larger = num_items - 1 - last
        row = np.repeat(np.arange(len(subsets)), larger)
        place = np.arange(len(row)) - np.repeat(np.cumsum(larger) - larger, larger)
        subsets = np.column_stack([subsets[row], last[row] + 1 + place])
    return subsets


def keep_possible(problem: OpenProblem, members: IntArray) -> ProjectSets:
    """Drop sets across a wall or above the hours, and work out the joint hours.

    members  int64[N, k], rising by contractor
    """
    project = problem.project[members]
    size = members.shape[1]
    kept = np.ones(len(members), dtype=np.bool_)
    for one in range(size):
        for other in range(one):
            kept &= ~problem.walled[project[:, one], project[:, other]]
    members, project = members[kept], project[kept]
    contractor = problem.contractor[members[:, 0]]
    joint, exact = _find_joint_hours(problem, contractor, project)
    fits = problem.min_hours[members].sum(axis=1) <= joint
    return ProjectSets(problem, members[fits], joint[fits], exact[fits])


def _find_joint_hours(
    problem: OpenProblem, contractor: IntArray, project: IntArray
) -> tuple[IntArray, BoolArray]:
    """Return int64[N] hours that all members share, and where that is the whole truth."""
    size = project.shape[1]
    joint = np.full(len(project), NO_JOINT_LIMIT, dtype=np.int64)
    exact = np.ones(len(project), dtype=np.bool_)
    if size == 1:
        return joint, exact
    active = problem.instance.active
    for week in range(problem.instance.weeks):
        together = np.ones(len(project), dtype=np.bool_)
        for member in range(size):
            together &= active[project[:, member], week]
        hours = problem.week_hours[contractor, week]
        joint = np.where(together, np.minimum(joint, hours), joint)
    if size > 2:
        meets = np.zeros(len(project), dtype=np.bool_)
        for one in range(size):
            for other in range(one):
                meets |= problem.overlap[project[:, one], project[:, other]]
        exact = problem.even_weeks[contractor] & ((joint < NO_JOINT_LIMIT) | ~meets)
    return joint, exact


def choose_hours(
    sets: ProjectSets,
    gain: Worth,
    setup: Worth,
    bonus: int | float,
    *,
    covering: bool | None = None,
    relaxed: bool = False,
) -> Bundles:
    """Return the best bundle of each set.

    gain     [U], what an hour on a pair is worth
    setup    [U], what taking the pair costs at all
    bonus    what coverage is worth, >= 0
    covering whether bundles must cover, or need not and earn no bonus; None: whatever is best

    Hours go to the best members first: while an hour is worth something, then, where
    the bonus pays for it, until the contractor is covered. With equal workdays on
    all members that is the optimum. `relaxed` counts every member's hours with the
    most workdays of the set, so that the value is never below the optimum.
    """
    problem = sets.problem
    members = _sort_by_gain(sets.members, gain)
    worth = gain[members]
    least, most = problem.min_hours[members], problem.max_hours[members]
    days = problem.days[members]
    if relaxed:
        days = np.repeat(days.max(axis=1)[:, None], members.shape[1], axis=1)
    hours = least.copy()
    room = sets.joint_hours - least.sum(axis=1)
    for member in range(members.shape[1]):
        added = np.minimum(most[:, member] - least[:, member], room)
        added = np.where(worth[:, member] > 0, added, 0)
        hours[:, member] += added
        room -= added
    cost = setup[members].sum(axis=1)
    value = (worth * hours).sum(axis=1) - cost
    needed = problem.days_needed[sets.contractor]
    missing = needed - (days * hours).sum(axis=1)
    full = hours.copy()
    for member in range(members.shape[1]):
        wanted = -(-np.maximum(missing, 0) // days[:, member])
        added = np.minimum(np.minimum(most[:, member] - full[:, member], room), wanted)
        full[:, member] += added
        room -= added
        missing -= added * days[:, member]
    full_value = (worth * full).sum(axis=1) - cost + bonus
    covered = (needed > 0) & (missing <= 0)
    if covering is None:
        covered &= full_value >= value
    elif covering:
        value = np.full_like(value, IMPOSSIBLE)
    else:
        covered &= False
    return Bundles(
        np.where(covered, full_value, value),
        members,
        np.where(covered[:, None], full, hours),
        covered,
    )


def _sort_by_gain(members: IntArray, gain: Worth) -> IntArray:
    """Return the members of each set with the best gain first."""
    if members.shape[1] == 1:
        return members
    if members.shape[1] == 2:
        swapped = gain[members[:, 0]] < gain[members[:, 1]]
        return np.where(swapped[:, None], members[:, ::-1], members)
    order = np.argsort(-gain[members], axis=1, kind="stable")
    return np.take_along_axis(members, order, axis=1)
