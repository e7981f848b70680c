"""A start for a huge instance: some of its contractors after the others.

Each part of the contractors searches what it would search alone, on its share of every limit;
so the work grows with the pairs, and memory only with those of one part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from solver.groups import NO_TEAM
from solver.instance import NO_LIMIT, WORKDAYS_PER_WEEK, Instance, IntArray
from solver.model.group_state import drop_unreachable
from solver.model.open_problem import OpenProblem, build_open_problem, reserve, select_pairs
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.clock import Clock
from solver.search.dual_bound import Prover, build_prover
from solver.search.exact import Size
from solver.search.likely import find_likely, find_pinned
from solver.search.prices import Prices, Resources
from solver.search.pricing import Pricer, cut_limits
from solver.search.progress import Report
from solver.search.scoring import score
from solver.search.tier_search import TierSearch
from solver.search.tightening import build_lead

_PART_PAIRS = 3_000_000
"""Pairs of a part, about."""
_SAMPLE_PAIRS = 1_000_000
"""Pairs of the sample that the first prices come from."""
_LIKELY, _NEAR = 60, 6
"""Pairs of each contractor that a part looks at, and that the search after it looks at."""
_PARTS_SHARE = 0.5
"""Share of the time at which the last part must be done."""
_FEWEST_PEOPLE = 4
"""People of one project who stay in one part."""


@dataclass(frozen=True, eq=False)
class Start:
    """A plan, as rows of the instance's pairs with their hours a week, and what leads on.

    rows, hours  int64[N] each
    near         rows that the last prices recommend besides
    """

    rows: IntArray
    hours: IntArray
    near: IntArray
    prices: Prices


def plan_in_parts(
    instance: Instance,
    tiers: Sequence[Tier],
    clock: Clock,
    report: Report,
    prover: Prover,
) -> Start:
    """Return a plan for all contractors, part after part.

    report  hears the first tier's value after each part, without what pins bring
    """
    parts = _Parts(instance, tiers, clock)
    assert prover.find_loose_bound is not None
    bound, used = prover.find_loose_bound(tiers[0]), 1.0 - clock.get_part_left()
    for number in range(parts.count):
        if clock.should_stop():
            break
        share = used + (_PARTS_SHARE - used) * (number + 1) / parts.count
        before = parts.value

        def tell(reached: int, _bound: int, before: int = before) -> None:
            report(before + reached, bound)

        parts.plan(number, share, tell)
    return parts.build_start()


class _Parts:
    """The plan so far, and what each part may use.

    value  of the first tier, without what pins bring
    """

    def __init__(self, instance: Instance, tiers: Sequence[Tier], clock: Clock) -> None:
        self._instance, self._tiers, self._clock = instance, tiers, clock
        self.count = -(-instance.num_pairs // _PART_PAIRS)
        self.value = 0
        random = np.random.default_rng(clock.limits.seed)
        self._prices = _find_prices(instance, tiers, clock)
        self._part_of = _draw_parts(instance, self.count, random)
        self._limits = build_open_problem(instance.select_pairs(find_pinned(instance)))
        self._shares = _draw_shares(self._limits, self.count, random)
        none = np.zeros(0, dtype=np.int64)
        self._rows, self._hours, self._near = [none], [none], [none]
        self._found = list[Prices]()

    def plan(self, number: int, share: float, report: Report) -> None:
        """Plan for one part until a share of the time is used."""
        instance, tiers = self._instance, self._tiers
        mine = self._part_of[instance.pair_contractor] == number
        rows = np.union1d(np.flatnonzero(mine), find_pinned(instance))
        problem = drop_unreachable(build_open_problem(instance.select_pairs(rows)))
        problem = select_pairs(problem, find_likely(problem, self._prices, _LIKELY))
        problem = _limit(problem, _cut_limits(self._limits, self._shares, number))
        search = TierSearch(problem, self._clock, dict.fromkeys(Tier, 0), known=self._prices)
        goal = Goal(tiers[0], {})
        search.raise_tier(goal, share, baseline=None, report=report, following=tiers[1])
        worked = np.flatnonzero(search.hours)
        self._rows.append(instance.find_rows(problem.contractor[worked], problem.project[worked]))
        self._hours.append(search.hours[worked])
        prices = search.prices or self._prices
        self._found.append(prices)
        near = find_likely(problem, prices, _NEAR)
        self._near.append(instance.find_rows(problem.contractor[near], problem.project[near]))
        self.value += score(problem, search.hours)[tiers[0]]

    def build_start(self) -> Start:
        """Return the plan of all parts, and prices for all of them."""
        return Start(
            rows=np.concatenate(self._rows),
            hours=np.concatenate(self._hours),
            near=np.concatenate(self._near),
            prices=_average(self._found or [self._prices]),
        )


def _find_prices(instance: Instance, tiers: Sequence[Tier], clock: Clock) -> Prices:
    """Return prices of what leads to the first tier, from a sample of the contractors."""
    part = min(1.0, _SAMPLE_PAIRS / instance.num_pairs)
    picked = np.random.default_rng(clock.limits.seed).random(instance.num_contractors) < part
    rows = np.union1d(np.flatnonzero(picked[instance.pair_contractor]), find_pinned(instance))
    sample = cut_limits(build_open_problem(instance.select_pairs(rows)), part)
    resources = Resources(sample)
    pricer = Pricer(sample, resources, clock, Size.LARGE, build_prover(resources))
    return pricer.climb(build_lead(sample, Goal(tiers[0], {}), tiers[1]), _PARTS_SHARE / 4).prices


def _draw_parts(instance: Instance, count: int, random: np.random.Generator) -> IntArray:
    """int64[C]: the part of each contractor; a team stays together."""
    part = random.integers(0, count, instance.num_contractors)
    if instance.groups is not None:
        team = instance.groups.team
        members = np.flatnonzero(team != NO_TEAM)
        part[members] = random.integers(0, count, len(instance.groups.team_names))[team[members]]
    return part


def _draw_shares(limits: OpenProblem, count: int, random: np.random.Generator) -> IntArray:
    """int64[P, count]: which share of each project a part gets, from 1 on; 0: none.

    Small projects are not cut into pieces that nobody can work on: few parts get a share.
    """
    instance = limits.instance
    week = np.where(instance.active, limits.hour_days, 0).max(axis=1)
    people = np.minimum(limits.seats, week // (WORKDAYS_PER_WEEK * instance.max_hours))
    wanted = np.clip(people // _FEWEST_PEOPLE, 1, count)
    order = random.permuted(np.tile(np.arange(1, count + 1), (len(wanted), 1)), axis=1)
    return np.where(order <= wanted[:, None], order, 0)


def _cut_limits(limits: OpenProblem, shares: IntArray, number: int) -> OpenProblem:
    """Return the limits of one part; those of all parts add up to `limits`."""
    share, total = shares[:, number], shares.max(axis=1)

    def cut(limit: IntArray) -> IntArray:
        place, of = (share, total) if limit.ndim == 1 else (share[:, None], total[:, None])
        known = np.where(limit == NO_LIMIT, 0, limit)
        piece = known // of + (place <= known % of)
        return np.where(limit == NO_LIMIT, NO_LIMIT, np.where(place > 0, piece, 0))

    return replace(
        limits,
        hour_days=cut(limits.hour_days),
        seats=cut(limits.seats),
        budget_cents=cut(limits.budget_cents),
    )


def _limit(problem: OpenProblem, limits: OpenProblem) -> OpenProblem:
    """Return the problem with other limits, and only the pairs that these leave usable."""
    smaller = replace(
        problem,
        hour_days=limits.hour_days,
        seats=limits.seats,
        budget_cents=limits.budget_cents,
    )
    free = np.ones(problem.num_pairs, dtype=np.bool_)
    return reserve(smaller, np.zeros(problem.num_pairs, dtype=np.int64), free)[0]


def _average(prices: Sequence[Prices]) -> Prices:
    """Return the mean of prices; that of what tiers are worth too."""
    return Prices(
        np.mean([one.hour_days for one in prices], axis=0),
        np.mean([one.seats for one in prices], axis=0),
        np.mean([one.budget for one in prices], axis=0),
        {tier: float(np.mean([one.tiers[tier] for one in prices])) for tier in Tier},
    )
