"""Prices made better by the master problem stay proofs, and their answer stays whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import Mock, patch

import numpy as np
import pytest

from solver.model.open_problem import OpenProblem, build_open_problem
from solver.model.project_sets import MAX_SET_SIZE, ProjectSets, build_project_sets
from solver.policy import Tier
from solver.search import tightening
from solver.search.ascent import Goal
from solver.search.bundle_columns import NO_MEMBER
from solver.search.dual_bound import prove
from solver.search.master import Answer, solve_master
from solver.search.prices import Resources, build_zero_prices
from solver.search.tightening import (
    Tightened,
    build_lead,
    get_penalties,
    get_prices_for,
    get_unit,
    tighten,
)
from tests.solver.brute_force import find_best_given, list_plan_values
from tests.solver.instances import Contractor, Project, build_instance
from tests.solver.search.test_exact_bounds import draw_priced, never

_BLOCKS = range(0, 250, 50)


def list_sets(problem: OpenProblem) -> list[ProjectSets]:
    return [build_project_sets(problem, size) for size in range(1, MAX_SET_SIZE + 1)]


def build_contested() -> OpenProblem:
    """Twelve contractors who all want the same few seats and hours."""
    random = np.random.default_rng(5)
    pairs = [
        (one, other, int(random.integers(1, 100)), 100) for one in range(12) for other in range(4)
    ]
    projects = [
        Project(seats=2, priority=5),
        Project(open_hours=(25, 20), priority=4),
        Project(seats=4, max_hours=6, priority=2),
        Project(open_hours=(30, 17), priority=1),
    ]
    return build_open_problem(build_instance([Contractor(floor_hours=8)] * 12, projects, pairs))


def tighten_contested(goal: Goal) -> Tightened:
    problem = build_contested()
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | goal.weights)
    return tighten(Resources(problem), list_sets(problem), goal, start, never)


@pytest.mark.parametrize("first", _BLOCKS)
def test_bound_lies_between_every_plan_and_the_bound_of_the_start(first: int) -> None:
    better = 0
    for one in draw_priced(first):
        sets = list_sets(one.problem)
        tightened = tighten(one.resources, sets, one.goal, one.prices, never)
        before = prove(one.resources, one.prices, one.goal).bound
        free = dict.fromkeys(Tier, 0)
        free[Tier.COVERAGE] = int((one.problem.days_needed <= 0).sum())
        floors = {tier: floor + free[tier] for tier, floor in one.goal.floors.items()}
        best = find_best_given(list_plan_values(one.instance), one.goal.tier, floors)
        assert tightened.bound <= before
        assert tightened.bound == prove(one.resources, tightened.prices, one.goal).bound
        assert best is None or tightened.bound >= best - free[one.goal.tier]
        better += tightened.bound < before
    assert better > 5


def test_tightening_closes_what_zero_prices_leave_open() -> None:
    problem, goal = build_contested(), Goal(Tier.HOURS, {})
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0})
    tightened = tighten_contested(goal)
    assert tightened.bound < prove(Resources(problem), start, goal).bound // 2
    assert tightened.answer is not None
    assert tightened.answer.value <= tightened.bound + 1


def test_stopped_tightening_returns_the_start() -> None:
    problem, goal = build_contested(), Goal(Tier.HOURS, {})
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0})
    tightened = tighten(Resources(problem), list_sets(problem), goal, start, lambda: True)
    assert tightened.prices is start
    assert tightened.columns is None
    assert tightened.answer is None
    assert not tightened.settled.any()


def test_too_many_columns_are_not_solved() -> None:
    with patch.object(tightening, "_MOST_COLUMNS", 3):
        tightened = tighten_contested(Goal(Tier.HOURS, {}))
    assert tightened.answer is None
    assert tightened.columns is None


def is_whole(tightened: Tightened) -> bool:
    assert tightened.columns is not None
    assert tightened.answer is not None
    return len(tightened.columns) == len(tightened.answer.share)


def test_master_problem_that_stalls_later_leaves_the_last_answer_with_its_columns() -> None:
    goal = Goal(Tier.HOURS, {})
    problem = build_contested()
    sizes: list[int] = []

    def stall(*args: Any, **named: Any) -> Answer | None:
        sizes.append(len(args[1]))
        return real(*args, **named) if len(sizes) == 1 else None

    real = solve_master
    with patch.object(tightening, "solve_master", stall):
        tightened = tighten_contested(goal)
    assert len(sizes) > 1
    assert sizes[1] > sizes[0]
    assert is_whole(tightened)
    assert tightened.settled.shape == (problem.num_pairs,)


def test_master_problem_that_grows_too_large_leaves_the_last_answer_with_its_columns() -> None:
    goal = Goal(Tier.HOURS, {})
    with patch.object(tightening, "solve_master", Mock(wraps=solve_master)) as solved:
        tighten_contested(goal)
    first, second = (len(call.args[1]) for call in solved.call_args_list[:2])
    assert first < second
    with patch.object(tightening, "_MOST_COLUMNS", first):
        assert is_whole(tighten_contested(goal))


def test_who_has_room_is_settled_on_the_best() -> None:
    """Nobody competes for the roomy project; two of three get a seat on the small one."""
    instance = build_instance(
        [Contractor(max_projects=1)] * 5,
        [Project(), Project(seats=2)],
        [(one, int(one >= 2), 1, 100) for one in range(5)],
    )
    problem = build_open_problem(instance)
    goal = Goal(Tier.HOURS, {})
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0})
    tightened = tighten(Resources(problem), list_sets(problem), goal, start, never)
    assert tightened.settled.tolist() == [10, 10, 0, 0, 0]
    assert tightened.bound == 400


def test_prices_for_a_goal_drop_every_other_tier() -> None:
    problem = build_contested()
    prices = build_zero_prices(problem, {Tier.COVERAGE: 3.0, Tier.HOURS: 2.0, Tier.FIT: 1.0})
    goal = Goal(Tier.HOURS, {Tier.COVERAGE: 4})
    kept = get_prices_for(goal, prices)
    assert kept.tiers == {Tier.COVERAGE: 3.0, Tier.HOURS: 2.0, Tier.FIT: 0.0}
    penalties = get_penalties(goal, prices)
    assert list(penalties) == [Tier.COVERAGE]
    assert penalties[Tier.COVERAGE] > 3.0


def test_unit_is_what_a_contractor_is_worth_on_average() -> None:
    instance = build_instance([Contractor()] * 2, [Project(max_hours=4), Project(priority=3)])
    problem = build_open_problem(instance)
    assert get_unit(problem, Goal(Tier.COVERAGE, {})) == 1.0
    assert get_unit(problem, Goal(Tier.HOURS, {})) == 300.0
    assert get_unit(problem, Goal(Tier.COVERAGE, {}, {Tier.FIT: 2})) == 201.0


def test_worse_prices_are_not_taken() -> None:
    problem, goal = build_contested(), Goal(Tier.HOURS, {})
    good = tighten_contested(goal)
    bad = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0})
    assert good.answer is not None
    with patch.object(
        tightening, "solve_master", Mock(return_value=replace(good.answer, prices=bad))
    ):
        kept = tighten(Resources(problem), list_sets(problem), goal, good.prices, never)
    assert kept.prices is good.prices
    assert kept.bound == good.bound


def test_sets_that_only_the_proof_found_become_columns() -> None:
    """Price steps looked at single projects; nobody gets their hours from a single one."""
    instance = build_instance([Contractor(max_projects=2)] * 3, [Project(max_hours=5, seats=2)] * 4)
    problem, goal = build_open_problem(instance), Goal(Tier.HOURS, {})
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0})
    tightened = tighten(Resources(problem), list_sets(problem)[:1], goal, start, never)
    assert tightened.columns is not None
    assert tightened.answer is not None
    assert (tightened.columns.members != NO_MEMBER).sum(axis=1).max() == 2
    assert tightened.answer.value + (tightened.settled @ problem.hours_gain) == pytest.approx(300)
    assert tightened.bound == 300


@pytest.mark.parametrize(
    ("first", "second", "leading", "weight"),
    [
        (Tier.COVERAGE, Tier.HOURS, Tier.HOURS, 0.5),
        (Tier.COVERAGE, Tier.FIT, Tier.FIT, 0.5),
        (Tier.HOURS, Tier.COVERAGE, Tier.HOURS, 0.03),
        (Tier.FIT, Tier.COVERAGE, Tier.FIT, 0.03),
    ],
)
def test_coverage_and_the_tier_beside_it_lead_together(
    first: Tier, second: Tier, leading: Tier, weight: float
) -> None:
    problem = build_contested()
    lead = build_lead(problem, Goal(first, {}), second)
    assert lead.tier is leading
    assert lead.extras == {
        Tier.COVERAGE: max(1, round(weight * get_unit(problem, Goal(leading, {}))))
    }


@pytest.mark.parametrize(
    ("goal", "second"),
    [
        (Goal(Tier.HOURS, {}), Tier.FIT),
        (Goal(Tier.COVERAGE, {}), None),
        (Goal(Tier.COVERAGE, {Tier.HOURS: 5}), Tier.FIT),
    ],
)
def test_other_goals_lead_alone(goal: Goal, second: Tier | None) -> None:
    assert build_lead(build_contested(), goal, second) is goal
