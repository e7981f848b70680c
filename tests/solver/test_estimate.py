"""The quick estimate: a plan that the checker takes, never above the bound, and what is at risk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from solver import estimate as module
from solver.affected import Scope
from solver.at_risk import find_walled_off, list_weeks_at_risk
from solver.build import PlanProblem, build_instance
from solver.checker import check
from solver.estimate import estimate_placements
from solver.model.open_problem import build_open_problem
from solver.policy import PEOPLE_FIRST, Tier
from solver.request import PlanRequest
from solver.result import Assignments
from solver.roster import Roster
from solver.search.group_repair import repair
from tests.factories import Row, make_roster
from tests.solver.markets import markets

PAUSE_DATE = date(2026, 11, 18)


def build(roster: Roster, scope: Scope | None = None) -> PlanProblem:
    return build_instance(roster, PlanRequest(scope or Scope(("P0",)), PAUSE_DATE, PEOPLE_FIRST))


def make_world(*, projects: list[Row], **tables: list[Row]) -> Roster:
    people = ("C1", "C2", "C3")
    return make_roster(
        clients=[{"client_id": "K1"}, {"client_id": "K2"}],
        projects=[{"project_id": "P0"}, *projects],
        contractors=tables.pop("contractors", [{"contractor_id": name} for name in people]),
        assignments=tables.pop(
            "assignments",
            [{"contractor_id": name, "project_id": "P0", "hours_per_week": 20} for name in people],
        ),
        **tables,
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(market=markets())
def test_estimate_is_a_plan_that_the_checker_takes(market: tuple[Roster, PlanRequest]) -> None:
    problem = build_instance(*market)
    open_problem = build_open_problem(problem.instance)
    hours = repair(open_problem, module._fill(open_problem))
    rows = [tuple(row) for row in problem.instance.pins.tolist()]
    used = np.flatnonzero(hours)
    rows += zip(
        open_problem.contractor[used].tolist(),
        open_problem.project[used].tolist(),
        hours[used].tolist(),
        strict=True,
    )
    report = check(problem.instance, Assignments.build(sorted(rows)))
    assert report.ok, [violation.sentence for violation in report.violations]
    estimate = estimate_placements(problem)
    assert int(estimate.covered.sum()) == report.values[Tier.COVERAGE]


def test_estimate_serves_those_first_who_have_least_to_choose() -> None:
    """Ten hours are open to all, ten to C3 alone: best fit first would leave C3 to chance."""
    roster = make_world(
        projects=[
            {"project_id": "P1", "demand_hours": 20, "clearance": 0},
            {"project_id": "P2", "demand_hours": 10, "clearance": 2},
        ],
        contractors=[
            {"contractor_id": "C1", "clearance": 2},
            {"contractor_id": "C2"},
            {"contractor_id": "C3"},
        ],
    )
    estimate = estimate_placements(build(roster))
    assert estimate.covered.tolist() == [True, True, True]
    assert estimate.restored_hours.tolist() == [10, 10, 10]
    assert estimate.lost_hours.tolist() == [20, 20, 20]


def test_estimate_without_any_place_covers_nobody() -> None:
    estimate = estimate_placements(build(make_world(projects=[])))
    assert not estimate.covered.any()
    assert not estimate.restored_hours.any()


def test_estimate_counts_whom_no_floor_asks_for() -> None:
    roster = make_world(projects=[], contractors=[{"contractor_id": "C1", "floor_hours": 0}])
    roster = replace(roster, assignments=roster.assignments.iloc[:1])
    assert estimate_placements(build(roster)).covered.tolist() == [True]


def test_week_at_risk_counts_leave_end_dates_and_currencies() -> None:
    roster = make_world(
        projects=[],
        contractors=[
            {"contractor_id": "C1", "pay_rate_cents": 1001},
            {"contractor_id": "C2", "pay_rate_cents": 2000, "currency": "EUR"},
            {"contractor_id": "C3"},
        ],
        assignments=[
            {"contractor_id": "C1", "project_id": "P0", "hours_per_week": 20},
            {
                "contractor_id": "C2",
                "project_id": "P0",
                "hours_per_week": 10,
                "ends_on": "2026-12-01",
            },
        ],
        time_off=[{"contractor_id": "C1", "starts_on": "2026-11-23", "ends_on": "2026-11-24"}],
    )
    first, second, third, *_ = list_weeks_at_risk(build(roster))
    assert (first.monday, first.num_people, first.hour_days) == (date(2026, 11, 23), 2, 110)
    assert first.cents == (("EUR", 20_000), ("USD", 12_012))
    assert (second.num_people, second.hour_days) == (2, 150)
    assert (third.num_people, third.cents) == (1, (("USD", 20_020),))


def test_week_at_risk_counts_the_people_of_the_scope_alone() -> None:
    problem = build(make_world(projects=[]), Scope(("P0",), frozenset({"C2"})))
    assert [(week.num_people, week.hour_days) for week in list_weeks_at_risk(problem)] == [
        (1, 100)
    ] * 8


@pytest.mark.parametrize(("days", "is_walled"), [(0, False), (90, True)])
def test_walled_off_is_what_a_wall_alone_refuses(days: int, is_walled: bool) -> None:
    roster = make_world(
        projects=[
            {"project_id": "P1", "client_id": "K2"},
            {"project_id": "P2", "client_id": "K2", "clearance": 4},
        ],
        walls=[{"client_id": "K1", "competitor_id": "K2", "cooling_off_days": days}],
    )
    walled = find_walled_off(build(roster))
    assert walled.tolist() == [[False, is_walled, False]] * 3
