"""Every bound recomputed from integers alone, bundle by bundle, with none to spare.

A bound may only be loose where the search says so: contractors with more than three
projects, and three projects that share some weeks only. All others must be met exactly,
so that a bound too tight by a single unit is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from solver.instance import Instance, IntArray
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.policy import Tier
from solver.search.ascent import Goal, raise_prices
from solver.search.best_sets import find_best_sets
from solver.search.core import find_core
from solver.search.dual_bound import (
    ScaledPrices,
    prove,
    scale_prices,
)
from solver.search.listing import list_corners
from solver.search.prices import Prices, Resources, build_zero_prices
from tests.solver.brute_force import find_best_given, list_plan_values, score_bundle
from tests.solver.lagrange import PricedBundle, compute_exact_bound, list_priced_bundles
from tests.solver.tiny_draws import draw_case

_BLOCK = 50


@dataclass(frozen=True, eq=False)
class Priced:
    """A drawn problem with a goal and prices, as floats and as whole numbers."""

    instance: Instance
    problem: OpenProblem
    goal: Goal
    prices: Prices
    scaled: ScaledPrices

    @property
    def resources(self) -> Resources:
        return Resources(self.problem)


def never() -> bool:
    return False


def draw_priced(first: int) -> Iterator[Priced]:
    """Yield `_BLOCK` problems without pins, each with random prices or those of an ascent."""
    for number in range(first, first + _BLOCK):
        drawn = draw_case(number).instance
        instance = replace(drawn, pins=drawn.pins[:0])
        problem = build_open_problem(instance)
        if not problem.num_pairs:
            continue
        random = np.random.default_rng(number)
        goal = _draw_goal(random)
        prices = _draw_prices(random, problem, goal)
        scaled = scale_prices(Resources(problem), prices, goal)
        yield Priced(instance, problem, goal, prices, scaled)


def _draw_goal(random: np.random.Generator) -> Goal:
    order = [list(Tier)[place] for place in random.permutation(3)]
    floors = {tier: int(random.integers(-5, 30)) for tier in order[1 : random.integers(1, 4)]}
    return Goal(order[0], floors)


def _draw_prices(random: np.random.Generator, problem: OpenProblem, goal: Goal) -> Prices:
    tiers = dict.fromkeys(Tier, 0.0) | {goal.tier: 1.0}
    tiers |= {tier: float(random.random()) for tier in goal.floors}
    if random.random() < 0.3:
        start = build_zero_prices(problem, tiers)
        return raise_prices(Resources(problem), list_corners(problem), goal, start, steps=20).prices
    shape = problem.hour_days.shape
    size = random.choice([0.0, 0.05, 0.5, 3.0])
    return Prices(
        random.random(shape) * size,
        random.random(shape[:1]) * size * 20,
        random.random(shape[:1]) * size * 5,
        tiers,
    )


def _is_exact(instance: Instance) -> bool:
    """Whether the search lists all sets, and three projects share all weeks or are not taken."""
    pairs = np.bincount(instance.pair_contractor, minlength=instance.num_contractors)
    most = int(np.minimum(pairs, instance.max_projects).max())
    return most <= 2 or (most == 3 and bool(instance.active.all()))


@pytest.mark.parametrize("first", range(0, 500, _BLOCK))
def test_bound_is_the_exact_lagrange_bound_rounded_down(first: int) -> None:
    for one in draw_priced(first):
        bound = prove(one.resources, one.prices, one.goal).bound
        units = compute_exact_bound(one.instance, one.scaled.prices, one.goal.floors)
        exact = units // one.scaled.scale
        assert bound >= exact
        if _is_exact(one.instance):
            assert bound == exact


@pytest.mark.parametrize("first", range(0, 500, _BLOCK))
def test_best_worth_is_that_of_the_best_bundle(first: int) -> None:
    for one in draw_priced(first):
        worth = find_best_sets(one.resources, one.scaled.prices, never).worth
        exact = [
            max(bundle.worth for bundle in _list(one, contractor))
            for contractor in range(one.instance.num_contractors)
        ]
        assert (worth >= exact).all()
        if _is_exact(one.instance):
            assert worth.tolist() == exact


@pytest.mark.parametrize("first", range(0, 200, _BLOCK))
def test_exact_lagrange_bound_is_above_every_plan(first: int) -> None:
    for one in draw_priced(first):
        free = _count_covered_without_work(one.instance)
        floors = {tier: floor + free[tier] for tier, floor in one.goal.floors.items()}
        best = find_best_given(list_plan_values(one.instance), one.goal.tier, floors)
        units = compute_exact_bound(one.instance, one.scaled.prices, one.goal.floors)
        assert best is None or units >= (best - free[one.goal.tier]) * one.scaled.scale


@pytest.mark.parametrize("first", range(0, 300, _BLOCK))
def test_core_bounds_what_it_leaves_out_by_no_less_than_the_best_of_it(first: int) -> None:
    met = 0
    for one in draw_priced(first):
        core = find_core(one.resources, one.scaled, one.goal, never)
        if core is None:
            assert (one.instance.max_projects > 3).any()
            continue
        counted = any(group.covers for group in core.groups)
        lost = _find_exact_losses(one, counted=counted)
        total = compute_exact_bound(one.instance, one.scaled.prices, one.goal.floors)
        for limit in sorted({-1, *np.concatenate(core.losses).tolist()})[:8]:
            outside = core.bound_outside(limit)
            left_out = [
                lost[contractor, projects, group.covers]
                for group, losses in zip(core.groups, core.losses, strict=True)
                for contractor, projects, loss in _name_sets(one, group.sets.members, losses)
                if loss > limit and (contractor, projects, group.covers) in lost
            ]
            if not left_out:
                continue
            exact = (total - min(left_out)) // core.scale
            assert outside is not None
            assert outside >= exact
            met += outside == exact
    assert met > _BLOCK


def _list(one: Priced, contractor: int) -> list[PricedBundle]:
    return list_priced_bundles(one.instance, contractor, one.scaled.prices)


def _find_exact_losses(
    one: Priced, *, counted: bool
) -> dict[tuple[int, frozenset[int], bool], int]:
    """Return for each contractor, set of projects and use what the best bundle misses.

    counted  whether bundles that cover are told from those that don't
    """
    losses: dict[tuple[int, frozenset[int], bool], int] = {}
    for contractor in range(one.instance.num_contractors):
        bundles = _list(one, contractor)
        best = max(bundle.worth for bundle in bundles)
        for bundle in bundles:
            key = contractor, bundle.projects, counted and bundle.covers
            losses[key] = min(losses.get(key, best - bundle.worth), best - bundle.worth)
    return losses


def _name_sets(
    one: Priced, members: IntArray, losses: IntArray
) -> Iterator[tuple[int, frozenset[int], int]]:
    for pairs, loss in zip(members, losses.tolist(), strict=True):
        projects = frozenset(one.problem.project[pairs].tolist())
        yield int(one.problem.contractor[pairs[0]]), projects, loss


def _count_covered_without_work(instance: Instance) -> dict[Tier, int]:
    free = sum(
        score_bundle(instance, contractor, {})[0] for contractor in range(instance.num_contractors)
    )
    return dict.fromkeys(Tier, 0) | {Tier.COVERAGE: free}
