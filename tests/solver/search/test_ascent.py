"""What the last price steps chose, and plans drawn from it."""

from __future__ import annotations

import numpy as np
import pytest

from solver.instance import Instance
from solver.model.open_problem import build_open_problem
from solver.policy import Tier
from solver.search.ascent import Ascent, Goal, get_bound, raise_prices
from solver.search.choice import Choice
from solver.search.listing import list_corners
from solver.search.prices import Resources, build_zero_prices
from solver.search.tightening import tighten
from tests.solver.crowds import draw_crowd
from tests.solver.instances import Contractor, Project, build_instance


def build_choice(*rows: tuple[int, int], count: int) -> Choice:
    """Return the choice of these hours on pairs."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return Choice(np.zeros(count), table[:, 0], table[:, 1], np.zeros(count, dtype=np.bool_))


def test_everyone_gets_the_whole_bundle_of_one_of_the_last_steps() -> None:
    several = 0
    for number in range(8):
        problem, goal = build_open_problem(draw_crowd(number)), Goal(Tier.HOURS, {})
        start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | goal.weights)
        ascent = raise_prices(Resources(problem), list_corners(problem), goal, start, steps=40)
        plans = []
        for choice in ascent.recent:
            plan = np.zeros(problem.num_pairs, dtype=np.int64)
            plan[choice.pair] = choice.hours
            plans.append(plan)
        drawn = ascent.draw_mixed(problem, np.random.default_rng(number))
        taken = set()
        for contractor in range(len(problem.projects_left)):
            own = problem.contractor == contractor
            steps = [step for step, plan in enumerate(plans) if (plan[own] == drawn[own]).all()]
            assert steps
            taken.add(steps[0])
        several += len(taken) > 1
        again = ascent.draw_mixed(problem, np.random.default_rng(number))
        assert again.tolist() == drawn.tolist()
    assert several == 8


def test_every_step_is_drawn_about_as_often() -> None:
    problem = build_open_problem(build_instance([Contractor()] * 900, [Project()]))
    everyone = range(900)
    steps = tuple(
        build_choice(*((pair, hours) for pair in everyone), count=900) for hours in (1, 2, 3)
    )
    start = build_zero_prices(problem, dict.fromkeys(Tier, 1.0))
    ascent = Ascent(start, 0.0, steps[0], steps)
    drawn = ascent.draw_mixed(problem, np.random.default_rng(1))
    assert (np.bincount(drawn, minlength=4)[1:] > 250).all()


def test_steps_kept_are_the_last_ones() -> None:
    problem, goal = build_open_problem(draw_crowd(0)), Goal(Tier.HOURS, {})
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | goal.weights)
    corners, resources = list_corners(problem), Resources(problem)
    few = raise_prices(resources, corners, goal, start, steps=4)
    many = raise_prices(resources, corners, goal, start, steps=60)
    assert len(few.recent) == 4
    assert 4 < len(many.recent) < 60
    first = few.recent[0]
    assert all(len(choice.pair) <= len(first.pair) for choice in many.recent)


def raise_from_zero(instance: Instance, *, steps: int = 60) -> Ascent:
    """Return the prices of hours alone, from none at all on."""
    problem, goal = build_open_problem(instance), Goal(Tier.HOURS, {})
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | goal.weights)
    return raise_prices(Resources(problem), list_corners(problem), goal, start, steps=steps)


@pytest.mark.parametrize(
    "scarce",
    [Project(open_hours=(10, 10)), Project(seats=1), Project(budget_cents=1_000)],
    ids=["open hours", "seats", "budget"],
)
def test_every_scarce_resource_gets_a_price(scarce: Project) -> None:
    """There is work for one of two: without a price the bound would be that of both."""
    ascent = raise_from_zero(build_instance([Contractor()] * 2, [scarce]))
    assert 100 <= ascent.bound < 110


def test_worse_steps_are_not_taken() -> None:
    for number in range(8):
        problem, goal = build_open_problem(draw_crowd(number)), Goal(Tier.HOURS, {})
        resources, corners = Resources(problem), list_corners(problem)
        good = raise_from_zero(problem.instance)
        thrown = raise_prices(resources, corners, goal, good.prices, steps=3, first_step=50.0)
        assert thrown.bound <= good.bound
        assert get_bound(resources, thrown.prices, goal, thrown.choice) == thrown.bound


def test_steps_become_shorter_and_close_in_on_the_best_bound() -> None:
    """With steps of one length prices jump about the best ones, however many steps there are."""
    goal = Goal(Tier.HOURS, {})
    for number in range(3):
        problem = build_open_problem(draw_crowd(number))
        ascent = raise_from_zero(problem.instance, steps=200)
        sets = [corners.sets for corners in list_corners(problem)]
        best = tighten(Resources(problem), sets, goal, ascent.prices, lambda: False).bound
        assert ascent.bound <= 1.01 * best


def test_ascent_stops_when_told() -> None:
    problem, goal = build_open_problem(draw_crowd(0)), Goal(Tier.HOURS, {})
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | goal.weights)
    ascent = raise_prices(
        Resources(problem), list_corners(problem), goal, start, steps=60, should_stop=lambda: True
    )
    assert len(ascent.recent) == 1


def test_price_of_a_floor_rises_until_the_floor_is_met() -> None:
    """Work that costs 3 a unit: only the floor's price makes anybody take it."""
    instance = build_instance([Contractor()], [Project()], [(0, 0, -3, 100)])
    problem, goal = build_open_problem(instance), Goal(Tier.FIT, {Tier.HOURS: 100})
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | goal.weights | {Tier.HOURS: 1.0})
    ascent = raise_prices(Resources(problem), list_corners(problem), goal, start, steps=600)
    assert ascent.prices.tiers[Tier.HOURS] > 2.5
    assert -300 <= ascent.bound < -250
