"""What a goal counts, and that price steps charge for nothing that cannot run out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solver.instance import NO_LIMIT, Instance
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.policy import Tier
from solver.search.ascent import Ascent, Goal, get_bound, raise_prices
from solver.search.listing import list_corners
from solver.search.prices import Prices, Resources, build_zero_prices
from solver.search.tightening import tighten
from tests.solver.brute_force import list_plan_values
from tests.solver.crowds import draw_crowd
from tests.solver.instances import Contractor, Project, build_instance
from tests.solver.search.test_exact_bounds import draw_priced

HOURS = Goal(Tier.HOURS, {})


def build_roomy() -> OpenProblem:
    """Return a problem with room for everybody on the first project, and one seat on the second."""
    return build_open_problem(
        build_instance(
            [Contractor(max_projects=1)] * 3,
            [Project(open_hours=(30, 30), seats=3), Project(seats=1, priority=2)],
        )
    )


def carry_over(problem: OpenProblem, price: float) -> Prices:
    """Return prices on every hour-day and seat, as those of a sample that was more crowded."""
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0})
    return replace(start, hour_days=start.hour_days + price, seats=start.seats + price)


def test_prices_carried_over_to_limits_that_cannot_bind_leave_the_bound_above_every_plan() -> None:
    """Two get ten hours worth 10 each on the roomy project, one gets them worth 20."""
    problem = build_roomy()
    ascent = raise_prices(
        Resources(problem), list_corners(problem), HOURS, carry_over(problem, 0.9), steps=1
    )
    assert ascent.bound >= 400
    assert not ascent.prices.hour_days.any()
    assert ascent.prices.seats.tolist() == [0.0, 0.9]


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_bound_of_price_steps_is_above_every_plan_from_any_start(first: int) -> None:
    """Where every bundle is listed and no workday is lost, the corners hold every best one."""
    met = 0
    for one in draw_priced(first):
        instance, problem = one.instance, one.problem
        whole = instance.active.all() and (instance.avail_days == 5).all()
        if instance.max_projects.max() > 3 or not whole:
            continue
        start = carry_over(problem, 0.7)
        start = replace(start, budget=start.budget + 0.7)
        ascent = raise_prices(Resources(problem), list_corners(problem), HOURS, start, steps=2)
        best = int(list_plan_values(instance)[:, list(Tier).index(Tier.HOURS)].max())
        assert ascent.bound >= best * (1 - 1e-5)
        met += best > 0
    assert met > 3


def test_price_steps_never_raise_what_cannot_bind() -> None:
    problem = build_roomy()
    resources = Resources(problem)
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0})
    ascent = raise_prices(resources, list_corners(problem), HOURS, start, steps=80)
    assert ascent.prices.seats[1] > 0
    assert ascent.prices.seats[0] == 0
    assert not ascent.prices.hour_days.any()
    assert not ascent.prices.budget.any()
    assert 400 <= ascent.bound < 450


def test_goal_weighs_its_tier_once_and_each_extra_by_its_worth() -> None:
    values = {Tier.COVERAGE: 3, Tier.HOURS: 50, Tier.FIT: -7}
    assert HOURS.weigh(values) == 50
    joint = Goal(Tier.HOURS, {}, {Tier.COVERAGE: 200})
    assert joint.weights == {Tier.HOURS: 1, Tier.COVERAGE: 200}
    assert joint.weigh(values) == 650
    assert Goal(Tier.FIT, {Tier.HOURS: 9}, {Tier.COVERAGE: 2}).weigh(values) == -1


@pytest.mark.parametrize(
    ("goal", "alone"),
    [
        (Goal(Tier.COVERAGE, {}), True),
        (Goal(Tier.HOURS, {}), False),
        (Goal(Tier.COVERAGE, {Tier.FIT: 1}), False),
        (Goal(Tier.COVERAGE, {}, {Tier.HOURS: 1}), False),
    ],
)
def test_coverage_is_alone_without_floors_and_extras(goal: Goal, *, alone: bool) -> None:
    assert goal.is_coverage_alone is alone


def test_no_limit_is_never_priced() -> None:
    problem = build_roomy()
    assert problem.budget_cents.tolist() == [NO_LIMIT] * 2
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0))
    dropped = Resources(problem).drop_idle(replace(start, budget=np.array([5.0, 7.0])))
    assert dropped.budget.tolist() == [0.0, 0.0]


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
    resources, corners = Resources(problem), list_corners(problem)
    once = raise_prices(resources, corners, goal, start, steps=1)
    told = raise_prices(resources, corners, goal, start, steps=60, should_stop=lambda: True)
    assert told.bound == once.bound
    assert raise_prices(resources, corners, goal, start, steps=60).bound < once.bound


def test_price_of_a_floor_rises_until_the_floor_is_met() -> None:
    """Work that costs 3 a unit: only the floor's price makes anybody take it."""
    instance = build_instance([Contractor()], [Project()], [(0, 0, -3, 100)])
    problem, goal = build_open_problem(instance), Goal(Tier.FIT, {Tier.HOURS: 100})
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | goal.weights | {Tier.HOURS: 1.0})
    ascent = raise_prices(Resources(problem), list_corners(problem), goal, start, steps=600)
    assert ascent.prices.tiers[Tier.HOURS] > 2.5
    assert -300 <= ascent.bound < -250
