"""A neighbourhood of everything reaches the best plan of its goal, extras and floors included."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solver.instance import IntArray
from solver.model.open_problem import build_open_problem
from solver.model.project_sets import MAX_SET_SIZE
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.cp_run import RunLimits
from solver.search.ledger import build_greedy_plan
from solver.search.neighbourhood import Result, Task, find_coverage, solve_neighbourhood
from solver.search.prices import Resources, build_zero_prices
from solver.search.scoring import score
from solver.search.tightening import get_worth
from tests.solver.brute_force import list_plan_values
from tests.solver.crowds import score_checked
from tests.solver.search.test_exact_bounds import Priced, draw_priced, never

_JOINT = Goal(Tier.HOURS, {}, {Tier.COVERAGE: 40})


def solve_all(one: Priced, goal: Goal, hours: IntArray, most_sets: int = 10**6) -> Result:
    """Improve a plan for the goal with every pair free."""
    problem = one.problem
    prices = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | goal.weights)
    task = Task(
        goal=goal,
        free=np.ones(problem.num_pairs, dtype=np.bool_),
        slack=dict.fromkeys(goal.floors, 0),
        worth=get_worth(Resources(problem), prices),
        most_sets=most_sets,
        limits=RunLimits(seconds=60.0, work=None, seed=1),
    )
    return solve_neighbourhood(problem, hours, task, should_stop=never)


def weigh_best(one: Priced, goal: Goal) -> int:
    """Return the best of the goal over every plan there is, net of who is covered anyway."""
    plans = list_plan_values(one.instance)
    weights = np.array([goal.weights.get(tier, 0) for tier in Tier])
    free = int((one.problem.days_needed <= 0).sum())
    return int((plans @ weights).max()) - goal.weights.get(Tier.COVERAGE, 0) * free


@pytest.mark.parametrize(
    "goal", [_JOINT, Goal(Tier.FIT, {}, {Tier.COVERAGE: 7, Tier.HOURS: 2}), Goal(Tier.COVERAGE, {})]
)
def test_neighbourhood_of_everything_reaches_the_best_of_the_weighted_tiers(goal: Goal) -> None:
    raised = 0
    for one in draw_priced(0):
        problem = one.problem
        hours = np.zeros(problem.num_pairs, dtype=np.int64)
        result = solve_all(one, goal, hours)
        assert result.proved
        assert result.hours is not None
        hours[result.pairs] = result.hours
        value = goal.weigh(score_checked(problem, hours))
        assert value == weigh_best(one, goal)
        raised += value > 0
    assert raised > 20


def test_few_sets_still_never_lower_the_weighted_tiers() -> None:
    raised = kept = 0
    for one in draw_priced(50):
        hours = build_greedy_plan(one.problem)
        count = np.bincount(one.problem.contractor[hours > 0])
        if len(count) and count.max() > MAX_SET_SIZE:
            continue
        before = _JOINT.weigh(score(one.problem, hours))
        result = solve_all(one, _JOINT, hours, most_sets=2)
        if result.hours is not None:
            hours[result.pairs] = result.hours
        after = _JOINT.weigh(score_checked(one.problem, hours))
        assert before <= after <= weigh_best(one, _JOINT)
        raised += after > before
        kept += after == before
    assert min(raised, kept) > 0


def test_coverage_among_the_extras_counts_beside_work_that_covers_nobody() -> None:
    for one in draw_priced(0):
        problem = build_open_problem(replace(one.instance, groups=None))
        assert find_coverage(problem, _JOINT).value == "counted"
        assert find_coverage(problem, Goal(Tier.HOURS, {})).value == "ignored"
        assert find_coverage(problem, Goal(Tier.HOURS, {Tier.COVERAGE: 1})).value == "counted"
        assert find_coverage(problem, Goal(Tier.COVERAGE, {})).value == "alone"
