"""Everyone's best bundle at any prices, against all bundles, and the corners it is taken from."""

from __future__ import annotations

from itertools import permutations
from unittest.mock import patch

import numpy as np
import pytest

from solver.model.open_problem import OpenProblem, build_open_problem
from solver.model.project_sets import MAX_SET_SIZE, build_project_sets, choose_hours
from solver.policy import Tier
from solver.search import corners
from solver.search.choice import Choice, choose_bundles
from solver.search.corners import Corners, build_corners
from solver.search.prices import Resources, build_zero_prices
from solver.search.scoring import find_covered
from tests.solver.crowds import draw_crowd
from tests.solver.instances import Contractor, Project, build_instance
from tests.solver.search.test_best_sets import draw, is_exact, list_worths

_BLOCK = 30
_TINY = 1e-5
"""Corners are looked at in floats of 32 bits."""


def build_all_corners(problem: OpenProblem) -> tuple[Corners, ...]:
    return tuple(
        build_corners(build_project_sets(problem, size)) for size in range(1, MAX_SET_SIZE + 1)
    )


def is_even(problem: OpenProblem, contractor: int) -> bool:
    """Whether an hour covers as much on each of the contractor's projects, or need not cover."""
    days = problem.days[problem.contractor == contractor]
    return len(set(days.tolist())) <= 1 or problem.days_needed[contractor] <= 0


@pytest.mark.parametrize("most_projects", [1, 2, 3])
@pytest.mark.parametrize("first", range(0, 120, _BLOCK))
def test_choice_is_the_best_of_all_bundles(first: int, most_projects: int) -> None:
    met = uneven = 0
    for number in range(first, first + _BLOCK):
        drawn = draw(number, most_projects)
        problem = drawn.problem
        if most_projects == 3 and not is_exact(problem):
            continue
        choice = choose_bundles(drawn.resources, build_all_corners(problem), drawn.prices)
        for contractor in range(3):
            worths = list(list_worths(drawn, contractor))
            error = _TINY * max(abs(worth) for worth in worths)
            if most_projects == 1 or is_even(problem, contractor):
                assert choice.net_worth[contractor] == pytest.approx(max(worths), abs=error)
                met += max(worths) > 0
            else:
                # Covering is a knapsack then, and the corners may miss its best.
                assert choice.net_worth[contractor] <= max(worths) + error
                uneven += max(worths) > 0
    assert met > 8
    assert most_projects != 2 or uneven > 3


@pytest.mark.parametrize("first", range(0, 120, _BLOCK))
def test_choice_is_as_good_as_the_best_hours_of_every_set(first: int) -> None:
    """Whatever the workdays are, and where the contractor's hours bind in all weeks alike."""
    for number in range(first, first + _BLOCK):
        drawn = draw(number)
        problem = drawn.problem
        choice = choose_bundles(drawn.resources, build_all_corners(problem), drawn.prices)
        gain, setup, bonus = drawn.worth
        for size in range(1, MAX_SET_SIZE + 1):
            sets = build_project_sets(problem, size)
            sets = sets.select(sets.exact)
            value = choose_hours(sets, gain, setup, bonus).value
            error = _TINY * (np.abs(value) + 1_000)
            assert (choice.net_worth[sets.contractor] >= value - error).all()


def list_owned(problem: OpenProblem, choice: Choice, contractor: int) -> list[int]:
    return np.flatnonzero(problem.contractor[choice.pair] == contractor).tolist()


@pytest.mark.parametrize("first", range(0, 120, _BLOCK))
def test_chosen_hours_are_worth_what_the_choice_says_and_keep_the_limits(first: int) -> None:
    covering = 0
    for number in range(first, first + _BLOCK):
        drawn = draw(number)
        problem = drawn.problem
        gain, setup, bonus = drawn.worth
        choice = choose_bundles(drawn.resources, build_all_corners(problem), drawn.prices)
        plan = np.zeros(problem.num_pairs, dtype=np.int64)
        plan[choice.pair] = choice.hours
        assert len(np.unique(choice.pair)) == len(choice.pair)
        used = plan > 0
        assert used.sum() == len(choice.pair)
        assert (problem.min_hours[used] <= plan[used]).all()
        assert (plan <= problem.max_hours).all()
        assert choice.covered.tolist() == find_covered(problem, plan).tolist() or not bonus
        assert not (choice.covered & ~find_covered(problem, plan)).any()
        covering += int(choice.covered.sum())
        for contractor in range(3):
            own = problem.contractor == contractor
            worth = int((gain * plan)[own].sum() - setup[own & used].sum())
            worth += bonus * int(choice.covered[contractor])
            error = _TINY * (float(np.abs(gain * plan)[own].sum()) + bonus + 1)
            assert choice.net_worth[contractor] == pytest.approx(worth, abs=error)
            assert len(list_owned(problem, choice, contractor)) <= MAX_SET_SIZE
    assert covering > 10


def test_nothing_is_chosen_where_nothing_pays() -> None:
    problem = build_open_problem(build_instance([Contractor()] * 2, [Project()] * 2))
    prices = build_zero_prices(problem, dict.fromkeys(Tier, 0.0))
    choice = choose_bundles(Resources(problem), build_all_corners(problem), prices)
    assert choice.net_worth.tolist() == [0.0, 0.0]
    assert not len(choice.pair)
    assert not choice.covered.any()


@pytest.mark.parametrize("chunk", [1, 7, 40])
def test_choice_is_the_same_in_chunks_of_a_few_sets(chunk: int) -> None:
    for number in range(12):
        problem = build_open_problem(draw_crowd(number))
        resources = Resources(problem)
        prices = build_zero_prices(problem, dict.fromkeys(Tier, 1.0))
        whole = choose_bundles(resources, build_all_corners(problem), prices)
        with patch.object(corners, "_CHUNK", chunk):
            groups = build_all_corners(problem)
            parts = choose_bundles(resources, groups, prices)
            assert max(len(group.chunks) for group in groups) > 1
        assert parts.net_worth.tolist() == whole.net_worth.tolist()
        assert parts.pair.tolist() == whole.pair.tolist()
        assert parts.hours.tolist() == whole.hours.tolist()
        assert parts.covered.tolist() == whole.covered.tolist()


@pytest.mark.parametrize("chunk", [1, 5, 10**6])
def test_chunks_hold_every_set_once_and_contractors_whole(chunk: int) -> None:
    with patch.object(corners, "_CHUNK", chunk):
        for number in range(6):
            for group in build_all_corners(build_open_problem(draw_crowd(number))):
                sets, place = group.sets, 0
                seen: list[int] = []
                for part in group.chunks:
                    assert part.sets.start == place
                    place = part.sets.stop
                    owners = sets.contractor[part.sets]
                    assert part.contractor.tolist() == np.unique(owners).tolist()
                    assert owners[part.start].tolist() == part.contractor.tolist()
                    assert part.size.sum() == len(owners)
                    seen += part.contractor.tolist()
                assert place == len(sets)
                assert len(set(seen)) == len(seen)


def test_last_contractor_may_have_more_sets_than_a_chunk() -> None:
    problem = build_open_problem(build_instance([Contractor()] * 2, [Project()] * 52))
    groups = build_all_corners(problem)
    assert len(groups[-1].sets) == 2 * 22_100
    assert [len(part.contractor) for part in groups[-1].chunks] == [1, 1]
    prices = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0})
    choice = choose_bundles(Resources(problem), groups, prices)
    assert choice.net_worth.tolist() == [100.0, 100.0]


def test_no_sets_have_no_chunks() -> None:
    problem = build_open_problem(build_instance([Contractor(max_projects=1)], [Project()] * 2))
    group = build_corners(build_project_sets(problem, 2))
    assert group.chunks == ()
    assert group.members.shape == (2, 0)


def test_corners_are_hours_that_can_be_worked_and_say_whether_they_cover() -> None:
    covering = 0
    for number in range(_BLOCK):
        problem = draw(number).problem
        for size in range(1, MAX_SET_SIZE + 1):
            group = build_corners(build_project_sets(problem, size))
            sets, hours = group.sets, group.hours.astype(np.int64)
            members = group.members
            assert members.T.tolist() == sets.members.tolist()
            assert (hours >= problem.min_hours[members]).all()
            assert (hours <= problem.max_hours[members]).all()
            assert (hours.sum(axis=1) <= sets.joint_hours).all()
            needed = problem.days_needed[sets.contractor]
            earned = (hours * problem.days[members]).sum(axis=1)
            assert (group.covered == ((needed > 0) & (earned >= needed))).all()
            covering += int(group.covered.sum())
    assert covering > 100


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_corners_fill_the_members_in_every_order(order: tuple[int, ...]) -> None:
    """Seven hours on three projects of one to four each; whoever comes first gets the most."""
    instance = build_instance([Contractor(lost_hours=7, floor_hours=0)], [Project(max_hours=4)] * 3)
    group = build_corners(build_project_sets(build_open_problem(instance), 3))
    expected = [0, 0, 0]
    for member, hours in zip(order, (4, 2, 1), strict=True):
        expected[member] = hours
    found = group.hours[:, :, 0].tolist()
    assert expected in found
    assert len(group.hours) == len({tuple(point) for point in found})


def test_selected_corners_are_those_of_their_sets() -> None:
    group = build_all_corners(build_open_problem(draw_crowd(1)))[1]
    kept = np.arange(len(group.sets)) % 3 == 0
    some = group.select(kept)
    assert some.sets.members.tolist() == group.sets.members[kept].tolist()
    assert some.hours.tolist() == group.hours[:, :, kept].tolist()
    assert some.covered.tolist() == group.covered[:, kept].tolist()
