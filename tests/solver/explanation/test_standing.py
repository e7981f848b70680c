"""The hours that would fit, against the independent checker trying every number of hours."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings

from solver.checker import check
from solver.explanation.standing import build_standing_plan
from solver.instance import Instance
from solver.model.open_problem import build_open_problem
from solver.result import Assignments
from solver.search.ledger import build_greedy_plan
from tests.solver.instances import Contractor, Project, build_instance, tiny_instances

_MOST_HOURS = 10


def build_greedy(instance: Instance) -> Assignments:
    problem = build_open_problem(instance)
    hours = build_greedy_plan(problem)
    used = np.flatnonzero(hours)
    rows = zip(
        problem.contractor[used].tolist(),
        problem.project[used].tolist(),
        hours[used].tolist(),
        strict=True,
    )
    pins = [(one, other, held) for one, other, held in instance.pins.tolist()]
    return Assignments.build([*pins, *rows])


def find_most(instance: Instance, plan: dict[tuple[int, int], int], place: tuple[int, int]) -> int:
    """Return the most hours for the place, beside the rest of the plan, that break no rule."""
    return max(
        hours
        for hours in range(_MOST_HOURS + 1)
        if hours == plan.get(place, 0)
        or check(
            instance,
            Assignments.build(
                [(*other, held) for other, held in (plan | {place: hours}).items() if held]
            ),
        ).ok
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(instance=tiny_instances())
def test_hours_on_top_are_the_most_that_the_checker_accepts(instance: Instance) -> None:
    assignments = build_greedy(instance)
    plan = build_standing_plan(instance, assignments)
    held = {(one, other): hours for one, other, hours in assignments.rows()}
    on_top = plan.find_hours_on_top(np.arange(instance.num_pairs))
    for pair, hours in enumerate(on_top.tolist()):
        place = (int(instance.pair_contractor[pair]), int(instance.pair_project[pair]))
        if instance.pair_days[pair] == 0 or plan.pinned.hours[pair]:
            continue
        assert hours == find_most(instance, held, place) - held.get(place, 0)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(instance=tiny_instances())
def test_hours_instead_are_the_most_without_the_contractors_own(instance: Instance) -> None:
    assignments = build_greedy(instance)
    plan = build_standing_plan(instance, assignments)
    pinned = {(one, other) for one, other, _ in instance.pins.tolist()}
    instead = plan.find_hours_instead(np.arange(instance.num_pairs))
    for pair, hours in enumerate(instead.tolist()):
        place = (int(instance.pair_contractor[pair]), int(instance.pair_project[pair]))
        if instance.pair_days[pair] == 0 or place in pinned:
            assert hours == 0
            continue
        others = {
            (one, other): held
            for one, other, held in assignments.rows()
            if one != place[0] or (one, other) in pinned
        }
        assert hours == find_most(instance, others, place)


def test_full_project_has_no_room_and_its_own_people_keep_theirs() -> None:
    instance = build_instance(
        [Contractor(lost_hours=10), Contractor(lost_hours=10)], [Project(open_hours=(10, 10))]
    )
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 10)]))
    assert plan.room_hours.tolist() == [0]
    assert plan.missing_hours.tolist() == [0, 10]
    assert plan.find_hours_on_top(np.array([0, 1])).tolist() == [0, 0]
    assert plan.find_hours_instead(np.array([0, 1])).tolist() == [10, 0]


def test_room_counts_the_fullest_week_in_which_the_project_runs() -> None:
    instance = build_instance(
        [Contractor()],
        [
            Project(open_hours=(30, 20), active=(True, True)),
            Project(active=(True, False), open_hours=(7, 0)),
        ],
    )
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 5)]))
    assert plan.room_hours.tolist() == [15, 7]
