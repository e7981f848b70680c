"""Bundles against every choice of hours of one contractor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.instance import Instance
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.model.project_sets import (
    MAX_SET_SIZE,
    build_project_sets,
    choose_hours,
    count_project_sets,
    count_subsets,
)
from solver.model.uneven_sets import find_covered_worth
from tests.solver.brute_force import list_bundles
from tests.solver.instances import Contractor, Project, build_instance, tiny_instances

SIZES = range(1, MAX_SET_SIZE + 1)


def list_worths(
    problem: OpenProblem, contractor: int, gain: list[int], setup: list[int], bonus: int
) -> dict[tuple[int, ...], list[tuple[int, bool]]]:
    """Return by the projects of a bundle what each choice of hours is worth, and if it covers."""
    worths: dict[tuple[int, ...], list[tuple[int, bool]]] = {}
    needed = int(problem.days_needed[contractor])
    for bundle in list_bundles(problem.instance, contractor):
        projects = np.array(sorted(bundle), dtype=np.int64)
        pairs = problem.find_pairs(np.full(len(projects), contractor), projects).tolist()
        hours = [bundle[project] for project in projects.tolist()]
        if not pairs or -1 in pairs:
            continue
        # Pairs are tightened to what the projects have left, which the oracle looks at later.
        if any(worked > problem.max_hours[pair] for worked, pair in zip(hours, pairs, strict=True)):
            continue
        days = sum(
            int(problem.days[pair]) * worked for pair, worked in zip(pairs, hours, strict=True)
        )
        worth = sum(
            gain[pair] * worked - setup[pair] for pair, worked in zip(pairs, hours, strict=True)
        )
        covered = days >= needed > 0
        worths.setdefault(tuple(pairs), []).append((worth + bonus * covered, covered))
    return worths


@settings(max_examples=200)
@given(instance=tiny_instances().filter(lambda one: not len(one.pins)), data=st.data())
def test_sets_and_their_worth_are_those_of_every_bundle(
    instance: Instance, data: st.DataObject
) -> None:
    problem = build_open_problem(instance)
    draw = st.integers(-9, 9)
    gain = data.draw(st.lists(draw, min_size=problem.num_pairs, max_size=problem.num_pairs))
    setup = [abs(data.draw(draw)) for _ in gain]
    bonus = data.draw(st.integers(0, 60))
    expected: dict[tuple[int, ...], list[tuple[int, bool]]] = {}
    for contractor in range(instance.num_contractors):
        expected |= list_worths(problem, contractor, gain, setup, bonus)
    gains, setups = np.array(gain, dtype=np.int64), np.array(setup, dtype=np.int64)
    for size in SIZES:
        sets = build_project_sets(problem, size)
        found = {tuple(row) for row in sets.members.tolist()}
        assert {pairs for pairs in expected if len(pairs) == size} <= found
        chosen = choose_hours(sets, gains, setups, bonus)
        relaxed = choose_hours(sets, gains, setups, bonus, relaxed=True).value.tolist()
        covered = find_covered_worth(sets, gains, setups, bonus).tolist()
        for row, members in enumerate(sets.members.tolist()):
            if not sets.exact[row]:
                continue
            worths = expected[tuple(members)]
            best = max(worth for worth, _ in worths)
            assert chosen.value[row] <= best <= relaxed[row]
            assert best <= max(chosen.value[row], covered[row])
            even = len(set(problem.days[members].tolist())) == 1
            assert not even or chosen.value[row] == best
            needed = problem.days_needed[problem.contractor[members[0]]] > 0
            covering = [worth for worth, covers in worths if covers]
            if needed and covering:
                assert covered[row] == max(covering)


def test_every_set_is_listed_once_by_contractor() -> None:
    problem = build_open_problem(build_instance([Contractor()] * 5, [Project()] * 4))
    sets = build_project_sets(problem, 2)
    assert len({tuple(row) for row in sets.members.tolist()}) == len(sets)
    assert len(sets) == count_project_sets(problem, 2) == 5 * 6
    assert sets.contractor.tolist() == sorted(sets.contractor.tolist())


def test_contractors_allowed_one_project_have_no_pairs_of_them() -> None:
    problem = build_open_problem(build_instance([Contractor(max_projects=1)], [Project()] * 3))
    assert len(build_project_sets(problem, 1)) == 3
    assert len(build_project_sets(problem, 2)) == 0


@pytest.mark.parametrize(("weeks", "joint"), [((True, False), 2**40), ((True, True), 10)])
def test_projects_share_hours_only_in_common_weeks(weeks: tuple[bool, bool], joint: int) -> None:
    instance = build_instance(
        [Contractor(lost_hours=10)], [Project(active=weeks), Project(active=(False, True))]
    )
    sets = build_project_sets(build_open_problem(instance), 2)
    assert sets.joint_hours.tolist() == [joint]


@pytest.mark.parametrize(
    ("pairs", "size", "count"), [(5, 1, 5), (5, 2, 10), (5, 3, 10), (2, 3, 0), (300, 3, 4_455_100)]
)
def test_subsets_are_counted(pairs: int, size: int, count: int) -> None:
    assert count_subsets(np.array([pairs]), size).tolist() == [count]
