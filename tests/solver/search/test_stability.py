"""Of plans equal on the tiers, the one with the fewest changes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from solver.instance import Instance
from solver.model.open_problem import build_open_problem
from solver.policy import PEOPLE_FIRST
from solver.result import Assignments, SolveLimits, Status
from solver.search import solve
from solver.search.clock import Clock
from solver.search.stability import keep_earlier
from tests.solver.instances import Contractor, Project, build_instance, build_plan

LIMITS = SolveLimits(time_limit_s=20.0, gap=0.0, workers=1)


def _build_twins(number: int) -> Instance:
    """Return as many alike contractors as alike projects with room for one each."""
    return build_instance(
        [Contractor(lost_hours=20, floor_hours=10)] * number,
        [Project(open_hours=(20, 20), seats=1)] * number,
    )


@pytest.mark.parametrize("seed", range(5))
def test_same_question_with_the_earlier_plan_gives_that_plan(seed: int) -> None:
    places = np.random.default_rng(seed).permutation(6).tolist()
    earlier = build_plan(*((one, place, 20) for one, place in enumerate(places)))
    solution = solve(_build_twins(6), PEOPLE_FIRST, LIMITS, baseline=earlier)
    assert solution.status is Status.OPTIMAL
    assert solution.assignments is not None
    assert solution.assignments.rows() == earlier.rows()


def test_what_may_not_stay_moves_alone() -> None:
    """The first contractor's earlier place is gone; only the free one is left for them."""
    instance = build_instance(
        [Contractor(lost_hours=20, floor_hours=10)] * 4,
        [Project(open_hours=(20, 20), seats=1)] * 4,
        [(one, place, 50, 0) for one, place in itertools.product(range(4), range(4))][1:],
    )
    earlier = build_plan((0, 0, 20), (1, 1, 20), (2, 2, 20))
    solution = solve(instance, PEOPLE_FIRST, LIMITS, baseline=earlier)
    assert solution.assignments is not None
    assert {(1, 1, 20), (2, 2, 20)} <= set(solution.assignments.rows())
    assert len(solution.assignments) == 4


def test_a_plan_comes_back_to_the_earlier_one_where_no_tier_loses() -> None:
    instance = _build_twins(4)
    problem = build_open_problem(instance)

    def place(*projects: int) -> np.ndarray:
        rows = Assignments.build([(one, project, 20) for one, project in enumerate(projects)])
        hours = np.zeros(problem.num_pairs, dtype=np.int64)
        hours[problem.find_pairs(rows.contractor, rows.project)] = rows.hours_per_week
        return hours

    earlier, other = place(2, 0, 1, 3), place(0, 1, 2, 3)
    kept = keep_earlier(problem, other, earlier, Clock(LIMITS, lambda: False))
    assert kept.tolist() == earlier.tolist()


@pytest.mark.parametrize("fit", [49, 51])
def test_no_tier_is_given_up_for_an_earlier_place(fit: int) -> None:
    """The other project fits better by one: staying would cost the tier fit."""
    instance = build_instance(
        [Contractor(lost_hours=20, floor_hours=10)],
        [Project(open_hours=(20, 20)), Project(open_hours=(20, 20))],
        [(0, 0, 50, 0), (0, 1, fit, 0)],
    )
    solution = solve(instance, PEOPLE_FIRST, LIMITS, baseline=build_plan((0, 0, 20)))
    assert solution.assignments is not None
    best = 0 if fit < 50 else 1
    assert solution.assignments.rows() == [(0, best, 20)]


def test_fewest_of_all_optimal_plans_change() -> None:
    """Three earlier places, one of them closed: by listing, no optimal plan keeps more than two."""
    instance = build_instance(
        [Contractor(lost_hours=20, floor_hours=10)] * 3,
        [Project(open_hours=(20, 20), seats=1)] * 3,
        [
            (one, place, 50, 0)
            for one, place in itertools.product(range(3), range(3))
            if (one, place) != (2, 2)
        ],
    )
    earlier = {(0, 0), (1, 1), (2, 2)}
    most = max(
        len(earlier & set(enumerate(places)))
        for places in itertools.permutations(range(3))
        if places[2] != 2
    )
    solution = solve(
        instance, PEOPLE_FIRST, LIMITS, baseline=build_plan((0, 0, 20), (1, 1, 20), (2, 2, 20))
    )
    assert solution.assignments is not None
    kept = {(one, place) for one, place, _ in solution.assignments.rows()} & earlier
    assert len(kept) == most == 1
