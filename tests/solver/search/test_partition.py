"""Parts share no contractor and no project, and keep teams and bundles whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from unittest.mock import patch

import numpy as np
import pytest

from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.policy import Tier
from solver.search.group_repair import repair
from solver.search.ledger import Ledger, build_greedy_plan
from solver.search.partition import Part, Partitioner
from solver.search.scoring import score
from tests.solver.crowds import draw_crowd, score_checked
from tests.solver.instances import Contractor, Project, build_instance

NUMBERS = range(30)


def draw_market(number: int) -> tuple[OpenProblem, IntArray, np.random.Generator]:
    """Return some thirty contractors, a third of them in teams, on eight projects, and a plan."""
    random = np.random.default_rng(number)
    contractors = [
        Contractor(
            max_projects=int(random.integers(1, 3)),
            team=f"t{random.integers(4)}" if random.random() < 0.3 else "",
        )
        for _ in range(30)
    ]
    pairs = [
        (one, other, 1, 100) for one in range(30) for other in range(8) if random.random() < 0.4
    ]
    projects = [Project(max_hours=int(random.integers(4, 10))) for _ in range(8)]
    problem = build_open_problem(build_instance(contractors, projects, pairs))
    hours = build_greedy_plan(problem)
    hours[random.random(problem.num_pairs) < 0.5] = 0
    return problem, hours, random


def list_teams(problem: OpenProblem) -> Iterator[BoolArray]:
    """Yield bool[U], the pairs of each team of several."""
    for members in problem.team_members:
        if len(members) > 1:
            yield np.isin(problem.contractor, members)


def assert_apart(problem: OpenProblem, parts: list[Part]) -> None:
    for name in (problem.contractor, problem.project):
        found = np.concatenate([np.unique(name[part.pairs]) for part in parts])
        assert len(found) == len(np.unique(found))
    for own in list_teams(problem):
        assert sum(bool(own[part.pairs].any()) for part in parts) <= 1


@pytest.mark.parametrize("tier", [Tier.COVERAGE, Tier.HOURS])
@pytest.mark.parametrize("size", [1, 20, 60])
def test_parts_of_a_cut_are_apart_and_hold_all_of_a_bundle(size: int, tier: Tier) -> None:
    several = moving = 0
    for number in NUMBERS:
        problem, hours, random = draw_market(number)
        parts = Partitioner(problem, random).cut(size, hours, tier)
        assert_apart(problem, parts)
        for part in parts:
            owners = problem.contractor[part.pairs]
            used = np.flatnonzero(np.isin(problem.contractor, owners) & (hours > 0))
            assert np.isin(used, part.pairs).all()
            moving += len(used) > 0
        several += len(parts) > 1
    assert several > len(NUMBERS) // 2
    assert moving > len(NUMBERS)


def draw_scarce(number: int) -> tuple[OpenProblem, IntArray, np.random.Generator]:
    """Return a crowd and the plan of about half of its contractors."""
    problem = build_open_problem(draw_crowd(number))
    random = np.random.default_rng(number)
    hours = build_greedy_plan(problem)
    hours[random.random(problem.num_pairs) < 0.5] = 0
    return problem, hours, random


@pytest.mark.parametrize("draw", [draw_market, draw_scarce])
@pytest.mark.parametrize("size", [1, 20, 60])
def test_parts_know_their_pairs_and_have_room_for_what_is_there(
    draw: Callable[[int], tuple[OpenProblem, IntArray, np.random.Generator]], size: int
) -> None:
    for number in NUMBERS:
        problem, hours, random = draw(number)
        for part in Partitioner(problem, random).cut(size, hours, Tier.HOURS):
            small, pairs = part.problem, part.pairs
            assert small.contractor.tolist() == problem.contractor[pairs].tolist()
            assert small.project.tolist() == problem.project[pairs].tolist()
            assert (hours[pairs] <= small.max_hours).all()
            ledger = Ledger(small)
            for pair in np.flatnonzero(hours[pairs]).tolist():
                assert ledger.add_bundle([pair], [int(hours[pairs][pair])])


@pytest.mark.parametrize("size", [1, 20, 60])
def test_new_plans_of_all_parts_together_keep_every_limit(size: int) -> None:
    several = raised = 0
    for number in NUMBERS:
        problem, hours, random = draw_scarce(number)
        parts = Partitioner(problem, random).cut(size, hours, Tier.HOURS)
        adopted = hours.copy()
        for part in parts:
            adopted[part.pairs] = build_greedy_plan(part.problem)
        scored = score_checked(problem, adopted)
        raised += scored[Tier.HOURS] > score(problem, hours)[Tier.HOURS]
        several += len(parts) > 1
    assert raised > len(NUMBERS) // 2
    assert size == 60 or several > len(NUMBERS) // 2


def test_new_plans_of_all_parts_together_keep_the_rules_of_teams() -> None:
    moved = 0
    for number in NUMBERS:
        problem, hours, random = draw_market(number)
        hours = repair(problem, hours)
        adopted = hours.copy()
        for part in Partitioner(problem, random).cut(20, hours, Tier.HOURS):
            adopted[part.pairs] = repair(part.problem, build_greedy_plan(part.problem))
        score_checked(problem, adopted)
        moved += adopted.tolist() != hours.tolist()
    assert moved > len(NUMBERS) // 2


@pytest.mark.parametrize("best", [4, 6])
def test_part_leaves_alone_what_people_outside_it_use(best: int) -> None:
    """The first one works across the parts, and leaves the second one what is not used."""
    instance = build_instance(
        [Contractor(max_projects=2), Contractor()],
        [Project(open_hours=(10, 10)), Project()],
        [(0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 1)],
    )
    problem = build_open_problem(instance)
    hours = np.array([10 - best, 2, 0])
    (part,) = Partitioner(problem, np.random.default_rng(1)).cut(1, hours, Tier.HOURS)
    assert part.pairs.tolist() == [2]
    assert part.problem.max_hours.tolist() == [best]
    assert part.problem.hour_days.tolist()[0] == [5 * best, 5 * best]


def test_cut_without_a_limit_is_everything() -> None:
    for number in NUMBERS:
        problem, hours, random = draw_market(number)
        (part,) = Partitioner(problem, random).cut(10**9, hours, Tier.HOURS)
        assert part.pairs.tolist() == list(range(problem.num_pairs))


def test_who_works_across_parts_belongs_to_none() -> None:
    instance = build_instance(
        [Contractor(max_projects=2), Contractor(), Contractor()],
        [Project(), Project()],
    )
    problem = build_open_problem(instance)
    hours = np.array([2, 2, 3, 0, 0, 0])
    for number in NUMBERS:
        parts = Partitioner(problem, np.random.default_rng(number)).cut(1, hours, Tier.HOURS)
        taken = sorted(np.concatenate([part.pairs for part in parts]).tolist())
        assert taken in ([2, 4], [2, 5])


def test_no_part_is_left_where_everyone_works_across_parts() -> None:
    instance = build_instance([Contractor(max_projects=2)] * 2, [Project(), Project()])
    problem = build_open_problem(instance)
    hours = np.array([2, 2, 2, 2])
    assert Partitioner(problem, np.random.default_rng(1)).cut(1, hours, Tier.HOURS) == []


def test_team_on_two_parts_belongs_to_none() -> None:
    instance = build_instance([Contractor(team="blue")] * 2, [Project(), Project()])
    problem = build_open_problem(instance)
    for hours, kept in (([2, 0, 0, 2], []), ([2, 0, 2, 0], [0, 2])):
        parts = Partitioner(problem, np.random.default_rng(1)).cut(1, np.array(hours), Tier.HOURS)
        assert [pair for part in parts for pair in part.pairs.tolist()] == kept


def test_who_has_nothing_joins_the_part_of_one_of_their_projects_by_luck() -> None:
    instance = build_instance([Contractor()], [Project()] * 3)
    problem = build_open_problem(instance)
    found = set()
    for number in NUMBERS:
        partitioner = Partitioner(problem, np.random.default_rng(number))
        (part,) = partitioner.cut(1, np.zeros(3, dtype=np.int64), Tier.HOURS)
        found.add(tuple(part.pairs.tolist()))
    assert found == {(0,), (1,), (2,)}


@pytest.mark.parametrize(("tier", "least", "most"), [(Tier.COVERAGE, 36, 40), (Tier.HOURS, 5, 35)])
def test_coverage_starts_where_the_uncovered_could_work(tier: Tier, least: int, most: int) -> None:
    """All could work on the third project, which therefore grows from the first seed."""
    pairs = [(one, project, 1, 1) for one in range(20) for project in (0, 2)]
    pairs += [(20, 1, 1, 1), (20, 2, 1, 1)]
    instance = build_instance([Contractor()] * 20 + [Contractor()], [Project()] * 3, pairs)
    problem = build_open_problem(instance)
    hours = np.where(problem.project == 0, 10, 0)
    started = 0
    for number in range(40):
        partitioner = Partitioner(problem, np.random.default_rng(number))
        seeds = []
        with patch.object(partitioner, "grow", wraps=partitioner.grow) as grow:
            partitioner.cut(1, hours, tier)
            seeds = [call.args[0] for call in grow.call_args_list]
        assert sorted(seeds) == [0, 1, 2]
        started += seeds[0] != 0
    assert least <= started <= most


def test_growing_takes_projects_that_share_contractors_only() -> None:
    pairs = [
        (one, project, 1, 1) for one in range(4) for project in (2 * (one % 2), 2 * (one % 2) + 1)
    ]
    problem = build_open_problem(build_instance([Contractor()] * 4, [Project()] * 4, pairs))
    partitioner = Partitioner(problem, np.random.default_rng(1))
    grown = partitioner.grow(0, np.ones(4, dtype=np.bool_), 10**9)
    assert grown.tolist() == [True, True, False, False]
    closed = np.array([True, False, True, True])
    assert partitioner.grow(0, closed, 10**9).tolist() == [True, False, False, False]
