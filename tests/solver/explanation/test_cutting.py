"""Rules between people hold in a neighbourhood as in the whole plan."""

from __future__ import annotations

import numpy as np
import pytest

from solver.checker import check
from solver.explanation.cutting import add_team_members
from solver.explanation.local import solve_neighbourhood
from solver.explanation.neighbours import Reach, build_whole
from solver.explanation.runner_ups import Basis, list_runner_ups
from solver.explanation.standing import build_standing_plan
from solver.policy import PEOPLE_FIRST
from solver.result import Assignments
from solver.search.cp_run import RunLimits
from tests.solver.brute_force import find_reached
from tests.solver.group_draws import draw_group_case
from tests.solver.instances import Contractor, Project, build_instance

ALONE = Reach(whole_pairs=0, in_the_way=0, waiting=0)
LIMITS = RunLimits(seconds=60)


def test_others_whom_the_plan_brings_count_among_the_people_there() -> None:
    instance = build_instance([Contractor()] * 3, [Project(min_people=2), Project()])
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 10), (1, 0, 10), (2, 1, 10)]))

    (row,) = list_runner_ups(plan, PEOPLE_FIRST.tiers, 2, reach=ALONE, seconds=300)

    assert (row.project_idx, row.basis, row.num_free) == (0, Basis.NEIGHBOURHOOD, 1)


def test_nobody_joins_where_too_few_would_be() -> None:
    instance = build_instance([Contractor()] * 3, [Project(min_people=3), Project()])
    plan = build_standing_plan(instance, Assignments.build([(1, 1, 10), (2, 1, 10)]))

    rows = list_runner_ups(plan, PEOPLE_FIRST.tiers, 2, reach=ALONE, seconds=300)

    assert [(row.project_idx, row.basis) for row in rows] == [(0, Basis.NO_ROOM)]


def test_nobody_leaves_others_too_few_behind() -> None:
    instance = build_instance([Contractor(max_projects=1)] * 2, [Project(min_people=2), Project()])
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 10), (1, 0, 10)]))

    (row,) = list_runner_ups(plan, PEOPLE_FIRST.tiers, 1, reach=ALONE, seconds=300)

    assert (row.project_idx, row.basis) == (1, Basis.NO_ROOM)


def test_team_moves_as_a_whole() -> None:
    instance = build_instance(
        [Contractor(team="a", max_projects=1), Contractor(team="a", max_projects=1), Contractor()],
        [Project(priority=2), Project()],
    )
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 10), (1, 0, 10)]))
    assert add_team_members(plan, np.array([1])).tolist() == [0, 1]

    (row,) = list_runner_ups(plan, PEOPLE_FIRST.tiers, 0, reach=ALONE, seconds=300)

    # Both give up 10 hours a week at priority 2 for as many at priority 1.
    assert (row.basis, row.num_free) == (Basis.NEIGHBOURHOOD, 2)
    assert row.change is not None
    assert list(row.change.values()) == [0, -200, 0]


@pytest.mark.parametrize("number", range(60))
def test_whole_problem_solved_again_reaches_the_best_of_all_plans(number: int) -> None:
    instance = draw_group_case(number).instance
    pins = Assignments.build([tuple(row) for row in instance.pins.tolist()])
    plan = build_standing_plan(instance, pins)

    local = solve_neighbourhood(build_whole(plan), PEOPLE_FIRST.tiers, LIMITS)

    assert local is not None
    report = check(instance, local.build_assignments())
    assert report.ok
    assert dict(report.values) == find_reached(instance, PEOPLE_FIRST)
