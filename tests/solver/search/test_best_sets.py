"""The best bundle of everybody, against every set and all hours, where bounds leave sets out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from unittest.mock import patch

import numpy as np
import pytest

from solver.instance import NO_CLIENT, IntArray
from solver.model.open_problem import OpenProblem, build_open_problem, reserve
from solver.model.project_sets import ProjectSets, choose_hours
from solver.model.uneven_sets import find_covered_worth
from solver.policy import Tier
from solver.search import best_sets
from solver.search.ascent import Goal
from solver.search.best_sets import find_best_sets
from solver.search.dual_bound import prove
from solver.search.prices import Prices, Resources, build_zero_prices
from tests.solver.instances import Contractor, Project, build_instance
from tests.solver.search.test_exact_bounds import never

_BLOCK = 30
_WEEKS = 3


@dataclass(frozen=True, eq=False)
class Drawn:
    """A drawn problem with whole prices."""

    problem: OpenProblem
    prices: Prices

    @property
    def resources(self) -> Resources:
        return Resources(self.problem)

    @property
    def worth(self) -> tuple[IntArray, IntArray, int]:
        """What an hour on each pair and taking it are worth, and covering."""
        gain, setup = self.resources.get_gain(self.prices), self.resources.get_setup(self.prices)
        return gain, setup, int(self.prices.tiers[Tier.COVERAGE])


def draw(number: int, most_projects: int = 3) -> Drawn:
    """Return three contractors on seven projects that run in some weeks, a few of them walled."""
    random = np.random.default_rng([7_919, number])
    contractors = [
        Contractor(
            lost_hours=int(random.integers(4, 9)),
            floor_hours=int(random.integers(0, 5)),
            max_projects=most_projects,
            avail_days=tuple(random.choice([5, 5, 5, 4, 2], _WEEKS).tolist()),
        )
        for _ in range(3)
    ]
    share = random.choice([0.5, 0.8, 1.0])
    projects = [
        Project(
            open_hours=(40,) * _WEEKS,
            active=tuple((random.random(_WEEKS) < share).tolist()),
            min_hours=int(random.integers(1, 3)),
            max_hours=int(random.integers(2, 5)),
            client=int(random.integers(NO_CLIENT, 3)),
            priority=int(random.integers(1, 6)),
        )
        for _ in range(7)
    ]
    clients = max(project.client for project in projects)
    walls = [(0, 1)] if clients >= 1 else []
    pairs = [
        (one, other, int(random.integers(-3, 9)), int(random.integers(0, 5)))
        for one in range(3)
        for other in range(7)
        if random.random() < 0.9
    ]
    instance = build_instance(
        contractors, projects, pairs, walls=walls, switch_cost=int(random.choice([0, 40]))
    )
    problem = build_open_problem(instance)
    if random.random() < 0.5:
        # One fixed assignment leaves the weeks of a contractor uneven.
        fixed = problem.start[:2][np.diff(problem.start)[:2] > 0]
        hours = np.zeros(problem.num_pairs, dtype=np.int64)
        hours[fixed] = problem.min_hours[fixed]
        problem = reserve(problem, hours, hours == 0)[0]
    return Drawn(problem, _draw_prices(random, problem))


def _draw_prices(random: np.random.Generator, problem: OpenProblem) -> Prices:
    shape = problem.hour_days.shape
    return Prices(
        random.integers(0, random.choice([1, 4]), shape),
        random.integers(0, random.choice([1, 60]), shape[:1]),
        np.zeros(shape[0], dtype=np.int64),
        {
            Tier.COVERAGE: int(random.choice([0, 30, 200, 2_000])),
            Tier.HOURS: int(random.integers(0, 3)),
            Tier.FIT: int(random.integers(0, 3)),
        },
    )


def list_worths(drawn: Drawn, contractor: int) -> Iterator[int]:
    """Yield what every bundle of a contractor is worth, hour by hour and week by week."""
    problem = drawn.problem
    gain, setup, bonus = drawn.worth
    pairs = np.flatnonzero(problem.contractor == contractor)
    options = [
        [0, *range(int(problem.min_hours[pair]), int(problem.max_hours[pair]) + 1)]
        for pair in pairs
    ]
    table = np.array(list(product(*options)), dtype=np.int64)
    kept = (table > 0).sum(axis=1) <= problem.projects_left[contractor]
    for week in range(problem.instance.weeks):
        worked = table @ problem.instance.active[problem.project[pairs], week].astype(np.int64)
        kept &= worked <= np.maximum(problem.week_hours[contractor, week], 0)
    for one in range(len(pairs)):
        for other in range(one):
            if problem.walled[problem.project[pairs[one]], problem.project[pairs[other]]]:
                kept &= (table[:, one] == 0) | (table[:, other] == 0)
    table = table[kept]
    needed = int(problem.days_needed[contractor])
    covered = (needed > 0) & (table @ problem.days[pairs] >= needed)
    yield from (table @ gain[pairs] - (table > 0) @ setup[pairs] + bonus * covered).tolist()


def is_exact(problem: OpenProblem) -> bool:
    """Whether the joint hours of sets of three say all that the weeks demand."""
    return bool(problem.instance.active.all() and problem.even_weeks.all())


@pytest.mark.parametrize("most_projects", [1, 2, 3])
@pytest.mark.parametrize("first", range(0, 90, _BLOCK))
def test_worth_is_that_of_the_best_of_all_bundles(first: int, most_projects: int) -> None:
    met = 0
    for number in range(first, first + _BLOCK):
        drawn = draw(number, most_projects)
        worth = find_best_sets(drawn.resources, drawn.prices, never).worth
        exact = [max(list_worths(drawn, contractor)) for contractor in range(3)]
        assert (worth >= exact).all()
        if most_projects < 3 or is_exact(drawn.problem):
            assert worth.tolist() == exact
            met += 1
    assert met > 3


@pytest.mark.parametrize("first", range(0, 90, _BLOCK))
def test_bundles_of_more_than_three_are_bounded(first: int) -> None:
    for number in range(first, first + _BLOCK // 2):
        drawn = draw(number, 5)
        worth = find_best_sets(drawn.resources, drawn.prices, never).worth
        assert (worth >= [max(list_worths(drawn, contractor)) for contractor in range(3)]).all()


def find_worth(drawn: Drawn, sets: ProjectSets) -> IntArray:
    """Return int64[N], what each set is worth in its best hours."""
    gain, setup, bonus = drawn.worth
    covered = find_covered_worth(sets, gain, setup, bonus)
    covers = drawn.problem.days_needed[sets.contractor] > 0
    return np.maximum(
        choose_hours(sets, gain, setup, bonus).value, np.where(covers, covered, -(2**62))
    )


@pytest.mark.parametrize("first", range(0, 90, _BLOCK))
def test_returned_sets_hold_the_best_one_in_pairs_of_the_problem(first: int) -> None:
    sizes = set()
    for number in range(first, first + _BLOCK):
        drawn = draw(number)
        best = find_best_sets(drawn.resources, drawn.prices, never)
        reached = np.zeros(3, dtype=np.int64)
        for sets in best.sets:
            assert sets.problem is drawn.problem
            owners = drawn.problem.contractor[sets.members]
            assert (owners == owners[:, :1]).all()
            worth = find_worth(drawn, sets)
            assert (worth > 0).all()
            np.maximum.at(reached, sets.contractor, worth)
            sizes |= {sets.members.shape[1]} if len(sets) else set()
        assert reached.tolist() == best.worth.tolist()
    assert sizes == {1, 2, 3}


def test_chunks_of_a_few_sets_give_the_same() -> None:
    for number in range(_BLOCK):
        drawn = draw(number)
        whole = find_best_sets(drawn.resources, drawn.prices, never).worth
        with patch.object(best_sets, "_CHUNK", 5):
            parts = find_best_sets(drawn.resources, drawn.prices, never).worth
        assert parts.tolist() == whole.tolist()


@pytest.mark.parametrize("most", [0, 3, 12])
def test_whoever_has_too_many_sets_is_bounded_by_their_members(most: int) -> None:
    looser = 0
    for number in range(_BLOCK):
        drawn = draw(number)
        whole = find_best_sets(drawn.resources, drawn.prices, never).worth
        with patch.object(best_sets, "_MOST_SETS", most):
            crowded = find_best_sets(drawn.resources, drawn.prices, never).worth
        assert (crowded >= [max(list_worths(drawn, one)) for one in range(3)]).all()
        looser += int((crowded > whole).sum())
    assert looser > 5


def test_stopped_at_once_everyone_is_bounded_by_their_members() -> None:
    looser = 0
    for number in range(_BLOCK):
        drawn = draw(number)
        stopped = find_best_sets(drawn.resources, drawn.prices, lambda: True)
        exact = [max(list_worths(drawn, contractor)) for contractor in range(3)]
        assert (stopped.worth >= exact).all()
        assert stopped.sets == ()
        looser += int((stopped.worth > exact).sum())
    assert looser > _BLOCK


@pytest.mark.parametrize(("second", "worth"), [(79, 800), (80, 800), (81, 805)])
def test_set_that_only_equals_the_best_is_not_needed(second: int, worth: int) -> None:
    """Ten hours at 16 a day on one project, or five and five with a seat price on the other."""
    instance = build_instance(
        [Contractor(floor_hours=0, avail_days=(5,))],
        [Project((99,), (True,)), Project((99,), (True,), max_hours=5)],
        [(0, 0, 16, 1), (0, 1, 0, 1)],
    )
    problem = build_open_problem(instance)
    zero = build_zero_prices(problem, {Tier.COVERAGE: 0, Tier.HOURS: 0, Tier.FIT: 1})
    gain = np.array([80, second])
    resources = Resources(problem)
    with (
        patch.object(Resources, "get_gain", lambda _self, _prices: gain),
        patch.object(Resources, "get_setup", lambda _self, _prices: np.zeros(2, dtype=np.int64)),
    ):
        best = find_best_sets(resources, zero, never)
    assert best.worth.tolist() == [worth]
    count = sum(len(sets) for sets in best.sets)
    assert count == (2 if second > 80 else 1)


def find_best_at(problem: OpenProblem, gain: list[int], bonus: int = 0) -> list[int]:
    """Return everyone's best where an hour on each pair is worth `gain` and nothing else costs."""
    zero = build_zero_prices(problem, {Tier.COVERAGE: bonus, Tier.HOURS: 0, Tier.FIT: 0})
    whole = replace(zero, seats=zero.seats.astype(np.int64))
    with patch.object(Resources, "get_gain", lambda _self, _prices: np.array(gain)):
        worth: list[int] = find_best_sets(Resources(problem), whole, never).worth.tolist()
    return worth


def test_who_has_few_sets_is_looked_at_beside_who_has_too_many() -> None:
    """The first one has six sets of two; what these are worth says nothing of the second one."""
    pairs = [(0, project, 1, 1) for project in range(4)] + [(1, 0, 1, 1), (1, 1, 1, 1)]
    instance = build_instance([Contractor(floor_hours=0)] * 2, [Project(max_hours=9)] * 4, pairs)
    problem = build_open_problem(instance)
    with patch.object(best_sets, "_MOST_SETS", 4):
        worth = find_best_at(problem, [1, 1, 1, 1, 50, 40])
    assert worth[0] >= 10
    assert worth[1] == 490


def test_cheapest_way_to_cover_with_unequal_workdays_is_found() -> None:
    """By the better gain first it would be three hours and three; two and three cover as well."""
    instance = build_instance(
        [Contractor(lost_hours=9, floor_hours=4, max_projects=2)],
        [Project(active=(True, False), max_hours=5), Project(max_hours=3)],
    )
    problem = build_open_problem(instance)
    assert problem.days.tolist() == [5, 10]
    assert problem.days_needed.tolist() == [40]
    assert find_best_at(problem, [-2, -3], bonus=100) == [100 - 2 * 2 - 3 * 3]


@pytest.mark.parametrize("lost_hours", [300, 700, 38_001])
def test_hours_far_beyond_all_projects_do_not_overflow_the_price_of_an_hour(
    lost_hours: int,
) -> None:
    """The scale has room for the hours of projects, not for all that people could work."""
    fit = 2**31 - 1
    instance = build_instance(
        [Contractor(lost_hours=lost_hours, floor_hours=1, max_projects=2)],
        [Project(open_hours=(10**6, 10**6), max_hours=4)] * 3,
        [(0, other, fit - other, 1) for other in range(3)],
    )
    problem = build_open_problem(instance)
    prices = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.FIT: 1.0})
    bound = prove(Resources(problem), prices, Goal(Tier.FIT, {})).bound
    assert bound == 4 * 10 * (2 * fit - 1)
