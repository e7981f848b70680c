"""What an hour on a pair costs, by the table of leave and pair by pair, and which limits bind."""

from __future__ import annotations

import numpy as np
import pytest

from solver.instance import NO_LIMIT
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.policy import Tier
from solver.search.prices import Prices, Resources
from tests.solver.crowds import draw_crowd
from tests.solver.instances import Contractor, Project, build_instance


def draw_prices(problem: OpenProblem, number: int) -> Prices:
    """Return whole prices, those of hour-days in all weeks, run or not."""
    random = np.random.default_rng(number)
    shape = problem.hour_days.shape
    return Prices(
        random.integers(0, 9, shape),
        random.integers(0, 99, shape[:1]),
        random.integers(0, 3, shape[:1]),
        {Tier.COVERAGE: 5, Tier.HOURS: int(random.integers(0, 3)), Tier.FIT: 2},
    )


def list_gains(problem: OpenProblem, prices: Prices) -> list[int]:
    """Return what an hour on each pair is worth, term by term."""
    instance, gains = problem.instance, []
    for pair in range(problem.num_pairs):
        contractor, project = int(problem.contractor[pair]), int(problem.project[pair])
        gain = int(prices.tiers[Tier.HOURS] * problem.hours_gain[pair])
        gain += int(prices.tiers[Tier.FIT] * problem.fit_gain[pair])
        gain -= int(prices.budget[project] * problem.rate_cents[pair])
        for week in range(instance.weeks):
            if instance.active[project, week]:
                days = int(instance.avail_days[contractor, week])
                gain -= int(prices.hour_days[project, week]) * days
        gains.append(gain)
    return gains


def uses_table(problem: OpenProblem) -> bool:
    patterns = len(np.unique(problem.instance.avail_days, axis=0))
    return patterns * problem.instance.num_projects <= problem.num_pairs


def build_on_leave(*leave: tuple[int, int]) -> OpenProblem:
    """Return one contractor for each row of workdays, all on two projects."""
    projects = [Project(active=(True, False)), Project(priority=3)]
    return build_open_problem(
        build_instance([Contractor(avail_days=days) for days in leave], projects)
    )


def test_gain_is_the_sum_of_its_terms_with_a_table_of_leave_and_without() -> None:
    tabled = by_pairs = 0
    problems = [build_open_problem(draw_crowd(number)) for number in range(20)]
    problems += [build_on_leave((5, 5), (5, 5), (3, 5)), build_on_leave((5, 5), (4, 5))]
    # Of a single contractor with a single pair no table of two projects is made.
    lone = build_instance([Contractor()], [Project()] * 2, [(0, 1, 1, 100)])
    problems.append(build_open_problem(lone))
    for number, problem in enumerate(problems):
        prices = draw_prices(problem, number)
        gain = Resources(problem).get_gain(prices)
        assert gain.dtype == np.int64
        assert gain.tolist() == list_gains(problem, prices)
        tabled += uses_table(problem)
        by_pairs += not uses_table(problem)
    assert min(tabled, by_pairs) > 0


def test_gain_is_in_floats_where_prices_are() -> None:
    problem = build_on_leave((5, 5), (5, 5), (3, 5))
    prices = draw_prices(problem, 1)
    halves = Prices(prices.hour_days / 2, prices.seats, prices.budget, prices.tiers)
    whole = list_gains(problem, prices)
    none = Prices(prices.hour_days * 0, prices.seats, prices.budget, prices.tiers)
    free = list_gains(problem, none)
    expected = [(one + other) / 2 for one, other in zip(whole, free, strict=True)]
    assert Resources(problem).get_gain(halves).tolist() == expected


@pytest.mark.parametrize(("open_hours", "scarce"), [(19, True), (20, False)])
def test_hours_of_a_week_bind_where_all_pairs_together_want_more(
    open_hours: int, *, scarce: bool
) -> None:
    """Twice ten hours on five days in the first week; on leave, nobody wants the second one."""
    instance = build_instance(
        [Contractor(avail_days=(5, 0))] * 2, [Project(open_hours=(open_hours, 1))]
    )
    resources = Resources(build_open_problem(instance))
    assert resources.has_hour_days.tolist() == [[scarce, False]]


@pytest.mark.parametrize(("seats", "scarce"), [(1, True), (2, True), (3, False), (NO_LIMIT, False)])
def test_seats_bind_where_there_are_fewer_than_pairs(seats: int, *, scarce: bool) -> None:
    problem = build_open_problem(build_instance([Contractor()] * 3, [Project(seats=seats)]))
    assert Resources(problem).has_seats.tolist() == [scarce]


def test_idle_prices_are_dropped_and_the_others_kept() -> None:
    instance = build_instance(
        [Contractor()] * 3,
        [Project(open_hours=(30, 29), seats=2), Project(budget_cents=10**6, seats=3)],
    )
    resources = Resources(build_open_problem(instance))
    prices = Prices(
        np.array([[1, 2], [3, 4]]), np.array([5, 6]), np.array([7, 8]), dict.fromkeys(Tier, 1)
    )
    kept = resources.drop_idle(prices)
    assert kept.hour_days.tolist() == [[0, 2], [0, 0]]
    assert kept.seats.tolist() == [5, 0]
    assert kept.budget.tolist() == [0, 8]
    assert kept.tiers == prices.tiers
    charge = 2 * 29 * 5 + 5 * 2 + 8 * 10**6
    assert resources.get_charge(prices) == resources.get_charge(kept) == charge
