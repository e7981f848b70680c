"""What choosing another project would cost: against every plan of tiny instances."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.checker import check
from solver.errors import InvalidInput
from solver.explanation.local import solve_neighbourhood
from solver.explanation.neighbours import Reach, build_around_pair
from solver.explanation.runner_ups import Basis, list_runner_ups
from solver.explanation.standing import build_standing_plan
from solver.instance import Instance
from solver.instance_checks import build_checked_instance
from solver.policy import PEOPLE_FIRST, Policy, Tier
from solver.result import Assignments
from solver.search.cp_run import RunLimits
from tests.solver.brute_force import list_plan_values
from tests.solver.explanation.plans import solve_best
from tests.solver.explanation.test_standing import build_greedy
from tests.solver.instances import Contractor, Project, build_instance, tiny_instances

SECONDS = 300.0
NEAR = Reach(whole_pairs=0)
ALONE = Reach(whole_pairs=0, in_the_way=0, waiting=0)


def find_best(instance: Instance, tiers: tuple[Tier, ...]) -> tuple[int, ...]:
    """Return the best values in the order of `tiers`, of all plans there are."""
    columns = [list(Tier).index(tier) for tier in tiers]
    return max(
        tuple(row[column] for column in columns) for row in list_plan_values(instance).tolist()
    )


def find_best_with(
    instance: Instance, pair: int, tiers: tuple[Tier, ...]
) -> tuple[int, ...] | None:
    """Return the best values of all plans that assign the pair; None without any.

    A pin may stand across a wall from another, a new place may not.
    """
    place = (int(instance.pair_contractor[pair]), int(instance.pair_project[pair]))
    walls = {frozenset(one) for one in instance.walls.tolist()}
    client = instance.client.tolist()
    pinned_at = [
        project for contractor, project, _ in instance.pins.tolist() if contractor == place[0]
    ]
    if any(frozenset({client[place[1]], client[project]}) in walls for project in pinned_at):
        return None
    found = []
    for hours in range(int(instance.min_hours[place[1]]), int(instance.max_hours[place[1]]) + 1):
        pins = np.array([*instance.pins.tolist(), (*place, hours)], dtype=np.int64)
        pins = pins[np.lexsort((pins[:, 1], pins[:, 0]))]
        try:
            pinned = build_checked_instance(replace(instance, pins=pins))
        except InvalidInput:
            continue
        if len(list_plan_values(pinned)):
            found.append(find_best(pinned, tiers))
    return max(found, default=None)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(instance=tiny_instances(), tiers=st.sampled_from(list(permutations(Tier))))
def test_cost_of_a_runner_up_is_that_of_all_plans_there_are(
    instance: Instance, tiers: tuple[Tier, ...]
) -> None:
    plan = solve_best(instance, Policy("drawn", tiers))
    best = find_best(instance, tiers)
    for contractor_idx in range(instance.num_contractors):
        rows = list_runner_ups(plan, tiers, contractor_idx, most_resolved=99, seconds=SECONDS)
        own = plan.get_pairs(np.array([contractor_idx]))
        pair_of = {int(instance.pair_project[pair]): int(pair) for pair in own}
        assert len(rows) == int((plan.usage.hours[own] == 0).sum())
        for row in rows:
            pair = pair_of[row.project_idx]
            with_it = find_best_with(instance, pair, tiers)
            if with_it is None or instance.pair_days[pair] == 0:
                assert row.basis is Basis.NO_ROOM
                assert row.change is None
                continue
            assert row.basis is Basis.WHOLE_PLAN
            assert row.change is not None
            cost = tuple(after - before for after, before in zip(with_it, best, strict=True))
            assert tuple(row.change[tier] for tier in tiers) == cost


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(instance=tiny_instances(), reach=st.sampled_from([NEAR, ALONE]))
def test_neighbourhood_gives_sound_plans_and_never_more_than_all_plans(
    instance: Instance, reach: Reach
) -> None:
    plan = build_standing_plan(instance, build_greedy(instance))
    tiers = PEOPLE_FIRST.tiers
    for pair in np.flatnonzero(plan.usage.hours == 0).tolist():
        near = build_around_pair(plan, pair, reach)
        local = solve_neighbourhood(near, tiers, RunLimits(seconds=60), forced=pair)
        if local is None:
            continue
        assert local.keeps_every_rule()
        after = build_standing_plan(instance, local.build_assignments())
        assert after.usage.hours[pair] > 0
        best = find_best_with(instance, pair, tiers)
        assert best is not None
        reached = [
            local.change[tier] + value
            for tier, value in zip(tiers, _score(plan.instance, plan.assignments), strict=True)
        ]
        assert tuple(reached) == _score(instance, after.assignments)
        assert tuple(reached) <= best


def _score(instance: Instance, assignments: Assignments) -> tuple[int, ...]:
    values = check(instance, assignments).values
    return tuple(values[tier] for tier in PEOPLE_FIRST.tiers)


def make_ladder() -> Instance:
    """Two contractors, 10 hours each; p0 has room for one of them, p1 only takes c1."""
    return build_instance(
        [Contractor(floor_hours=10), Contractor(floor_hours=10)],
        [Project(open_hours=(10, 10), priority=3), Project(open_hours=(10, 10))],
        [(0, 0, 5, 0), (1, 0, 9, 0), (1, 1, 2, 0)],
    )


@pytest.mark.parametrize(
    ("reach", "basis"), [(Reach(), Basis.WHOLE_PLAN), (NEAR, Basis.NEIGHBOURHOOD)]
)
def test_whoever_is_in_the_way_moves(reach: Reach, basis: Basis) -> None:
    plan = build_standing_plan(make_ladder(), Assignments.build([(0, 0, 10), (1, 1, 10)]))

    (row,) = list_runner_ups(plan, PEOPLE_FIRST.tiers, 1, reach=reach, seconds=SECONDS)

    # One hour of c1 on p0 takes c0 below the floor; the hour is missing on p1.
    assert (row.project_idx, row.hours_instead, row.hours_per_week) == (0, 0, 1)
    assert (row.basis, row.num_free) == (basis, 2)
    assert row.change == {Tier.COVERAGE: -1, Tier.HOURS: -10, Tier.FIT: 90 - 50 - 20}


@pytest.mark.parametrize(
    "project", [Project(open_hours=(10, 10)), Project(seats=1), Project(budget_cents=1000)]
)
def test_what_others_have_outside_the_neighbourhood_is_taken(project: Project) -> None:
    instance = build_instance([Contractor(), Contractor()], [project, Project()])
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 10), (1, 1, 10)]))

    (row,) = list_runner_ups(plan, PEOPLE_FIRST.tiers, 1, reach=ALONE, seconds=SECONDS)

    assert (row.project_idx, row.basis, row.num_free) == (0, Basis.NO_ROOM, 1)


def test_slack_of_a_poor_plan_is_not_charged_to_the_runner_up() -> None:
    plan = build_standing_plan(make_ladder(), Assignments.build([]))

    (row,) = list_runner_ups(plan, PEOPLE_FIRST.tiers, 0, seconds=SECONDS)

    assert row.change == dict.fromkeys(Tier, 0)
    assert row.slack == {Tier.COVERAGE: 2, Tier.HOURS: 400, Tier.FIT: 700}


def test_only_as_many_are_solved_again_as_asked_for() -> None:
    instance = build_instance([Contractor()], [Project()] * 4)
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 10)]))

    rows = list_runner_ups(plan, PEOPLE_FIRST.tiers, 0, most_resolved=2, seconds=SECONDS)

    assert [row.basis for row in rows] == [Basis.WHOLE_PLAN] * 2 + [Basis.NOT_COMPUTED]
    assert [row.change is None for row in rows] == [False, False, True]


def test_pinned_project_is_no_runner_up_and_stays() -> None:
    instance = build_instance(
        [Contractor(max_projects=1)], [Project(), Project()], pins=[(0, 0, 10)]
    )
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 10)]))

    (row,) = list_runner_ups(plan, PEOPLE_FIRST.tiers, 0, seconds=SECONDS)

    assert (row.project_idx, row.basis) == (1, Basis.NO_ROOM)
