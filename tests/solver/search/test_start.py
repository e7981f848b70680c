"""Start plans keep every rule, and filling them costs nothing that counts."""

from __future__ import annotations

import numpy as np
import pytest

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.policy import Tier
from solver.search.ascent import Ascent, Goal, raise_prices
from solver.search.ledger import build_greedy_plan
from solver.search.listing import list_corners
from solver.search.prices import Resources, build_zero_prices
from solver.search.start import complete, fill
from solver.search.tightening import tighten
from tests.solver.crowds import build_clock, draw_crowd, score_checked
from tests.solver.instances import Contractor, Project, build_instance

NUMBERS = range(4)


def never() -> bool:
    return False


class Heard:
    """Keeps a copy of every plan that it hears of."""

    def __init__(self) -> None:
        self.plans: list[IntArray] = []

    def __call__(self, hours: IntArray) -> None:
        self.plans.append(hours.copy())


def climb(problem: OpenProblem, goal: Goal, steps: int = 60) -> Ascent:
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | goal.weights)
    return raise_prices(Resources(problem), list_corners(problem), goal, start, steps=steps)


@pytest.mark.parametrize("tier", list(Tier))
def test_completed_plan_keeps_the_rules_and_comes_close_to_the_bound(tier: Tier) -> None:
    for number in NUMBERS:
        problem, goal = build_open_problem(draw_crowd(number)), Goal(tier, {})
        resources, prices = Resources(problem), climb(problem, goal).prices
        sets = [corners.sets for corners in list_corners(problem)]
        tightened = tighten(resources, sets, goal, prices, never)
        hours = complete(resources, goal, tightened, build_clock(), 1.0)
        value = score_checked(problem, hours)[tier]
        assert 0.7 * tightened.bound <= value <= tightened.bound


def test_nothing_is_completed_without_an_answer() -> None:
    problem, goal = build_open_problem(draw_crowd(0)), Goal(Tier.HOURS, {})
    resources, prices = Resources(problem), climb(problem, goal).prices
    tightened = tighten(resources, [], goal, prices, lambda: True)
    assert not complete(resources, goal, tightened, build_clock(), 1.0).any()


def test_what_was_chosen_as_a_whole_stays_and_the_work_is_booked() -> None:
    for number in NUMBERS:
        problem, goal = build_open_problem(draw_crowd(number)), Goal(Tier.HOURS, {})
        resources, prices = Resources(problem), climb(problem, goal).prices
        sets = [corners.sets for corners in list_corners(problem)]
        tightened = tighten(resources, sets, goal, prices, never)
        assert tightened.columns is not None
        assert tightened.answer is not None
        clock = build_clock()
        hours = complete(resources, goal, tightened, clock, 1.0)
        chosen = tightened.settled + tightened.columns.get_hours(tightened.answer.is_chosen)
        assert (hours[chosen > 0] == chosen[chosen > 0]).all()
        assert (hours > 0).sum() > (chosen > 0).sum()
        assert clock.get_part_left() < 1.0


def test_quick_plan_is_heard_and_cp_sat_makes_more_of_it() -> None:
    goal = Goal(Tier.HOURS, {})
    for number in (0, 3):
        problem = build_open_problem(draw_crowd(number))
        resources, prices = Resources(problem), climb(problem, goal).prices
        sets = [corners.sets for corners in list_corners(problem)]
        tightened = tighten(resources, sets, goal, prices, never)
        heard = Heard()
        hours = complete(resources, goal, tightened, build_clock(), 1.0, on_plan=heard)
        quick = score_checked(problem, heard.plans[0])[Tier.HOURS]
        value = score_checked(problem, hours)[Tier.HOURS]
        assert len(heard.plans) == 1
        assert 0 < quick < value


@pytest.mark.parametrize("tier", list(Tier))
def test_filling_never_lowers_the_goal_or_breaks_a_floor(tier: Tier) -> None:
    raised = left = 0
    for number in range(30):
        problem = build_open_problem(draw_crowd(number))
        resources, random = Resources(problem), np.random.default_rng(number)
        hours = build_greedy_plan(problem)
        hours[random.random(problem.num_pairs) < 0.6] = 0
        hours = np.where(hours > 0, problem.min_hours, 0)
        before = score_checked(problem, hours)
        goal = Goal(tier, {other: before[other] for other in Tier if other is not tier})
        filled = fill(resources, goal, climb(problem, goal, 15).prices, hours)
        after = score_checked(problem, filled)
        assert after[tier] >= before[tier]
        assert all(after[other] >= floor for other, floor in goal.floors.items())
        if filled is hours:
            left += 1
        else:
            assert (filled >= hours).all()
            raised += after[Tier.HOURS] > before[Tier.HOURS]
    assert raised > 5
    assert raised + left == 30


def test_filling_that_costs_a_floor_leaves_the_plan() -> None:
    """More hours on a project that nobody fits: good for hours, bad for fit."""
    instance = build_instance([Contractor()], [Project(min_hours=2)], [(0, 0, -3, 100)])
    problem = build_open_problem(instance)
    resources, hours = Resources(problem), np.array([2])
    prices = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0})
    free = fill(resources, Goal(Tier.HOURS, {}), prices, hours)
    assert free.tolist() == [10]
    assert fill(resources, Goal(Tier.HOURS, {Tier.FIT: -60}), prices, hours) is hours
    assert fill(resources, Goal(Tier.FIT, {}), prices, hours) is hours


def test_filling_splits_no_team() -> None:
    """There is a seat more, but only for one of the two."""
    one = Contractor(team="blue")
    instance = build_instance([one, one], [Project(max_hours=4), Project(seats=1)])
    problem = build_open_problem(instance)
    prices = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0})
    filled = fill(Resources(problem), Goal(Tier.HOURS, {}), prices, np.array([2, 0, 2, 0]))
    score_checked(problem, filled)
    assert filled.tolist() == [4, 0, 4, 0]


def test_assignments_are_filled_before_others_begin() -> None:
    instance = build_instance([Contractor(lost_hours=10)], [Project(), Project(priority=5)])
    problem = build_open_problem(instance)
    prices = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0})
    goal = Goal(Tier.HOURS, {})
    assert fill(Resources(problem), goal, prices, np.array([4, 0])).tolist() == [10, 0]
    assert fill(Resources(problem), goal, prices, np.array([0, 0])).tolist() == [0, 10]
