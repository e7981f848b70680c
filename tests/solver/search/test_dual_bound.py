"""No plan beats the bound that any prices prove."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.instance import Instance
from solver.model.open_problem import build_open_problem
from solver.policy import Tier
from solver.search.ascent import Goal, raise_prices
from solver.search.dual_bound import prove
from solver.search.listing import list_corners
from solver.search.prices import Prices, Resources, build_zero_prices
from tests.solver.brute_force import find_best_given, list_plan_values
from tests.solver.instances import Contractor, Project, build_instance, tiny_instances

unpinned = tiny_instances().filter(lambda one: not len(one.pins))


def find_best(instance: Instance, goal: Goal) -> int | None:
    """Return the best of the goal's tier among all plans that keep its floors."""
    return find_best_given(list_plan_values(instance), goal.tier, goal.floors)


@settings(max_examples=200)
@given(instance=unpinned, data=st.data())
def test_any_prices_bound_every_plan(instance: Instance, data: st.DataObject) -> None:
    problem = build_open_problem(instance)
    tier = data.draw(st.sampled_from(list(Tier)))
    other = data.draw(st.sampled_from([one for one in Tier if one is not tier]))
    covered = int((problem.days_needed <= 0).sum())
    shift = {Tier.COVERAGE: covered, Tier.HOURS: 0, Tier.FIT: 0}
    floors = data.draw(st.sampled_from([{}, {other: data.draw(st.integers(-9, 60))}]))
    random = np.random.default_rng(data.draw(st.integers(0, 9)))
    shape = problem.hour_days.shape
    size = data.draw(st.sampled_from([0.0, 0.1, 3.0]))
    prices = Prices(
        random.random(shape) * size,
        random.random(shape[:1]) * size,
        random.random(shape[:1]) * size,
        dict.fromkeys(Tier, 0.0) | {tier: 1.0} | {one: random.random() for one in floors},
    )
    best = find_best(instance, Goal(tier, {one: floors[one] + shift[one] for one in floors}))
    stopped = data.draw(st.booleans())
    bound = prove(Resources(problem), prices, Goal(tier, floors), lambda: stopped).bound
    assert best is None or bound + shift[tier] >= best or not problem.num_pairs


def test_ascent_comes_close_to_a_bound_that_seats_set() -> None:
    instance = build_instance(
        [Contractor(lost_hours=10, floor_hours=10)] * 6,
        [Project(seats=2, max_hours=10), Project(seats=1, max_hours=10)],
    )
    problem = build_open_problem(instance)
    goal = Goal(Tier.COVERAGE, {})
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.COVERAGE: 1.0})
    resources = Resources(problem)
    ascent = raise_prices(resources, list_corners(problem), goal, start, steps=200)
    assert 3 <= prove(resources, ascent.prices, goal).bound <= 4
    assert prove(resources, start, goal).bound == 6


def test_longer_bundles_than_are_listed_count_in_the_bound() -> None:
    instance = build_instance(
        [Contractor(lost_hours=10, floor_hours=10, max_projects=5)],
        [Project(max_hours=2, priority=1)] * 5,
    )
    problem = build_open_problem(instance)
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0})
    assert prove(Resources(problem), start, Goal(Tier.HOURS, {})).bound >= 100


def test_extreme_fit_does_not_overflow_the_bound() -> None:
    fit = 2**31 - 1
    instance = build_instance(
        [Contractor(lost_hours=1_000, floor_hours=1)] * 4,
        [Project(open_hours=(10**6, 10**6), max_hours=1_000)] * 2,
        [(one, other, fit, 1) for one in range(4) for other in range(2)],
    )
    problem = build_open_problem(instance)
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.FIT: 1.0})
    assert prove(Resources(problem), start, Goal(Tier.FIT, {})).bound == 4 * 1_000 * 10 * fit


def test_bound_does_not_wrap_where_a_price_outweighs_all_that_people_are_worth() -> None:
    hours = 2**46 // (10 * 2**31)
    instance = build_instance(
        [Contractor(lost_hours=hours, floor_hours=1)] * 400,
        [Project(open_hours=(20 * hours, 20 * hours), max_hours=hours, seats=30)],
        [(one, 0, 2**31 - 1, 1) for one in range(400)],
    )
    problem = build_open_problem(instance)
    shape = problem.hour_days.shape
    tiers = dict.fromkeys(Tier, 0.0) | {Tier.FIT: 1.0, Tier.COVERAGE: 2.0**55}
    prices = Prices(np.full(shape, 2.0**40), np.full(1, 2.0**58), np.zeros(1), tiers)
    goal = Goal(Tier.FIT, {Tier.COVERAGE: 20})
    best = 20 * hours * 10 * (2**31 - 1)
    assert best <= prove(Resources(problem), prices, goal).bound <= 400 * 2**46
