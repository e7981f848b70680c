"""The master problem over every bundle there is, against every plan and the exact bound."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest

from solver.instance import Instance
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.model.project_sets import MAX_SET_SIZE
from solver.policy import Tier
from solver.search import master
from solver.search.ascent import Goal
from solver.search.bundle_columns import NO_MEMBER, Columns
from solver.search.dual_bound import prove
from solver.search.master import Answer, Floor, solve_master
from solver.search.prices import Resources, Usage
from solver.search.scoring import find_covered
from tests.solver.brute_force import find_best_given, list_bundles, list_plan_values
from tests.solver.instances import Contractor, Project, build_instance
from tests.solver.tiny_draws import draw_case

_BLOCK = 50
NUMBERS = range(0, 200, _BLOCK)
_HIGH = 1e6


def list_columns(problem: OpenProblem) -> Columns:
    """Return every bundle of up to three projects that the open pairs allow."""
    instance = problem.instance
    owners, rows, worked, covered = [], [], [], []
    for contractor in range(instance.num_contractors):
        for bundle in list_bundles(instance, contractor):
            projects = np.array(sorted(bundle), dtype=np.int64)
            pairs = problem.find_pairs(np.full(len(projects), contractor), projects)
            hours = np.array([bundle[project] for project in sorted(bundle)], dtype=np.int64)
            if not 0 < len(pairs) <= MAX_SET_SIZE or (pairs < 0).any():
                continue
            if (hours > problem.max_hours[pairs]).any():
                continue
            plan = np.zeros(problem.num_pairs, dtype=np.int64)
            plan[pairs] = hours
            width = (0, MAX_SET_SIZE - len(pairs))
            owners.append(contractor)
            rows.append(np.pad(pairs, width, constant_values=NO_MEMBER))
            worked.append(np.pad(hours, width))
            covered.append(bool(find_covered(problem, plan)[contractor]))
    return Columns(
        problem,
        np.array(owners, dtype=np.int64),
        np.array(rows, dtype=np.int64).reshape(-1, MAX_SET_SIZE),
        np.array(worked, dtype=np.int64).reshape(-1, MAX_SET_SIZE),
        np.array(covered, dtype=np.bool_),
    )


def solve(
    problem: OpenProblem,
    weights: Mapping[Tier, float],
    floors: Mapping[Tier, Floor] | None = None,
    fixed: Usage | None = None,
) -> tuple[Columns, Answer]:
    """Return all columns and an optimum over them."""
    resources, columns = Resources(problem), list_columns(problem)
    nothing = np.zeros(0, dtype=np.int64)
    answer = solve_master(
        resources,
        columns,
        weights=weights,
        fixed=resources.get_usage(nothing, nothing, 0) if fixed is None else fixed,
        floors=floors or {},
    )
    assert answer is not None
    return columns, answer


def draw_unpinned(number: int) -> Instance | None:
    """Return an instance that all plans of up to three projects a head are plans of."""
    drawn = draw_case(number).instance
    instance = replace(drawn, pins=drawn.pins[:0])
    if not build_open_problem(instance).num_pairs or (instance.max_projects > MAX_SET_SIZE).any():
        return None
    return instance


def is_exact(instance: Instance) -> bool:
    """Whether bounds know of three projects all that their weeks demand."""
    pairs = np.bincount(instance.pair_contractor, minlength=instance.num_contractors)
    most = int(np.minimum(pairs, instance.max_projects).max())
    return most < MAX_SET_SIZE or bool(instance.active.all())


@pytest.mark.parametrize("first", NUMBERS)
def test_value_and_exact_bound_of_its_prices_meet_above_every_plan(first: int) -> None:
    split = 0
    for number in range(first, first + _BLOCK):
        instance = draw_unpinned(number)
        if instance is None:
            continue
        problem, tier = build_open_problem(instance), list(Tier)[number % 3]
        _, answer = solve(problem, {tier: 1.0})
        best = find_best_given(list_plan_values(instance), tier, {})
        assert best is not None
        free = int((problem.days_needed <= 0).sum()) if tier is Tier.COVERAGE else 0
        bound = prove(Resources(problem), answer.prices, Goal(tier, {})).bound
        assert min(bound, answer.value + 1e-6) >= best - free
        assert bound >= math.floor(answer.value - 1e-6)
        if is_exact(instance):
            assert bound <= answer.value + 1e-3
        split += answer.value > best - free + 1e-3
    assert split


@pytest.mark.parametrize("first", NUMBERS)
def test_value_and_bound_meet_with_a_floor_that_a_plan_reaches(first: int) -> None:
    binding = 0
    for number in range(first, first + _BLOCK):
        instance = draw_unpinned(number)
        if instance is None:
            continue
        problem = build_open_problem(instance)
        tier, kept = [list(Tier)[(number + step) % 3] for step in (0, 1)]
        plans = list_plan_values(instance)
        floor = find_best_given(plans, kept, {})
        assert floor is not None
        best = find_best_given(plans, tier, {kept: floor})
        assert best is not None
        free = dict.fromkeys(Tier, 0)
        free[Tier.COVERAGE] = int((problem.days_needed <= 0).sum())
        least = floor - free[kept]
        _, answer = solve(problem, {tier: 1.0}, {kept: Floor(least, _HIGH)})
        bound = prove(Resources(problem), answer.prices, Goal(tier, {kept: least})).bound
        assert min(bound, answer.value + 1e-4) >= best - free[tier]
        if is_exact(instance):
            assert bound <= answer.value + 1e-2
        binding += answer.prices.tiers[kept] > 1e-6
    assert binding > 2


def test_shares_keep_every_limit_and_add_up_to_the_value() -> None:
    for number in range(100):
        instance = draw_unpinned(number)
        if instance is None:
            continue
        problem = build_open_problem(instance)
        columns, answer = solve(problem, {Tier.HOURS: 1.0, Tier.FIT: 0.5})
        share = answer.share
        taken = np.bincount(columns.contractor, share, instance.num_contractors)
        assert taken.max() <= 1 + 1e-6
        column, pair, hours = columns.entries
        project = problem.project[pair]
        size = instance.num_projects
        worked = share[column] * hours
        days = instance.active[project] * instance.avail_days[problem.contractor[pair]]
        for week in range(instance.weeks):
            used = np.bincount(project, worked * days[:, week], size)
            assert (used <= problem.hour_days[:, week] + 1e-6).all()
        assert (np.bincount(project, share[column], size) <= problem.seats + 1e-6).all()
        cents = np.bincount(project, worked * problem.rate_cents[pair], size)
        assert (cents <= problem.budget_cents + 1e-6).all()
        values = columns.get_values(Tier.HOURS) + 0.5 * columns.get_values(Tier.FIT)
        assert answer.value == pytest.approx(float(values @ share), abs=1e-6)


@pytest.mark.parametrize(
    ("project", "alone", "beside"),
    [
        (Project(seats=2, max_hours=4), 80, 40),
        (Project(open_hours=(4, 4), max_hours=3), 40, 10),
        (Project(open_hours=(4, 9), max_hours=3), 40, 10),
        (Project(budget_cents=500, max_hours=3), 50, 20),
    ],
)
def test_what_is_fixed_reduces_the_limits(project: Project, alone: int, beside: int) -> None:
    problem = build_open_problem(build_instance([Contractor()] * 3, [project]))
    resources = Resources(problem)
    fixed = resources.get_usage(np.array([0]), np.array([3]), 0)
    weights = {Tier.HOURS: 1.0}
    assert solve(problem, weights)[1].value == pytest.approx(alone)
    assert solve(problem, weights, fixed=fixed)[1].value == pytest.approx(beside)


def test_what_is_fixed_counts_towards_a_floor() -> None:
    instance = build_instance([Contractor()] * 2, [Project(seats=2), Project(priority=5, seats=1)])
    problem = build_open_problem(instance)
    fixed = Resources(problem).get_usage(np.array([0]), np.array([10]), 1)
    for least, price in ((3, 0.0), (4, 7.0)):
        floors = {Tier.COVERAGE: Floor(least, 7.0)}
        _, answer = solve(problem, {Tier.HOURS: 1.0}, floors, fixed)
        assert answer.prices.tiers[Tier.COVERAGE] == pytest.approx(price)


@pytest.mark.parametrize(("penalty", "covers"), [(1.0, False), (1e4, True)])
def test_floor_out_of_reach_costs_its_penalty(penalty: float, covers: bool) -> None:
    """Covering takes the whole time on a project of little priority."""
    instance = build_instance(
        [Contractor(lost_hours=10, floor_hours=8, max_projects=1)],
        [Project(max_hours=8), Project(priority=5, max_hours=7)],
    )
    problem = build_open_problem(instance)
    columns, answer = solve(problem, {Tier.HOURS: 1.0}, {Tier.COVERAGE: Floor(50, penalty)})
    assert answer.prices.tiers[Tier.COVERAGE] == pytest.approx(penalty)
    assert columns.covered[answer.is_chosen].tolist() == [covers]
    assert answer.value == pytest.approx(80 if covers else 350)


def test_extra_worth_decides_between_equal_columns() -> None:
    problem = build_open_problem(build_instance([Contractor()] * 2, [Project(seats=1)]))
    resources, columns = Resources(problem), list_columns(problem)
    nothing = np.zeros(0, dtype=np.int64)
    for wanted in (0, 1):
        answer = solve_master(
            resources,
            columns,
            weights={Tier.COVERAGE: 1.0},
            fixed=resources.get_usage(nothing, nothing, 0),
            floors={},
            extra=0.1 * (columns.contractor == wanted),
        )
        assert answer is not None
        assert columns.contractor[answer.is_chosen].tolist() == [wanted]


def test_stalling_gives_no_answer() -> None:
    instance = build_instance([Contractor()] * 4, [Project(seats=1), Project(open_hours=(9, 7))])
    problem = build_open_problem(instance)
    resources, columns = Resources(problem), list_columns(problem)
    nothing = np.zeros(0, dtype=np.int64)
    fixed = resources.get_usage(nothing, nothing, 0)
    weights = {Tier.HOURS: 1.0}
    assert solve_master(resources, columns, weights=weights, fixed=fixed, floors={}) is not None
    few = replace(master._PARAMETERS, iteration_limit=1)
    with patch.object(master, "_PARAMETERS", few):
        assert solve_master(resources, columns, weights=weights, fixed=fixed, floors={}) is None
