"""The checker accepts a plan that keeps every rule and names each rule that a mutation breaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solver.checker import check
from solver.instance import Instance
from solver.policy import Tier
from solver.result import Assignments
from tests.solver.instances import Contractor, Project, build_instance, build_plan

PAIRS = [
    (0, 0, 7, 100),
    (0, 1, 5, 200),
    (1, 0, 3, 100),
    (1, 1, 2, 200),
    (1, 2, 4, 300),
]
GOOD = ((0, 0, 6), (0, 1, 4), (1, 2, 5))


def build_full_instance() -> Instance:
    """Every rule is tight for the plan GOOD."""
    return build_instance(
        [
            Contractor(lost_hours=10, floor_hours=10, max_projects=2),
            Contractor(lost_hours=8, floor_hours=5, max_projects=1, avail_days=(5, 4)),
        ],
        [
            Project(open_hours=(6, 6), seats=1, min_hours=2, max_hours=6, budget_cents=600),
            Project(open_hours=(4, 4), min_hours=3, max_hours=9, client=0, priority=2),
            Project(open_hours=(5, 4), seats=2, max_hours=8, budget_cents=1500, client=1),
        ],
        PAIRS,
        walls=[(0, 1)],
        pins=[(0, 0, 6)],
        switch_cost=3,
    )


def find_codes(instance: Instance, *rows: tuple[int, int, int]) -> set[str]:
    return {violation.code for violation in check(instance, build_plan(*rows)).violations}


def test_good_plan_has_no_violation_and_the_values_of_the_formulas() -> None:
    report = check(build_full_instance(), build_plan(*GOOD))
    assert report.ok
    # c0 works 6 + 4 hours on 10 days, c1 5 hours on 9 days; priorities 1, 2, 1.
    assert report.values == {
        Tier.COVERAGE: 2,
        Tier.HOURS: 6 * 10 + 2 * 4 * 10 + 5 * 9,
        Tier.FIT: 7 * 60 + 5 * 40 + 4 * 45 - 3 * 3,
    }


@pytest.mark.parametrize(
    ("rows", "code", "words"),
    [
        (
            ((0, 0, 6), (0, 1, 2)),
            "hours",
            "contractor c0 works 2 hours a week on project p1; 3 to 9",
        ),
        (
            ((0, 0, 6), (1, 2, 9)),
            "hours",
            "contractor c1 works 9 hours a week on project p2; 1 to 8",
        ),
        (((0, 0, 6), (1, 2, 0)), "hours", "works 0 hours"),
        (((0, 0, 6), (1, 2, -3)), "hours", "works -3 hours"),
        (((0, 0, 6), (0, 1, 5)), "lost_hours", "contractor c0 works 11 hours in week 1; 10 were"),
        (((0, 0, 6), (1, 1, 5)), "open_hours", "project p1 gets 5 hours in week 1; 4 are open"),
        (((0, 0, 6), (1, 0, 2)), "seats", "project p0 gets 2 people; it has 1 seats"),
        (((0, 0, 6), (1, 1, 3), (1, 2, 3)), "max_projects", "contractor c1 gets 2 projects; 1 are"),
        (
            ((0, 0, 6), (1, 2, 6)),
            "budget",
            "project p2 costs 1800 cents a week; its budget is 1500",
        ),
        (
            ((0, 0, 6), (1, 1, 3), (1, 2, 3)),
            "wall",
            "c1 works on project p1 and project p2, whose cl",
        ),
        (((0, 0, 6), (0, 2, 3)), "eligible", "contractor c0 is not eligible for project p2"),
        (((0, 0, 5),), "pin", "pinned to 6 hours a week on project p0; the plan gives 5"),
        (((1, 2, 5),), "pin", "the plan gives none"),
        (((0, 0, 6), (0, 1, 3), (0, 1, 3)), "duplicate", "assigned to project p1 more than once"),
        (((0, 0, 6), (2, 0, 5)), "index", "contractor index 2"),
        (((0, 0, 6), (0, -1, 5)), "index", "project index -1"),
    ],
)
def test_mutated_plan_names_the_broken_rule(
    rows: tuple[tuple[int, int, int], ...], code: str, words: str
) -> None:
    """Check 35: each rule, broken once."""
    report = check(build_full_instance(), build_plan(*rows))
    sentences = [violation.sentence for violation in report.violations if violation.code == code]
    assert any(words in sentence for sentence in sentences), report.violations


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        (((0, 0, 6), (0, 1, 11)), {"hours", "lost_hours", "open_hours"}),
        (((0, 0, 6), (1, 0, 1)), {"hours", "seats", "open_hours", "budget"}),
        (((0, 0, 6), (0, 2, 5)), {"eligible", "lost_hours", "open_hours"}),
        (((0, 0, 6), (0, 2, 3), (0, 1, 3)), {"eligible", "max_projects", "lost_hours", "wall"}),
        (((0, 0, 6), (1, 2, 10_001)), {"hours"}),
        (((0, 0, 6), (1, 1, -3), (1, 2, 5)), {"hours"}),
    ],
    ids=["too many", "too few", "not eligible", "not eligible, walled", "absurd", "below nothing"],
)
def test_row_that_breaks_one_rule_counts_in_the_others_bug(
    rows: tuple[tuple[int, int, int], ...], codes: set[str]
) -> None:
    assert find_codes(build_full_instance(), *rows) == codes


def test_open_hours_count_only_the_days_at_work() -> None:
    instance = build_full_instance()
    assert find_codes(instance, (0, 0, 6), (1, 2, 5)) == set()
    full = replace(instance, avail_days=np.full_like(instance.avail_days, 5))
    assert find_codes(full, (0, 0, 6), (1, 2, 5)) == {"open_hours"}


def test_weeks_without_the_project_use_nothing() -> None:
    instance = build_instance(
        [Contractor(lost_hours=4, floor_hours=4)],
        [
            Project(open_hours=(4, 0), active=(True, False)),
            Project(open_hours=(0, 4), active=(False, True)),
        ],
    )
    report = check(instance, build_plan((0, 0, 4), (0, 1, 4)))
    assert report.ok
    assert report.values[Tier.COVERAGE] == 1
    assert report.values[Tier.HOURS] == 40


def test_coverage_counts_from_the_floor_on() -> None:
    instance = build_instance([Contractor(lost_hours=9, floor_hours=5)], [Project()])
    assert check(instance, build_plan((0, 0, 5))).values[Tier.COVERAGE] == 1
    assert check(instance, build_plan((0, 0, 4))).values[Tier.COVERAGE] == 0


def test_floor_of_nothing_is_covered_by_nothing() -> None:
    instance = build_instance([Contractor(floor_hours=0)], [Project()])
    assert check(instance, build_plan()).values[Tier.COVERAGE] == 1


def test_walls_of_projects_without_client_keep_nobody_apart() -> None:
    instance = build_instance(
        [Contractor()], [Project(client=0), Project(client=1), Project()], walls=[(0, 1)]
    )
    assert find_codes(instance, (0, 0, 2), (0, 2, 2)) == set()
    assert find_codes(instance, (0, 0, 2), (0, 1, 2)) == {"wall"}


def test_sums_beyond_53_bits_are_exact() -> None:
    fit = 2**31 - 1
    instance = build_instance(
        [Contractor(lost_hours=1_000, floor_hours=1)] * 3,
        [Project(open_hours=(10**6, 10**6), max_hours=1_000)],
        [(idx, 0, fit, 1) for idx in range(3)],
    )
    report = check(instance, build_plan(*[(idx, 0, 999) for idx in range(3)]))
    assert report.ok
    assert report.values[Tier.FIT] == 3 * 999 * 10 * fit


def test_every_violation_of_a_plan_is_named() -> None:
    codes = find_codes(build_full_instance(), (0, 0, 5), (0, 2, 3), (1, 0, 2), (1, 1, 5))
    assert {"pin", "eligible", "seats", "open_hours", "max_projects"} <= codes


def test_empty_instance_accepts_the_empty_plan() -> None:
    report = check(build_instance([], []), Assignments.build([]))
    assert report.ok
    assert set(report.values.values()) == {0}
