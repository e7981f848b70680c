"""Rounding keeps what is there, and fits bundles one after the other."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.policy import Tier
from solver.search import rounding
from solver.search.ascent import Ascent, Goal, raise_prices
from solver.search.listing import list_corners
from solver.search.prices import Prices, Resources, build_zero_prices
from solver.search.rounding import round_choice, round_rest, take_in_turn
from tests.solver.crowds import draw_crowd, score_checked
from tests.solver.instances import Contractor, Project, build_instance

NUMBERS = range(12)


def never() -> bool:
    return False


def climb(problem: OpenProblem, goal: Goal) -> Ascent:
    start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | goal.weights)
    return raise_prices(Resources(problem), list_corners(problem), goal, start, steps=40)


def cut_half(problem: OpenProblem, hours: IntArray, seed: int) -> IntArray:
    """Return the plan of about half of the contractors."""
    kept = np.random.default_rng(seed).random(len(problem.projects_left)) < 0.5
    return np.where(kept[problem.contractor], hours, 0)


@pytest.mark.parametrize("tier", list(Tier))
def test_rest_is_rounded_beside_what_is_there(tier: Tier) -> None:
    for number in NUMBERS:
        problem, goal = build_open_problem(draw_crowd(number)), Goal(tier, {})
        ascent = climb(problem, goal)
        whole = round_choice(problem, goal, ascent, never)
        most = score_checked(problem, whole)[tier]
        given = cut_half(problem, whole, number)
        before = given.copy()
        rounded = round_rest(problem, goal, ascent.prices, given, never)
        after = score_checked(problem, rounded)[tier]
        assert given.tolist() == before.tolist()
        assert (rounded[given > 0] == given[given > 0]).all()
        served = np.unique(problem.contractor[given > 0])
        assert not rounded[np.isin(problem.contractor, served) & (given == 0)].any()
        assert after > score_checked(problem, given)[tier]
        assert after >= 0.7 * most


def test_rest_stops_when_told() -> None:
    problem, goal = build_open_problem(draw_crowd(3)), Goal(Tier.HOURS, {})
    ascent = climb(problem, goal)
    given = cut_half(problem, round_choice(problem, goal, ascent, never), 1)
    stopped = round_rest(problem, goal, ascent.prices, given, lambda: True)
    assert stopped.tolist() == given.tolist()


def test_bundles_that_do_not_fit_are_left_whole() -> None:
    instance = build_instance(
        [Contractor(lost_hours=20)] * 3, [Project(open_hours=(15, 15)), Project()]
    )
    problem = build_open_problem(instance)
    wanted = np.array([10, 0, 6, 3, 5, 2])
    assert take_in_turn(problem, wanted).tolist() == [10, 0, 0, 0, 5, 2]


@pytest.mark.parametrize(("urgency", "first"), [((2.0, 1.0), 0), ((1.0, 2.0), 1)])
def test_the_most_urgent_bundle_goes_first(urgency: tuple[float, float], first: int) -> None:
    instance = build_instance([Contractor()] * 2, [Project(open_hours=(10, 10)), Project()])
    problem = build_open_problem(instance)
    wanted = np.array([10, 0, 10, 0])
    taken = take_in_turn(problem, wanted, np.array(urgency))
    assert taken.tolist() == [10 * (first == 0), 0, 10 * (first == 1), 0]
    apart = np.array([10, 0, 0, 7])
    assert take_in_turn(problem, apart, np.array(urgency)).tolist() == apart.tolist()


def test_rest_goes_on_while_there_is_room() -> None:
    """All want the same seat, round after round: each time one of them gets it."""
    count = 5
    instance = build_instance(
        [Contractor(max_projects=1)] * count,
        [Project(seats=1, priority=1 + one) for one in range(count)],
    )
    problem, goal = build_open_problem(instance), Goal(Tier.HOURS, {})
    rounded = round_choice(problem, goal, climb(problem, goal), never)
    assert np.unique(problem.contractor[rounded > 0]).tolist() == list(range(count))


def test_rest_chooses_at_prices_adapted_to_what_is_left() -> None:
    begun: list[Prices] = []
    found: list[Prices] = []

    def watch(*arguments: Any, **options: Any) -> Ascent:
        ascent = raise_prices(*arguments, **options)
        begun.append(arguments[3])
        found.append(ascent.prices)
        return ascent

    problem, goal = build_open_problem(draw_crowd(3)), Goal(Tier.HOURS, {})
    ascent = climb(problem, goal)
    with patch.object(rounding, "raise_prices", watch):
        round_choice(problem, goal, ascent, never)
    assert len(begun) > 1
    assert begun[0] is ascent.prices
    assert all(one is other for one, other in zip(begun[1:], found[:-1], strict=True))


def test_bundles_in_turn_keep_the_rules() -> None:
    cut = 0
    for number in NUMBERS:
        problem = build_open_problem(draw_crowd(number))
        choice = climb(problem, Goal(Tier.HOURS, {})).choice
        wanted = np.zeros(problem.num_pairs, dtype=np.int64)
        wanted[choice.pair] = choice.hours
        taken = take_in_turn(problem, wanted)
        score_checked(problem, taken)
        changed = np.unique(problem.contractor[taken != wanted])
        assert not taken[np.isin(problem.contractor, changed)].any()
        cut += len(changed)
    assert cut
