"""The uses of project sets against every bundle of every contractor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from solver.instance import Instance, IntArray
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.model.project_sets import MAX_SET_SIZE, build_project_sets
from solver.model.set_uses import Coverage, Use, UsedSets, find_used, split_by_use
from solver.search.scoring import find_covered
from tests.solver.brute_force import list_bundles
from tests.solver.instances import Contractor, Project, build_instance
from tests.solver.tiny_draws import draw_case

NUMBERS = range(120)


def draw_problem(number: int) -> OpenProblem:
    drawn = draw_case(number).instance
    return build_open_problem(replace(drawn, pins=drawn.pins[:0]))


def split(problem: OpenProblem, coverage: Coverage) -> list[UsedSets]:
    sizes = range(1, MAX_SET_SIZE + 1)
    return list(split_by_use((build_project_sets(problem, size) for size in sizes), coverage))


def list_plans(problem: OpenProblem) -> Iterator[tuple[int, IntArray]]:
    """Yield every bundle of up to three projects that limits allow alone, as a plan."""
    for contractor in range(problem.instance.num_contractors):
        for bundle in list_bundles(problem.instance, contractor):
            projects = np.array(sorted(bundle), dtype=np.int64)
            pairs = problem.find_pairs(np.full(len(projects), contractor), projects)
            worked = np.array([bundle[project] for project in projects.tolist()], dtype=np.int64)
            if not 0 < len(pairs) <= MAX_SET_SIZE or (pairs < 0).any():
                continue
            if (worked > problem.max_hours[pairs]).any():
                continue
            hours = np.zeros(problem.num_pairs, dtype=np.int64)
            hours[pairs] = worked
            yield contractor, hours


def list_uses(groups: list[UsedSets]) -> set[tuple[tuple[int, ...], Use]]:
    rows = [(tuple(row), group.use) for group in groups for row in group.sets.members.tolist()]
    assert len(rows) == len(set(rows))
    return set(rows)


@pytest.mark.parametrize(
    ("coverage", "covering", "other"),
    [
        (Coverage.ALONE, Use.JUST_COVER, None),
        (Coverage.COUNTED, Use.COVER, Use.FREE),
        (Coverage.IGNORED, Use.FREE, Use.FREE),
    ],
)
def test_every_bundle_has_its_use(coverage: Coverage, covering: Use, other: Use | None) -> None:
    seen = {False: 0, True: 0}
    for number in NUMBERS:
        problem = draw_problem(number)
        uses = list_uses(split(problem, coverage))
        for contractor, hours in list_plans(problem):
            members = tuple(np.flatnonzero(hours).tolist())
            covers = bool(find_covered(problem, hours)[contractor])
            wanted = covering if covers else other
            assert wanted is None or (members, wanted) in uses
            seen[covers] += 1
        assert {use for _, use in uses} <= {covering, other}
    assert min(seen.values()) > 1000


def build_graded() -> Instance:
    """One contractor who needs 80 hour-days, and projects of 10 days that never reach them,
    may, and always do.
    """
    return build_instance(
        [Contractor(lost_hours=12, floor_hours=8, max_projects=1)],
        [
            Project(min_hours=2, max_hours=7),
            Project(min_hours=2, max_hours=8),
            Project(min_hours=7, max_hours=12),
            Project(min_hours=8, max_hours=12),
        ],
    )


@pytest.mark.parametrize(
    ("coverage", "expected"),
    [
        (Coverage.ALONE, {Use.JUST_COVER: [1, 2, 3]}),
        (Coverage.COUNTED, {Use.COVER: [1, 2, 3], Use.FREE: [0, 1, 2]}),
        (Coverage.IGNORED, {Use.FREE: [0, 1, 2, 3]}),
    ],
)
def test_only_uses_that_can_be_are_listed(
    coverage: Coverage, expected: dict[Use, list[int]]
) -> None:
    groups = split(build_open_problem(build_graded()), coverage)
    found: dict[Use, list[int]] = {}
    for group in groups:
        found.setdefault(group.use, []).extend(group.sets.members.ravel().tolist())
    assert found == expected
    assert all(group.covers is (group.use is not Use.FREE) for group in groups)


def test_who_is_covered_already_has_free_sets_only() -> None:
    problem = build_open_problem(build_instance([Contractor(floor_hours=0)], [Project()] * 2))
    counts = {group.use: 0 for group in split(problem, Coverage.COUNTED)}
    for group in split(problem, Coverage.COUNTED):
        counts[group.use] += len(group)
    assert counts == {Use.COVER: 0, Use.FREE: 3}
    assert sum(map(len, split(problem, Coverage.ALONE))) == 0


@pytest.mark.parametrize("use", [Use.COVER, Use.JUST_COVER, Use.FREE])
def test_hours_of_a_use_cover_or_earn_nothing_for_it(use: Use) -> None:
    problem = build_open_problem(build_graded())
    group = UsedSets(build_project_sets(problem, 1).select(np.array([1])), use)
    gain = np.full(problem.num_pairs, -1)
    bundles = group.choose_hours(gain, np.zeros_like(gain), 100)
    hours = 2 if use is Use.FREE else 8
    assert bundles.hours.tolist() == [[hours]]
    assert bundles.value.tolist() == [-hours + (0 if use is Use.FREE else 100)]
    assert bundles.covered.tolist() == [use is not Use.FREE]


@pytest.mark.parametrize("coverage", [Coverage.COUNTED, Coverage.IGNORED])
def test_used_is_the_one_set_of_each_bundle_in_the_way_it_is_used(coverage: Coverage) -> None:
    counted = coverage is Coverage.COUNTED
    for number in NUMBERS:
        problem = draw_problem(number)
        groups = split(problem, coverage)
        random = np.random.default_rng(number)
        plans = list(list_plans(problem))
        for _ in range(5):
            hours = np.zeros(problem.num_pairs, dtype=np.int64)
            for contractor in range(problem.instance.num_contractors):
                own = [plan for one, plan in plans if one == contractor]
                if own and random.random() < 0.8:
                    hours += own[random.integers(len(own))]
            covered = find_covered(problem, hours)
            expected = set()
            for contractor in np.unique(problem.contractor[hours > 0]).tolist():
                members = np.flatnonzero((hours > 0) & (problem.contractor == contractor))
                covers = counted and bool(covered[contractor])
                expected.add((tuple(members.tolist()), Use.COVER if covers else Use.FREE))
            found = [
                group.select(find_used(group, hours, covered, counted=counted)) for group in groups
            ]
            assert list_uses(found) == expected
