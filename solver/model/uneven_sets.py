"""Sets whose members have different workdays, where covering at least cost is a small knapsack.

It is solved by going through all hours of all members but one.
"""

from __future__ import annotations

import numpy as np

from solver.instance import IntArray
from solver.model.project_sets import ProjectSets

NOT_COVERED = -(2**62)
_CHUNK = 2_000_000


def find_covered_worth(sets: ProjectSets, gain: IntArray, setup: IntArray, bonus: int) -> IntArray:
    """Return int64[N]: the most that a bundle of each set is worth if it covers.

    NOT_COVERED where no hours do. Weeks are counted as in `sets.joint_hours`.
    """
    worth = np.full(len(sets), NOT_COVERED, dtype=np.int64)
    members = _put_widest_last(sets)
    span = sets.problem.max_hours[members] - sets.problem.min_hours[members] + 1
    total = np.cumsum(np.prod(span[:, :-1].astype(np.float64), axis=1))
    part = (total // _CHUNK).astype(np.int64)
    for number in np.unique(part):
        rows = np.flatnonzero(part == number)
        np.maximum.at(worth, *_enumerate(sets, members, rows, gain))
    charge = setup[sets.members].sum(axis=1)
    return np.where(worth > NOT_COVERED, worth + bonus - charge, NOT_COVERED)


def _put_widest_last(sets: ProjectSets) -> IntArray:
    span = sets.problem.max_hours[sets.members] - sets.problem.min_hours[sets.members]
    return np.take_along_axis(sets.members, np.argsort(span, axis=1, kind="stable"), axis=1)


def _enumerate(
    sets: ProjectSets, members: IntArray, rows: IntArray, gain: IntArray
) -> tuple[IntArray, IntArray]:
    """Return for every way to set the hours of the first members: the set, and its worth."""
    problem = sets.problem
    worth = np.zeros(len(rows), dtype=np.int64)
    room = sets.joint_hours[rows]
    missing = problem.days_needed[sets.contractor[rows]]
    for member in range(members.shape[1] - 1):
        pair = members[rows, member]
        span = problem.max_hours[pair] - problem.min_hours[pair] + 1
        taken = np.repeat(np.arange(len(rows)), span)
        first = np.repeat(np.cumsum(span) - span, span)
        pair = pair[taken]
        hours = problem.min_hours[pair] + np.arange(len(taken)) - first
        rows, room = rows[taken], room[taken] - hours
        worth = worth[taken] + gain[pair] * hours
        missing = missing[taken] - problem.days[pair] * hours
    last = members[rows, -1]
    least = np.maximum(problem.min_hours[last], -(-missing // problem.days[last]))
    most = np.minimum(problem.max_hours[last], room)
    hours = np.where(gain[last] > 0, most, least)
    return rows, np.where(least <= most, worth + gain[last] * hours, NOT_COVERED)
