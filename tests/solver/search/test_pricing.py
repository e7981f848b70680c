"""What prices start from: samples of a problem, and what can be covered at most."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest

from solver.instance import NO_LIMIT, Instance
from solver.model.open_problem import build_open_problem
from solver.policy import Tier
from solver.search import pricing
from solver.search.ascent import Goal
from solver.search.coverable import count_coverable
from solver.search.dual_bound import build_prover
from solver.search.exact import Size
from solver.search.prices import Resources
from solver.search.pricing import Pricer, build_sample
from solver.search.rounding import round_choice
from solver.search.scoring import score
from tests.solver.brute_force import find_best_given, list_plan_values
from tests.solver.crowds import build_clock, draw_crowd
from tests.solver.instances import Contractor, Project, build_instance
from tests.solver.search.test_exact_bounds import draw_priced

COVERAGE = Goal(Tier.COVERAGE, {})


def build_pricer(instance: Instance) -> Pricer:
    problem = build_open_problem(instance)
    resources = Resources(problem)
    return Pricer(problem, resources, build_clock(), Size.LARGE, build_prover(resources))


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_no_plan_covers_more_than_can_be_covered(first: int) -> None:
    met = 0
    for one in draw_priced(first):
        best = find_best_given(list_plan_values(one.instance), Tier.COVERAGE, {})
        assert best is not None
        covered = best - int((one.problem.days_needed <= 0).sum())
        assert covered <= count_coverable(one.problem)
        met += covered == count_coverable(one.problem) > 0
    assert met > 10


@pytest.mark.parametrize(
    ("contractor", "expected"),
    [
        (Contractor(floor_hours=7, max_projects=1), 0),
        (Contractor(floor_hours=7, max_projects=2), 1),
        (Contractor(floor_hours=9, max_projects=2), 0),
        (Contractor(floor_hours=9, max_projects=3), 1),
        (Contractor(floor_hours=0), 0),
    ],
)
def test_whom_the_largest_pairs_cover_can_be_covered(contractor: Contractor, expected: int) -> None:
    projects = [Project(max_hours=most) for most in (2, 6, 1)]
    instance = build_instance([contractor], projects)
    assert count_coverable(build_open_problem(instance)) == expected


def test_sample_keeps_a_share_of_people_and_limits_and_what_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    instance = build_instance(
        [Contractor()] * 1000,
        [
            Project(open_hours=(1000, 600)),
            Project(seats=400, budget_cents=80_000),
        ],
    )
    problem = build_open_problem(instance)
    monkeypatch.setattr(pricing, "_SAMPLE_PAIRS", problem.num_pairs // 4)
    sample = build_sample(problem, 1)
    assert sample.hour_days.tolist() == [[1250, 750], [125, 125]]
    assert sample.seats.tolist() == [NO_LIMIT, 100]
    assert sample.budget_cents.tolist() == [NO_LIMIT, 20_000]
    count = np.bincount(sample.contractor, minlength=1000)
    assert set(count.tolist()) == {0, 2}
    assert 200 < np.count_nonzero(count) < 300
    again = build_sample(problem, 1)
    assert again.contractor.tolist() == sample.contractor.tolist()
    other = build_sample(problem, 2)
    assert other.contractor.tolist() != sample.contractor.tolist()


@pytest.mark.parametrize(("seats", "is_flat"), [(NO_LIMIT, True), (20, True), (12, False)])
def test_coverage_is_flat_where_nobody_competes_for_it(seats: int, is_flat: bool) -> None:
    instance = build_instance([Contractor()] * 20, [Project(seats=seats)])
    assert build_pricer(instance).is_flat(COVERAGE, 1.0) is is_flat


def test_flatness_of_many_is_that_of_a_sample() -> None:
    instance = build_instance([Contractor()] * 200, [Project(seats=90)])
    with patch.object(pricing, "_SAMPLE_PAIRS", 50):
        pricer = build_pricer(instance)
        assert pricer.is_sampled
        assert not pricer.is_flat(COVERAGE, 1.0)


@pytest.mark.parametrize("sample", [20, 10**6])
def test_prices_of_one_goal_start_the_next_and_stay_bounds(sample: int) -> None:
    for number in range(2):
        with patch.object(pricing, "_SAMPLE_PAIRS", sample):
            pricer = build_pricer(draw_crowd(number))
            assert pricer.is_sampled is (sample == 20)
            ascent = pricer.climb(COVERAGE, 1.0)
            plan = round_choice(pricer.problem, COVERAGE, ascent, lambda: False)
            scored = score(pricer.problem, plan)
            first = pricer.tighten(COVERAGE, 1.0)
            assert 0 < scored[Tier.COVERAGE] <= first.bound
            goal = Goal(Tier.HOURS, {Tier.COVERAGE: scored[Tier.COVERAGE]})
            pricer.climb(goal, 1.0)
            second = pricer.tighten(goal, 1.0)
            assert second.bound >= scored[Tier.HOURS]
            assert pricer.prices is second.prices
            assert pricer.prices.tiers[Tier.HOURS] == 1.0


@pytest.mark.parametrize("most", [1, 2])
def test_guide_has_the_nearest_columns_and_a_penalty_for_each_floor(most: int) -> None:
    for number in range(2):
        pricer = build_pricer(draw_crowd(number))
        goal = Goal(Tier.HOURS, {Tier.COVERAGE: 3})
        pricer.climb(COVERAGE, 1.0)
        pricer.climb(goal, 1.0)
        with patch.multiple(pricing, _GUIDE_COLUMNS=most, _NEAR=10.0):
            guide = pricer.build_guide(goal)
        assert set(guide.penalties) == {Tier.COVERAGE}
        count = most * len(pricer.problem.projects_left)
        assert count / 2 <= len(guide.columns) <= count + 5
        covering = pricer.build_guide(COVERAGE)
        assert covering.columns.covered.all()
        assert covering.penalties == {}
