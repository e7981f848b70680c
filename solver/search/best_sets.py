"""The best bundle of every contractor at whole prices, exactly, among all sets of projects.

Every set of up to three projects counts. Longer sets, for contractors who may take more than
three, and those of contractors with millions of them are bounded by their members one by one.
Sets that cannot beat the best one so far are told by bounds, before their hours are chosen.

Letters: C contractors, U pairs of the open problem, N sets, k members a set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem, select_pairs
from solver.model.project_sets import (
    MAX_SET_SIZE,
    ProjectSets,
    choose_hours,
    count_subsets,
    keep_possible,
)
from solver.model.uneven_sets import bound_covered_worth, find_covered_worth
from solver.policy import Tier
from solver.search.prices import Prices, Resources
from solver.search.sets_above import iterate_sets_above

_CHUNK = 400_000
_MOST_SETS = 1_000_000
"""Sets of one size of one contractor that are looked at; others are bounded by their members."""


@dataclass(frozen=True, eq=False)
class Best:
    """What the best bundles are worth, at least, and the sets that were best when looked at.

    worth  int64[C]
    """

    worth: IntArray
    sets: tuple[ProjectSets, ...]


def find_best_sets(resources: Resources, prices: Prices, should_stop: Callable[[], bool]) -> Best:
    """Return the best of every contractor net of integer `prices`."""
    problem = resources.problem
    gain, setup = resources.get_gain(prices), resources.get_setup(prices)
    bonus = int(prices.tiers[Tier.COVERAGE])
    alone = np.maximum(gain * problem.max_hours, gain * problem.min_hours) - setup
    best = np.zeros(problem.instance.num_contractors, dtype=np.int64)
    found: list[ProjectSets] = []
    for size in range(1, MAX_SET_SIZE + 1):
        kept, limits = _find_promising(problem, gain, setup, best, bonus, size=size)
        crowded = _find_crowded(problem, kept, size)
        if crowded.any():
            longer = _bound_by_members(problem, alone, bonus, size=size)
            best = np.where(crowded, np.maximum(best, longer), best)
            some = ~crowded[problem.contractor[kept]]
            kept, limits = kept[some], limits.select(some)
        smaller = select_pairs(problem, kept)
        above = best - limits.base
        for members in iterate_sets_above(smaller, size, limits.alone, above, _CHUNK):
            sets = keep_possible(smaller, members)
            if should_stop():
                rest = _bound_by_members(problem, alone, bonus, size=1)
                return Best(np.maximum(best, rest), tuple(found))
            top = _raise_best(best, sets, limits, gain=gain[kept], setup=setup[kept], bonus=bonus)
            found.append(ProjectSets(problem, kept[top.members], top.joint_hours, top.exact))
    rest = _bound_by_members(problem, alone, bonus, size=MAX_SET_SIZE + 1)
    return Best(np.maximum(best, rest), tuple(found))


@dataclass(frozen=True, eq=False)
class _Limits:
    """What sets are worth at most, where an hour of the contractor's own busiest week costs.

    With a price on the hours of one week, the members of a set can be bounded one by one,
    and the sum of these bounds and of the price of all hours bounds the set (Lagrange).

    alone  int64[U], each pair by itself; base  int64[C], the bonus and the price of all hours
    """

    alone: IntArray
    base: IntArray

    def select(self, kept: BoolArray | IntArray) -> _Limits:
        """Return the limits of some of the pairs."""
        return _Limits(self.alone[kept], self.base)

    def find_open(self, sets: ProjectSets, best: IntArray) -> BoolArray:
        """bool[N]: the sets that may be worth more than int64[C] `best`."""
        limit = self.base[sets.contractor] + self.alone[sets.members].sum(axis=1)
        is_open: BoolArray = limit > best[sets.contractor]
        return is_open


def _raise_best(
    best: IntArray,
    sets: ProjectSets,
    limits: _Limits,
    *,
    gain: IntArray,
    setup: IntArray,
    bonus: int,
) -> ProjectSets:
    """Raise int64[C] `best` to the exact worth of the best of `sets`; return those that do."""
    before = best[sets.contractor]
    value = choose_hours(sets, gain, setup, bonus).value
    np.maximum.at(best, sets.contractor, value)
    days = sets.problem.days[sets.members]
    uneven = np.any(days != days[:, :1], axis=1) & (sets.problem.days_needed[sets.contractor] > 0)
    mixed = np.flatnonzero(uneven & limits.find_open(sets, best))
    limit = bound_covered_worth(sets.select(mixed), gain, setup, bonus)
    mixed = mixed[limit > best[sets.contractor[mixed]]]
    covered = find_covered_worth(sets.select(mixed), gain, setup, bonus)
    value[mixed] = np.maximum(value[mixed], covered)
    np.maximum.at(best, sets.contractor, value)
    return sets.select((value > before) & (value == best[sets.contractor]))


def _find_promising(
    problem: OpenProblem, gain: IntArray, setup: IntArray, best: IntArray, bonus: int, *, size: int
) -> tuple[IntArray, _Limits]:
    """Return the pairs that a set of `size` better than `best` may still hold, and their limits.

    A set is worth at most its members alone and one bonus.
    """
    kept, limits = np.arange(problem.num_pairs), None
    for rank in range(size + 1) if size > 1 else range(1):
        some = select_pairs(problem, kept)
        hour_price = _find_hour_price(some, gain[kept], rank)
        week = _find_busiest_week(some)
        runs = problem.instance.active[some.project, week[some.contractor]]
        net = gain[kept] - hour_price[some.contractor] * runs
        alone = np.maximum(net * some.max_hours, net * some.min_hours) - setup[kept]
        hours = np.maximum(problem.week_hours[np.arange(len(week)), week], 0)
        base = bonus + hour_price * hours
        others = _sum_largest(some, np.maximum(alone, 0), size - 1)
        limit = base[some.contractor] + alone + others[some.contractor]
        promising = limit > best[some.contractor]
        kept, limits = kept[promising], _Limits(alone[promising], base)
    assert limits is not None
    return kept, limits


def _find_busiest_week(problem: OpenProblem) -> IntArray:
    """int64[C]: the week in which most of each contractor's pairs run."""
    instance = problem.instance
    running = np.zeros((len(problem.projects_left), instance.weeks), dtype=np.int64)
    for week in range(instance.weeks):
        runs = instance.active[problem.project, week]
        running[:, week] = np.bincount(problem.contractor, runs, len(running))
    busiest: IntArray = running.argmax(axis=1)
    return busiest


def _find_hour_price(problem: OpenProblem, gain: IntArray, rank: int) -> IntArray:
    """int64[C]: each contractor's largest gain but `rank` - 1; nothing for rank 0."""
    price = np.zeros(len(problem.projects_left), dtype=np.int64)
    if rank:
        order = np.lexsort((-gain, problem.contractor))
        place = problem.start[:-1] + rank - 1
        has = np.flatnonzero(place < problem.start[1:])
        price[has] = np.maximum(gain[order[place[has]]], 0)
    return price


def _find_crowded(problem: OpenProblem, kept: IntArray, size: int) -> BoolArray:
    """bool[C]: contractors with too many sets of the kept pairs to look at each."""
    num_pairs = np.bincount(problem.contractor[kept], minlength=len(problem.projects_left))
    crowded: BoolArray = count_subsets(num_pairs, size) > _MOST_SETS
    return crowded


def _sum_largest(problem: OpenProblem, worth: IntArray, count: int | IntArray) -> IntArray:
    """Return int64[C]: the sum of each contractor's `count` largest numbers."""
    order = np.lexsort((-worth, problem.contractor))
    rank = np.arange(problem.num_pairs) - problem.start[problem.contractor]
    limit = np.broadcast_to(count, problem.projects_left.shape)[problem.contractor]
    total = np.zeros(len(problem.projects_left), dtype=np.int64)
    np.add.at(total, problem.contractor, np.where(rank < limit, worth[order], 0))
    return total


def _bound_by_members(problem: OpenProblem, alone: IntArray, bonus: int, *, size: int) -> IntArray:
    """Return int64[C]: at least the worth of any set of `size` or more; 0 without such sets."""
    allowed = np.minimum(problem.projects_left, np.diff(problem.start))
    total = _sum_largest(problem, np.maximum(alone, 0), allowed) + bonus
    return np.where(allowed >= size, total, 0)
