"""Plans that ignore the rules between people, made to keep them."""

from __future__ import annotations

import numpy as np
import pytest

from solver.checker import check
from solver.instance import Instance, IntArray
from solver.model.group_state import drop_unreachable
from solver.model.open_problem import build_open_problem
from solver.result import Assignments
from solver.search.group_repair import repair
from solver.search.ledger import build_greedy_plan
from tests.solver.group_draws import draw_group_case
from tests.solver.instances import Contractor, Project, build_instance


def repair_rows(instance: Instance, *rows: tuple[int, int, int]) -> list[tuple[int, int, int]]:
    problem = build_open_problem(instance)
    hours = np.zeros(problem.num_pairs, dtype=np.int64)
    for one, project, worked in rows:
        hours[problem.find_pairs(np.array([one]), np.array([project]))] = worked
    return list_rows(instance, repair(problem, hours))


def list_rows(instance: Instance, hours: IntArray) -> list[tuple[int, int, int]]:
    problem = build_open_problem(instance)
    return [
        (int(problem.contractor[pair]), int(problem.project[pair]), int(hours[pair]))
        for pair in np.flatnonzero(hours)
    ]


def test_split_team_leaves_and_comes_whole_where_there_is_room() -> None:
    team = [Contractor(team="blue")] * 2
    full = [Project(seats=1), Project(open_hours=(7, 7))]
    assert repair_rows(build_instance(team, full), (0, 0, 5)) == [(0, 1, 6), (1, 1, 1)]


def test_project_below_its_fewest_people_is_left_unless_more_can_come() -> None:
    instance = build_instance([Contractor()] * 2, [Project(min_people=2, max_hours=4)])
    assert repair_rows(instance, (0, 0, 3)) == [(0, 0, 4), (1, 0, 4)]
    instance = build_instance([Contractor()] * 2, [Project(min_people=3)])
    assert repair_rows(instance, (0, 0, 3), (1, 0, 3)) == []


def test_who_brings_least_leaves_until_the_leads_are_enough() -> None:
    instance = build_instance([Contractor()] * 4, [Project(people_per_lead=2)], leading=[(0, 0)])
    rows = ((0, 0, 1), (1, 0, 3), (2, 0, 9), (3, 0, 2))
    assert repair_rows(instance, *rows) == [(0, 0, 1), (2, 0, 9)]


def test_plan_that_keeps_the_rules_stays() -> None:
    instance = build_instance([Contractor(team="blue")] * 2, [Project(max_hours=5)])
    assert repair_rows(instance, (0, 0, 5), (1, 0, 2)) == [(0, 0, 5), (1, 0, 2)]


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_repaired_greedy_plan_passes_the_checker(first: int) -> None:
    for number in range(first, first + 100):
        instance = draw_group_case(number).instance
        problem = build_open_problem(instance)
        rows = list_rows(instance, repair(problem, build_greedy_plan(problem)))
        pins = [(one, project, hours) for one, project, hours in instance.pins.tolist()]
        report = check(instance, Assignments.build(rows + pins))
        assert report.ok, (number, report.violations)


def test_pairs_that_no_plan_can_use_are_dropped() -> None:
    instance = build_instance(
        [Contractor(team="blue"), Contractor(team="blue"), Contractor()],
        [Project(), Project(min_people=4), Project(people_per_lead=5), Project(min_people=3)],
        [
            (one, project, 1, 1)
            for one in range(3)
            for project in range(4)
            if (one, project) != (1, 0)
        ],
    )
    problem = drop_unreachable(build_open_problem(instance))
    left = set(zip(problem.contractor.tolist(), problem.project.tolist(), strict=True))
    assert left == {(2, 0), (0, 3), (1, 3), (2, 3)}


@pytest.mark.parametrize(
    ("project", "is_kept"),
    [
        (Project(seats=2), True),
        (Project(seats=1), False),
        (Project(min_hours=4, open_hours=(8, 8)), True),
        (Project(min_hours=4, open_hours=(8, 7)), False),
        (Project(min_hours=4, open_hours=(8, 7), active=(True, False)), True),
        (Project(min_hours=4, budget_cents=800), True),
        (Project(min_hours=4, budget_cents=799), False),
    ],
)
def test_team_needs_room_for_the_least_hours_of_all(project: Project, is_kept: bool) -> None:
    instance = build_instance([Contractor(team="blue")] * 2, [project])
    assert (drop_unreachable(build_open_problem(instance)).num_pairs == 2) is is_kept
