"""Bounds over all pairs, some contractors at a time, are those of the whole."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest

from solver.checker import check
from solver.instance import Instance
from solver.model.open_problem import build_open_problem
from solver.policy import Tier
from solver.result import Assignments, SolveLimits
from solver.search import whole_prover
from solver.search.ascent import Goal
from solver.search.clock import Clock
from solver.search.dual_bound import prove
from solver.search.prices import Resources, build_zero_prices
from solver.search.whole_prover import build_whole_prover
from tests.solver.brute_force import list_plan_values
from tests.solver.instances import Contractor, Project, build_instance
from tests.solver.search.test_exact_bounds import draw_priced

TIERS = (Tier.COVERAGE, Tier.HOURS, Tier.FIT)


def never() -> bool:
    return False


def build_clock() -> Clock:
    return Clock(SolveLimits(time_limit_s=60, workers=1), never)


def list_pairs(instance: Instance) -> list[tuple[int, int]]:
    return list(zip(instance.pair_contractor.tolist(), instance.pair_project.tolist(), strict=True))


def build_choice() -> Instance:
    """Two contractors, five roomy projects, the later ones worth more."""
    projects = [Project(open_hours=(99, 99), priority=number) for number in range(1, 6)]
    return build_instance([Contractor()] * 2, projects)


def test_rows_of_pairs_are_found_and_missing_ones_told() -> None:
    pairs = [(0, 1, 5, 9), (0, 3, 6, 9), (2, 0, 7, 9)]
    instance = build_instance([Contractor()] * 3, [Project()] * 4, pairs)
    contractor, project = np.array([0, 0, 0, 1, 2, 2]), np.array([1, 3, 0, 1, 0, 3])
    assert instance.find_rows(contractor, project).tolist() == [0, 1, -1, -1, 2, -1]
    short = instance.select_pairs(np.array([1, 2]))
    assert list_pairs(short) == [(0, 3), (2, 0)]
    assert short.pair_fit.tolist() == [6, 7]


@pytest.mark.parametrize("first", range(0, 100, 50))
@pytest.mark.parametrize("size", [1, 3, 10**6])
def test_bound_of_all_parts_is_that_of_the_whole(first: int, size: int) -> None:
    """The scale of whole numbers differs, and with it at most the last unit."""
    several = 0
    for one in draw_priced(first):
        whole = prove(one.resources, one.prices, one.goal).bound
        with patch.object(whole_prover, "_PAIRS_AT_A_TIME", size):
            prover = build_whole_prover(one.instance, 2)
            parts = list(prover.iterate_parts())
            bound = prover.prove(one.resources, one.prices, one.goal, never).bound
            coverable = prover.num_coverable
        assert abs(bound - whole) <= 1 + 1e-6 * abs(whole)
        assert coverable == build_whole_prover(one.instance, 2).num_coverable
        several += len(parts) > 1
    assert several > 3 or size > 3


def test_bound_counts_pairs_that_the_shortlist_leaves_out() -> None:
    instance = build_choice()
    short = Resources(build_open_problem(instance.select_pairs(np.array([0, 5]))))
    goal = Goal(Tier.HOURS, {})
    prices = build_zero_prices(short.problem, dict.fromkeys(Tier, 0.0) | goal.weights)
    assert prove(short, prices, goal).bound < 1_000
    assert build_whole_prover(instance, 2).prove(short, prices, goal, never).bound >= 1_000


@pytest.mark.parametrize("first", range(0, 100, 50))
def test_bound_without_time_is_above_every_plan(first: int) -> None:
    for one in draw_priced(first):
        prover = build_whole_prover(one.instance, 2)
        goal = Goal(one.goal.tier, {})
        best = int(list_plan_values(one.instance)[:, list(Tier).index(goal.tier)].max())
        stopped = prover.prove(one.resources, one.prices, goal, lambda: True).bound
        pins = Assignments.build([(a, b, hours) for a, b, hours in one.instance.pins.tolist()])
        assert stopped + dict(check(one.instance, pins).values)[goal.tier] >= best
        assert prover.find_loose_bound is not None
        assert stopped == prover.find_loose_bound(goal.tier)
