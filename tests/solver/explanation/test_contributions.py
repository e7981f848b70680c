from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from solver.checker import check
from solver.explanation.contributions import compute_contributions
from solver.explanation.standing import build_standing_plan
from solver.instance import Instance
from solver.policy import Tier
from solver.result import Assignments
from tests.solver.explanation.test_standing import build_greedy
from tests.solver.instances import Contractor, Project, build_instance, tiny_instances


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(instance=tiny_instances())
def test_contributions_of_everybody_sum_to_what_the_checker_counts(instance: Instance) -> None:
    plan = build_standing_plan(instance, build_greedy(instance))
    people = [compute_contributions(plan, idx) for idx in range(instance.num_contractors)]
    values = check(instance, plan.assignments).values
    for tier in Tier:
        assert sum(person.values[tier] for person in people) == values[tier]


def test_contribution_counts_priority_fit_and_switching() -> None:
    instance = build_instance(
        [Contractor(lost_hours=10, floor_hours=5)],
        [Project(priority=4)],
        [(0, 0, 7, 100)],
        switch_cost=30,
    )
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 6)]))

    person = compute_contributions(plan, 0)

    (row,) = person.rows
    assert (row.hour_days, person.earned, person.needed) == (60, 60, 50)
    assert row.values == {Tier.COVERAGE: 1, Tier.HOURS: 240, Tier.FIT: 7 * 60 - 30}
    assert person.is_covered


def test_coverage_is_credited_to_what_the_floor_needs_only() -> None:
    instance = build_instance(
        [Contractor(lost_hours=10, floor_hours=6)], [Project(), Project(), Project()]
    )
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 6), (0, 1, 2), (0, 2, 2)]))

    person = compute_contributions(plan, 0)

    assert [row.values[Tier.COVERAGE] for row in person.rows] == [1, 0, 0]
    assert person.values[Tier.COVERAGE] == 1


def test_somebody_without_proposals_adds_nothing() -> None:
    instance = build_instance([Contractor()], [Project()])
    plan = build_standing_plan(instance, Assignments.build([]))

    person = compute_contributions(plan, 0)

    assert person.rows == ()
    assert person.values == dict.fromkeys(Tier, 0)
    assert not person.is_covered
