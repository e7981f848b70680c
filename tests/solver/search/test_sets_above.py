"""Sets above a limit, against going through all sets there are."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.search.sets_above import iterate_sets_above
from tests.solver.crowds import draw_crowd
from tests.solver.instances import Contractor, Project, build_instance


def list_above(
    problem: OpenProblem, size: int, worth: IntArray, limit: IntArray
) -> list[tuple[int, ...]]:
    """Return the sets that must come out, each by its pairs."""
    return [
        chosen
        for contractor, left in enumerate(problem.projects_left.tolist())
        for chosen in combinations(range(*problem.start[contractor : contractor + 2]), size)
        if left >= size and worth[list(chosen)].sum() > limit[contractor]
    ]


@pytest.mark.parametrize("chunk", [1, 7, 10**6])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_sets_above_are_those_of_all_that_are_above(size: int, chunk: int) -> None:
    some = 0
    for number in range(8):
        problem = build_open_problem(draw_crowd(number))
        random = np.random.default_rng(number)
        worth = random.integers(-20, 30, problem.num_pairs)
        limit = random.integers(-40, 60, len(problem.projects_left))
        expected = list_above(problem, size, worth, limit)
        parts = list(iterate_sets_above(problem, size, worth, limit, chunk))
        found = [tuple(row) for part in parts for row in part.tolist()]
        assert sorted(found) == sorted(expected)
        owners = problem.contractor[[row[0] for row in found]].tolist()
        assert owners == sorted(owners)
        some += len(expected)
    assert some > 50


def test_equal_to_the_limit_is_not_above() -> None:
    problem = build_open_problem(build_instance([Contractor()], [Project()] * 3))
    worth = np.array([5, 5, 4])
    above = list(iterate_sets_above(problem, 2, worth, np.array([9]), 10))
    assert [part.tolist() for part in above] == [[[0, 1]]]
    assert list(iterate_sets_above(problem, 2, worth, np.array([10]), 10)) == []


def test_no_more_projects_than_are_left_are_taken() -> None:
    problem = build_open_problem(build_instance([Contractor(max_projects=1)], [Project()] * 3))
    low = np.array([-1])
    worth = np.ones(3, dtype=np.int64)
    assert list(iterate_sets_above(problem, 2, worth, low, 10)) == []
    assert [part.tolist() for part in iterate_sets_above(problem, 1, worth, low, 10)] == [
        [[0], [1], [2]]
    ]
