"""Sets whose members have different workdays, where covering at least cost is a small knapsack.

It is solved by going through all hours of all members but one.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from solver.instance import IntArray
from solver.model.project_sets import ProjectSets, Worth

FloatArray = npt.NDArray[np.float64]

NOT_COVERED = -(2**62)
_CHUNK = 2_000_000
_MARGIN = 1e-9
"""Far above the rounding errors of a bound in floats, so that it stays one."""


def bound_covered_worth(sets: ProjectSets, gain: Worth, setup: Worth, bonus: float) -> FloatArray:
    """Return float64[N]: at least what a bundle of each set is worth if it covers.

    Each workday that counts for coverage earns a price, and what covering takes is charged at
    it; any price gives a bound (Lagrange), and the best one is where a member begins to pay or
    two of them change places.
    """
    problem = sets.problem
    worth = gain[sets.members].astype(np.float64)
    days = problem.days[sets.members].astype(np.float64)
    needed = problem.days_needed[sets.contractor]
    size = sets.members.shape[1]
    prices = [-worth[:, member] / days[:, member] for member in range(size)]
    for one, other in itertools.combinations(range(size), 2):
        apart = days[:, other] - days[:, one]
        gap = worth[:, one] - worth[:, other]
        prices.append(np.divide(gap, apart, out=np.zeros_like(gap), where=apart != 0))
    best = _fill(sets, worth)
    for price in prices:
        day_price = np.maximum(price, 0.0)
        best = np.minimum(best, _fill(sets, worth + day_price[:, None] * days) - day_price * needed)
    charge = setup[sets.members].sum(axis=1)
    margin = _MARGIN * (np.abs(best) + np.abs(bonus) + np.abs(charge))
    most: FloatArray = best + bonus - charge + margin
    return most


def _fill(sets: ProjectSets, worth: FloatArray) -> FloatArray:
    """Return float64[N]: the most that the members' hours are worth, if coverage is left out.

    worth  float64[N, k], of an hour on each member
    """
    problem = sets.problem
    order = np.argsort(-worth, axis=1)
    members = np.take_along_axis(sets.members, order, axis=1)
    worth = np.take_along_axis(worth, order, axis=1)
    least = problem.min_hours[members]
    total: FloatArray = (worth * least).sum(axis=1)
    room = sets.joint_hours - least.sum(axis=1)
    for member in range(members.shape[1]):
        added = np.minimum(problem.max_hours[members[:, member]] - least[:, member], room)
        added = np.where(worth[:, member] > 0, added, 0)
        total += worth[:, member] * added
        room -= added
    return total


def find_covered_worth(sets: ProjectSets, gain: Worth, setup: Worth, bonus: float) -> Worth:
    """Return [N]: the most that a bundle of each set is worth if it covers.

    NOT_COVERED where no hours do. Weeks are counted as in `sets.joint_hours`.
    """
    return find_covered_bundles(sets, gain, setup, bonus)[0]


def find_covered_bundles(
    sets: ProjectSets, gain: Worth, setup: Worth, bonus: float
) -> tuple[Worth, IntArray]:
    """Return that worth and int64[N, k], hours on the sets' members that reach it."""
    worth = np.full(len(sets), NOT_COVERED, dtype=gain.dtype)
    hours = np.zeros_like(sets.members)
    order = _put_widest_last(sets)
    members = np.take_along_axis(sets.members, order, axis=1)
    span = sets.problem.max_hours[members] - sets.problem.min_hours[members] + 1
    total = np.cumsum(np.prod(span[:, :-1].astype(np.float64), axis=1))
    part = (total // _CHUNK).astype(np.int64)
    for number in np.unique(part):
        rows = np.flatnonzero(part == number)
        way, found, worked = _enumerate(sets, members, rows, gain)
        # Of the ways of one set, the best comes last.
        best = np.lexsort((found, way))
        ends = best[np.flatnonzero(np.diff(way[best], append=-1))]
        worth[way[ends]], hours[way[ends]] = found[ends], worked[ends]
    charge = setup[sets.members].sum(axis=1)
    ordered = np.zeros_like(hours)
    np.put_along_axis(ordered, order, hours, axis=1)
    return np.where(worth > NOT_COVERED, worth + bonus - charge, NOT_COVERED), ordered


def _put_widest_last(sets: ProjectSets) -> IntArray:
    """int64[N, k]: the places of each set's members by how many hours they allow."""
    span = sets.problem.max_hours[sets.members] - sets.problem.min_hours[sets.members]
    return np.argsort(span, axis=1, kind="stable")


def _enumerate(
    sets: ProjectSets, members: IntArray, rows: IntArray, gain: Worth
) -> tuple[IntArray, Worth, IntArray]:
    """Return for every way to set the hours: the set, its worth, and the hours by member."""
    problem = sets.problem
    worth = np.zeros(len(rows), dtype=gain.dtype)
    worked = np.zeros((len(rows), members.shape[1]), dtype=np.int64)
    room = sets.joint_hours[rows]
    missing = problem.days_needed[sets.contractor[rows]]
    for member in range(members.shape[1] - 1):
        pair = members[rows, member]
        span = problem.max_hours[pair] - problem.min_hours[pair] + 1
        taken = np.repeat(np.arange(len(rows)), span)
        first = np.repeat(np.cumsum(span) - span, span)
        pair = pair[taken]
        hours = problem.min_hours[pair] + np.arange(len(taken)) - first
        rows, room, worked = rows[taken], room[taken] - hours, worked[taken]
        worked[:, member] = hours
        worth = worth[taken] + gain[pair] * hours
        missing = missing[taken] - problem.days[pair] * hours
    last = members[rows, -1]
    least = np.maximum(problem.min_hours[last], -(-missing // problem.days[last]))
    most = np.minimum(problem.max_hours[last], room)
    hours = np.where(gain[last] > 0, most, least)
    worked[:, -1] = hours
    return rows, np.where(least <= most, worth + gain[last] * hours, NOT_COVERED), worked
