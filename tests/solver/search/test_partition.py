"""Parts share no contractor and no project, and keep teams and bundles whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.policy import Tier
from solver.search.ledger import build_greedy_plan
from solver.search.partition import Partitioner
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


def assert_apart(problem: OpenProblem, masks: list[BoolArray]) -> None:
    for name in (problem.contractor, problem.project):
        found = np.concatenate([np.unique(name[mask]) for mask in masks])
        assert len(found) == len(np.unique(found))
    for own in list_teams(problem):
        assert sum(bool((mask & own).any()) for mask in masks) <= 1


@pytest.mark.parametrize("tier", [Tier.COVERAGE, Tier.HOURS])
@pytest.mark.parametrize("size", [1, 20, 60])
def test_parts_of_a_cut_are_apart_and_hold_all_of_a_bundle(size: int, tier: Tier) -> None:
    several = moving = 0
    for number in NUMBERS:
        problem, hours, random = draw_market(number)
        masks = Partitioner(problem, random).cut(size, hours, tier)
        assert_apart(problem, masks)
        for mask in masks:
            inside = np.isin(problem.contractor, problem.contractor[mask])
            assert (mask | ~inside | (hours == 0)).all()
            moving += int((mask & (hours > 0)).any())
        several += len(masks) > 1
    assert several > len(NUMBERS) // 2
    assert moving > len(NUMBERS)


def test_cut_without_a_limit_is_everything() -> None:
    for number in NUMBERS:
        problem, hours, random = draw_market(number)
        (mask,) = Partitioner(problem, random).cut(10**9, hours, Tier.HOURS)
        assert mask.all()


def test_who_works_across_parts_belongs_to_none() -> None:
    instance = build_instance(
        [Contractor(max_projects=2), Contractor(), Contractor()],
        [Project(), Project()],
    )
    problem = build_open_problem(instance)
    hours = np.array([2, 2, 3, 0, 0, 0])
    for number in NUMBERS:
        masks = Partitioner(problem, np.random.default_rng(number)).cut(1, hours, Tier.HOURS)
        assert len(masks) == 2
        taken = np.logical_or.reduce(masks)
        assert not taken[:2].any()
        assert taken[2:4].tolist() == [True, False]
        assert taken[4:].sum() == 1


def test_team_on_two_parts_belongs_to_none() -> None:
    instance = build_instance([Contractor(team="blue")] * 2, [Project(), Project()])
    problem = build_open_problem(instance)
    for hours, kept in (([2, 0, 0, 2], False), ([2, 0, 2, 0], True)):
        masks = Partitioner(problem, np.random.default_rng(1)).cut(1, np.array(hours), Tier.HOURS)
        assert np.logical_or.reduce(masks).any() == kept


@pytest.mark.parametrize("count", [1, 2, 5])
def test_chosen_neighbourhoods_are_apart(count: int) -> None:
    several = 0
    for number in NUMBERS:
        problem, hours, random = draw_market(number)
        partitioner = Partitioner(problem, random)
        masks = partitioner.choose_disjoint(count, 40, hours, Tier.COVERAGE)
        assert 0 < len(masks) <= count
        assert_apart(problem, masks)
        several += len(masks) > 1
    assert several == (len(NUMBERS) if count > 1 else 0)


def test_coverage_starts_where_the_uncovered_could_work() -> None:
    instance = build_instance(
        [Contractor()] * 20 + [Contractor()],
        [Project(), Project()],
        [(one, 0, 1, 1) for one in range(20)] + [(20, 1, 1, 1)],
    )
    problem = build_open_problem(instance)
    hours = np.array([10] * 20 + [0])
    partitioner = Partitioner(problem, np.random.default_rng(1))
    everywhere = np.ones(2, dtype=np.bool_)
    seeds = [partitioner.choose_seed(everywhere, hours, Tier.COVERAGE) for _ in range(40)]
    assert sum(seeds) > 35
    seeds = [partitioner.choose_seed(everywhere, hours, Tier.HOURS) for _ in range(40)]
    assert 5 < sum(seeds) < 35


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
