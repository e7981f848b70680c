"""Best fit first: what it books is allowed, and it leaves nothing that it could book."""

from __future__ import annotations

from hypothesis import given

from benchmarks.peers.greedy import plan_best_fit_first
from solver.checker import check
from solver.instance import Instance
from solver.result import Assignments
from tests.solver.instances import Contractor, Project, build_instance, tiny_instances


@given(tiny_instances())
def test_plan_keeps_every_rule(instance: Instance) -> None:
    report = check(instance, plan_best_fit_first(instance))
    assert report.ok, report.violations


@given(tiny_instances())
def test_no_further_pair_could_be_booked(instance: Instance) -> None:
    rows = plan_best_fit_first(instance).rows()
    used = {(contractor, project) for contractor, project, _ in rows}
    pairs = zip(instance.pair_contractor.tolist(), instance.pair_project.tolist(), strict=True)
    for contractor, project in set(pairs) - used:
        more = [*rows, (contractor, project, int(instance.min_hours[project]))]
        assert not check(instance, Assignments.build(more)).ok


def test_best_fit_goes_first_and_takes_all_it_can() -> None:
    instance = build_instance(
        [Contractor(lost_hours=10), Contractor(lost_hours=10)],
        [Project(open_hours=(12, 12)), Project(open_hours=(5, 5))],
        [(0, 0, 3, 0), (0, 1, 1, 0), (1, 0, 8, 0), (1, 1, 9, 0)],
    )
    assert plan_best_fit_first(instance).rows() == [(0, 0, 7), (1, 0, 5), (1, 1, 5)]


def test_pin_is_booked_before_a_better_fit() -> None:
    instance = build_instance(
        [Contractor(), Contractor()],
        [Project(seats=1)],
        [(0, 0, 1, 0), (1, 0, 9, 0)],
        pins=[(0, 0, 4)],
    )
    assert plan_best_fit_first(instance).rows() == [(0, 0, 4)]


def test_competing_client_is_passed_over() -> None:
    instance = build_instance(
        [Contractor(lost_hours=10)],
        [Project(client=0, max_hours=4), Project(client=1)],
        [(0, 0, 9, 0), (0, 1, 5, 0)],
        walls=[(0, 1)],
    )
    assert plan_best_fit_first(instance).rows() == [(0, 0, 4)]


def test_days_off_leave_open_hours_for_more() -> None:
    instance = build_instance([Contractor(avail_days=(3, 3))], [Project(open_hours=(3, 3))])
    assert plan_best_fit_first(instance).rows() == [(0, 0, 5)]


def test_budget_is_spent_once() -> None:
    instance = build_instance(
        [Contractor(lost_hours=5), Contractor(lost_hours=5)],
        [Project(budget_cents=13)],
        [(0, 0, 9, 2), (1, 0, 5, 2)],
    )
    assert plan_best_fit_first(instance).rows() == [(0, 0, 5), (1, 0, 1)]
