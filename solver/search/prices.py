"""Prices on what projects can run out of, and what pairs are worth net of them.

Only the projects' resources tie contractors together: open hours a week, seats,
budget. Charging for them instead of limiting them leaves one small problem a
contractor, and with any prices of 0 or more

    bound = sum of price * limit + sum over contractors of their best bundle's net worth

is at least the value of every plan (Lagrange). A tier that was solved before is one
more such row: "coverage >= reached" earns its multiplier for each unit.

Letters: C contractors, P projects, W weeks, U pairs of the open problem.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from solver.instance import NO_LIMIT, BoolArray, IntArray
from solver.model.open_problem import OpenProblem
from solver.model.project_sets import Worth
from solver.policy import Tier


@dataclass(frozen=True, eq=False)
class Prices:
    """What a unit of each resource costs, all >= 0; floats, or int64 times a common scale.

    hour_days  [P, W], an hour-day of open hours
    seats      [P]
    budget     [P], a cent a week
    tiers      worth of one unit of each tier: the tier being solved at 1, the others at
               their multipliers
    """

    hour_days: Worth
    seats: Worth
    budget: Worth
    tiers: dict[Tier, float] | dict[Tier, int]


@dataclass(frozen=True, eq=False)
class Usage:
    """What a choice of bundles uses up and scores.

    hour_days int64[P, W], seats int64[P], budget int64[P]; tiers in the model's integers
    """

    hour_days: IntArray
    seats: IntArray
    budget: IntArray
    tiers: dict[Tier, int]


@dataclass(frozen=True, eq=False)
class Resources:
    """The limits of an open problem that can bind, and how pairs draw on them."""

    problem: OpenProblem

    @cached_property
    def has_hour_days(self) -> BoolArray:
        """bool[P, W]: weeks in which a project's usable pairs could work at all."""
        wanted = np.zeros_like(self.problem.hour_days)
        problem, instance = self.problem, self.problem.instance
        for week in range(instance.weeks):
            days = instance.avail_days[problem.contractor, week]
            runs = instance.active[problem.project, week]
            np.add.at(wanted[:, week], problem.project, runs * days * problem.max_hours)
        scarce: BoolArray = wanted > self.problem.hour_days
        return scarce

    @cached_property
    def has_seats(self) -> BoolArray:
        """bool[P]"""
        heads = np.bincount(self.problem.project, minlength=len(self.problem.seats))
        scarce: BoolArray = heads > self.problem.seats
        return scarce

    @cached_property
    def has_budget(self) -> BoolArray:
        """bool[P]"""
        limited: BoolArray = self.problem.budget_cents != NO_LIMIT
        return limited

    @cached_property
    def _leave(self) -> tuple[IntArray, IntArray]:
        """int64[A, W], the different rows of workdays, and int64[C], which one is whose."""
        avail_days = self.problem.instance.avail_days
        row = np.zeros(len(avail_days), dtype=np.int64)
        asked = np.flatnonzero(np.diff(self.problem.start))
        rows, row[asked] = np.unique(avail_days[asked], axis=0, return_inverse=True)
        return rows.astype(np.int64), row

    def get_gain(self, prices: Prices) -> Worth:
        """[U]: what an hour a week on each pair is worth net of its resources."""
        problem = self.problem
        net: Worth = -self._get_hour_charge(prices)
        for tier, gain in ((Tier.HOURS, problem.hours_gain), (Tier.FIT, problem.fit_gain)):
            if prices.tiers[tier]:
                net += prices.tiers[tier] * gain
        if prices.budget.any():
            net -= prices.budget[problem.project] * problem.rate_cents
        return net

    def _get_hour_charge(self, prices: Prices) -> Worth:
        """[U]: what an hour in every week costs in open hours, by the contractor's leave."""
        problem, instance = self.problem, self.problem.instance
        charged = np.where(instance.active, prices.hour_days, 0)
        patterns, pattern = self._leave
        if len(patterns) * len(charged) <= problem.num_pairs:
            table: Worth = patterns @ charged.T
            return table[pattern[problem.contractor], problem.project]
        days = instance.avail_days[problem.contractor]
        charge: Worth = np.zeros(problem.num_pairs, dtype=charged.dtype)
        for week in range(instance.weeks):
            charge += charged[problem.project, week] * days[:, week]
        return charge

    def get_setup(self, prices: Prices) -> Worth:
        """[U]: what taking each pair costs, whatever the hours."""
        setup: Worth = prices.seats[self.problem.project]
        if not self.problem.instance.switch_cost:
            return setup
        switched: Worth = setup + prices.tiers[Tier.FIT] * self.problem.switch_cost
        return switched

    def get_charge(self, prices: Prices) -> float | int:
        """Return the sum of price * limit over all resources."""
        limits = self.problem
        total = (prices.hour_days * np.where(self.has_hour_days, limits.hour_days, 0)).sum()
        total += (prices.seats * np.where(self.has_seats, limits.seats, 0)).sum()
        total += (prices.budget * np.where(self.has_budget, limits.budget_cents, 0)).sum()
        charge: float | int = total.item()
        return charge

    def drop_idle(self, prices: Prices) -> Prices:
        """Return the prices without those on limits that cannot bind."""
        return replace(
            prices,
            hour_days=np.where(self.has_hour_days, prices.hour_days, 0),
            seats=np.where(self.has_seats, prices.seats, 0),
            budget=np.where(self.has_budget, prices.budget, 0),
        )

    def get_usage(self, pair: IntArray, hours: IntArray, num_covered: int) -> Usage:
        """Return what hours on pairs use up."""
        problem, instance = self.problem, self.problem.instance
        project = problem.project[pair]
        num_projects = instance.num_projects
        used = np.zeros((num_projects, instance.weeks), dtype=np.int64)
        worked = hours[:, None] * instance.active[project]
        worked *= instance.avail_days[problem.contractor[pair]]
        for week in range(instance.weeks):
            # Exact: the sums stay far below 2^53.
            used[:, week] = np.bincount(project, worked[:, week], num_projects)
        cost = np.bincount(project, hours * problem.rate_cents[pair], num_projects)
        heads = np.bincount(project, minlength=num_projects)
        fit = int((hours * problem.fit_gain[pair]).sum()) - int(problem.switch_cost[pair].sum())
        tiers = {
            Tier.COVERAGE: num_covered,
            Tier.HOURS: int((hours * problem.hours_gain[pair]).sum()),
            Tier.FIT: fit,
        }
        return Usage(used, heads, cost.astype(np.int64), tiers)


def build_zero_prices(problem: OpenProblem, tiers: dict[Tier, float]) -> Prices:
    """Return prices of nothing, with the given worth of the tiers."""
    shape = problem.hour_days.shape
    return Prices(np.zeros(shape), np.zeros(shape[0]), np.zeros(shape[0]), tiers)
