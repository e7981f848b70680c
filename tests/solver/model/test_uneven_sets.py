"""Covering at the least cost with members of unequal workdays, against all hours there are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from unittest.mock import patch

import numpy as np
import pytest

from solver.model import uneven_sets
from solver.model.open_problem import build_open_problem
from solver.model.project_sets import ProjectSets, Worth, build_project_sets, choose_hours
from solver.model.uneven_sets import (
    NOT_COVERED,
    bound_covered_worth,
    find_covered_bundles,
    find_covered_worth,
)
from tests.solver.instances import Contractor, Project, build_instance


def draw_sets(number: int) -> Iterator[ProjectSets]:
    """Yield the sets of two and of three projects of a random small problem."""
    random = np.random.default_rng(number)
    contractors = [
        Contractor(
            lost_hours=int(random.integers(3, 8)),
            floor_hours=int(random.integers(1, 4)),
            avail_days=tuple(random.choice([5, 5, 3, 2, 1], 3).tolist()),
        )
        for _ in range(2)
    ]
    projects = [
        Project(
            open_hours=(100, 100, 100),
            active=tuple((random.random(3) < 0.6).tolist()),
            min_hours=int(random.integers(1, 3)),
            max_hours=int(random.integers(2, 6)),
        )
        for _ in range(4)
    ]
    problem = build_open_problem(build_instance(contractors, projects))
    for size in (2, 3):
        sets = build_project_sets(problem, size)
        yield sets.select(problem.days_needed[sets.contractor] > 0)


def list_covering(sets: ProjectSets, row: int) -> list[tuple[int, ...]]:
    """Return all hours on the members of a set that keep its limits and cover."""
    problem, members = sets.problem, sets.members[row]
    ranges = [
        range(least, most + 1)
        for least, most in zip(
            problem.min_hours[members].tolist(), problem.max_hours[members].tolist(), strict=True
        )
    ]
    days = problem.days[members].tolist()
    needed = int(problem.days_needed[sets.contractor[row]])
    return [
        hours
        for hours in product(*ranges)
        if sum(hours) <= sets.joint_hours[row]
        and sum(day * worked for day, worked in zip(days, hours, strict=True)) >= needed
    ]


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_covered_bundles_are_the_best_of_all_hours(first: int) -> None:
    found = uneven = 0
    for number in range(first, first + 40):
        random = np.random.default_rng(number)
        for sets in draw_sets(number):
            gain = random.integers(-9, 9, sets.problem.num_pairs)
            setup = random.integers(0, 9, sets.problem.num_pairs)
            worth, hours = find_covered_bundles(sets, gain, setup, 25)
            assert worth.tolist() == find_covered_worth(sets, gain, setup, 25).tolist()
            for row, members in enumerate(sets.members):
                covering = list_covering(sets, row)
                if not covering:
                    assert worth[row] == NOT_COVERED
                    continue
                fixed = 25 - int(setup[members].sum())
                values = [int(gain[members] @ np.array(one)) + fixed for one in covering]
                assert worth[row] == max(values)
                assert tuple(hours[row].tolist()) in covering
                assert int(gain[members] @ hours[row]) + fixed == worth[row]
                found += 1
                uneven += len(set(sets.problem.days[members].tolist())) > 1
    assert min(found - uneven, uneven) > 30


def test_float_worth_is_that_of_the_hours() -> None:
    for number in range(20):
        for sets in draw_sets(number):
            gain = np.random.default_rng(number).normal(size=sets.problem.num_pairs)
            worth, hours = find_covered_bundles(sets, gain, np.zeros_like(gain), 2.5)
            reached = worth > NOT_COVERED
            value = (gain[sets.members] * hours).sum(axis=1) + 2.5
            assert np.allclose(worth[reached], value[reached])


def test_sets_taken_in_small_chunks_give_the_same() -> None:
    for number in range(20):
        for sets in draw_sets(number):
            gain = np.random.default_rng(number).integers(-9, 9, sets.problem.num_pairs)
            whole = find_covered_bundles(sets, gain, np.zeros_like(gain), 9)
            with patch.object(uneven_sets, "_CHUNK", 7):
                parts = find_covered_bundles(sets, gain, np.zeros_like(gain), 9)
            assert whole[0].tolist() == parts[0].tolist()
            assert whole[1].tolist() == parts[1].tolist()


@pytest.mark.parametrize("is_float", [False, True])
@pytest.mark.parametrize("first", range(0, 120, 40))
def test_bound_is_never_below_the_best_hours_that_cover(first: int, *, is_float: bool) -> None:
    met = below = 0
    for number in range(first, first + 40):
        random = np.random.default_rng(number)
        for sets in draw_sets(number):
            gain: Worth = random.integers(-9, 9, sets.problem.num_pairs)
            setup: Worth = random.integers(0, 9, sets.problem.num_pairs)
            if is_float:
                gain, setup = gain + random.normal(size=len(gain)), setup * 1.1
            bonus = float(random.integers(0, 50))
            limit = bound_covered_worth(sets, gain, setup, bonus)
            worth = find_covered_worth(sets, gain, setup, bonus)
            assert (limit >= worth).all()
            # No closer than by Lagrange: without a price of workdays the bound is this.
            free = choose_hours(sets, gain, setup, 0, covering=False).value + bonus
            assert (limit <= free + 1e-6 * (np.abs(free) + 1_000)).all()
            met += int(np.isclose(limit, worth, rtol=1e-6, atol=1e-6).sum())
            below += int((limit < free - 0.5).sum())
    assert met > 50
    assert below > 20


@pytest.mark.parametrize(
    ("gain", "limit"),
    [((-2, -4), 25 - 8), ((-4, -2), 25 - 7), ((-1, -9), 25 - 11), ((3, -1), 25 + 11)],
)
def test_bound_is_the_cheapest_way_to_cover_in_parts_of_hours(
    gain: tuple[int, int], limit: float
) -> None:
    """Twenty workdays are needed; an hour brings five on one project, ten on the other one.

    An hour on each is the least, so that five workdays are missing then: an hour or half one.
    """
    instance = build_instance(
        [Contractor(lost_hours=9, floor_hours=2, avail_days=(5, 5))],
        [Project(active=(True, False), max_hours=4), Project(max_hours=4)],
    )
    problem = build_open_problem(instance)
    assert problem.days.tolist() == [5, 10]
    assert problem.days_needed.tolist() == [20]
    sets = build_project_sets(problem, 2)
    bound = bound_covered_worth(sets, np.array(gain), np.zeros(2, dtype=np.int64), 25.0)
    assert bound.tolist() == pytest.approx([limit])


def test_bound_in_floats_stays_one_for_huge_whole_numbers() -> None:
    """Floats carry some 16 digits; the worth of these bundles has more."""
    for number in range(40):
        random = np.random.default_rng(number)
        for sets in draw_sets(number):
            gain = random.integers(-(2**58), 2**58, sets.problem.num_pairs) // 9
            setup = random.integers(0, 2**56, sets.problem.num_pairs)
            bonus = int(random.integers(0, 2**59))
            worth = find_covered_worth(sets, gain, setup, bonus)
            limit = bound_covered_worth(sets, gain, setup, bonus)
            for most, best in zip(limit.tolist(), worth.tolist(), strict=True):
                assert int(most) >= best
