"""A resumed project calls its people back: same model, today's places movable at a cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.affected import Scope
from solver.build import PlanProblem, build_instance
from solver.checker import check
from solver.checker_rules import find_rule_violations
from solver.errors import InvalidInput
from solver.policy import CLIENTS_FIRST, PEOPLE_FIRST, Policy
from solver.recall_plan import RecallPlan, make_recall_plan
from solver.request import PlanRequest, PlanRow
from solver.result import Control, SolveLimits
from solver.roster import Roster
from tests.factories import Row, make_roster
from tests.solver.markets import markets

PAUSED = date(2026, 9, 14)
RESUMED = date(2026, 11, 18)
LIMITS = SolveLimits(time_limit_s=60, gap=0.0, workers=1)


def make_world(
    *,
    today: Iterable[Row] = (),
    resumed: Row | None = None,
    contractor: Row | None = None,
    status: str = "paused",
) -> Roster:
    """C1 and C2 worked 40 hours on P0, which was paused; `today` is the work they found since."""
    return make_roster(
        projects=[
            {"project_id": "P0", "status": status, "demand_hours": 80, **(resumed or {})},
            {"project_id": "P1", "demand_hours": 40},
            {"project_id": "P2", "demand_hours": 0},
        ],
        contractors=[
            {"contractor_id": "C1", **(contractor or {})},
            {"contractor_id": "C2"},
            {"contractor_id": "C3"},
        ],
        assignments=[
            {"contractor_id": "C1", "project_id": "P0", "hours_per_week": 40},
            {"contractor_id": "C2", "project_id": "P0", "hours_per_week": 40},
            *({"starts_on": "2026-09-21", **row} for row in today),
        ],
    )


def make_request(policy: Policy = PEOPLE_FIRST, pinned: tuple[PlanRow, ...] = ()) -> PlanRequest:
    return PlanRequest(Scope(("P0",)), RESUMED, policy, pinned=pinned, paused_since=PAUSED)


def build(roster: Roster) -> PlanProblem:
    return build_instance(roster, make_request())


def recall(roster: Roster, policy: Policy = PEOPLE_FIRST, switch_cost: int = 0) -> RecallPlan:
    request = make_request(replace(policy, switch_cost=switch_cost))
    return make_recall_plan(roster, request, LIMITS, Control())


def list_changes(plan: RecallPlan) -> list[tuple[object, ...]]:
    return list(plan.changes.itertuples(index=False, name=None))


ON_P1: Row = {"contractor_id": "C1", "project_id": "P1", "hours_per_week": 20}


def test_people_of_the_resumed_project_are_planned_and_its_demand_is_open() -> None:
    problem = build(make_world(today=[ON_P1]))
    assert problem.instance.contractor_ids == ("C1", "C2")
    assert problem.instance.lost_hours.tolist() == [40, 40]
    assert problem.instance.open_hours[:, 0].tolist() == [80, 40, 0]
    assert problem.today.tolist() == [[0, 1, 20]]
    assert problem.instance.today.tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("row", "is_movable"),
    [
        ({}, True),
        ({"starts_on": "2026-09-14"}, True),
        ({"starts_on": "2026-09-13"}, False),
        ({"ends_on": "2026-11-23"}, True),
        ({"ends_on": "2026-11-22"}, False),
        ({"starts_on": "2026-11-19"}, False),
        ({"status": "ended"}, False),
        ({"contractor_id": "C3"}, False),
    ],
)
def test_only_work_begun_since_the_pause_is_movable(row: Row, is_movable: bool) -> None:
    problem = build(make_world(today=[{**ON_P1, **row}]))
    assert (len(problem.today) == 1) is is_movable


def test_work_begun_before_the_pause_survives() -> None:
    problem = build(make_world(today=[{**ON_P1, "starts_on": "2026-09-01"}]))
    assert problem.instance.open_hours[1, 0] == 20
    assert problem.instance.lost_hours.tolist() == [20, 40]


@pytest.mark.parametrize(
    ("row", "is_recalled"),
    [
        ({}, True),
        ({"ends_on": "2026-11-18"}, True),
        ({"ends_on": "2026-11-17"}, False),
        ({"starts_on": "2026-09-15"}, False),
        ({"status": "ended"}, False),
    ],
)
def test_recalled_are_those_whose_work_the_pause_interrupted(row: Row, is_recalled: bool) -> None:
    roster = make_roster(
        projects=[{"project_id": "P0", "status": "paused"}],
        contractors=[{"contractor_id": "C1"}],
        assignments=[{"contractor_id": "C1", "project_id": "P0", **row}],
    )
    assert (build(roster).affected.num_contractors == 1) is is_recalled


def test_floor_is_never_below_the_hours_of_today() -> None:
    today: list[Row] = [{**ON_P1, "hours_per_week": 30}]
    assert build(make_world(today=today)).affected.floor_hours.tolist() == [30, 20]
    problem = build(make_world(today=today, contractor={"floor_hours": 35}))
    assert problem.affected.floor_hours.tolist() == [35, 20]


def test_places_of_today_are_possible_whatever_the_rules_say() -> None:
    # P2 wants no hours any more and the two together are above C1's week.
    today: list[Row] = [
        {"contractor_id": "C1", "project_id": "P2", "hours_per_week": 25},
        {**ON_P1, "hours_per_week": 25},
    ]
    problem = build(make_world(today=today, contractor={"max_projects": 1, "pay_rate_cents": 1}))
    rows = [tuple(row) for row in problem.today.tolist()]
    plan = make_recall_plan(problem.roster, make_request(), LIMITS, Control()).plan
    assert plan.solution.assignments is not None
    assert rows == [(0, 1, 25), (0, 2, 25)]
    assert check(problem.instance, plan.solution.assignments.build(rows)).ok


def test_people_return_where_it_restores_more() -> None:
    plan = recall(make_world(today=[ON_P1]))
    hours = plan.changes.groupby("contractor_id")["hours_per_week"].sum()
    assert hours.to_dict() == {"C1": 40, "C2": 40}


def test_urgent_project_calls_back_and_borrowers_lose() -> None:
    roster = make_world(today=[{**ON_P1, "hours_per_week": 40}], resumed={"priority": 5})
    plan = recall(roster, switch_cost=10**6)
    assert list_changes(plan) == [
        ("C1", "P0", "returns", 0, 40),
        ("C1", "P1", "leaves", 40, 0),
        ("C2", "P0", "returns", 0, 40),
    ]
    assert plan.list_losses() == {"P1": 40}


@pytest.mark.parametrize(("switch_cost", "returns"), [(0, True), (10**6, False)])
def test_switching_cost_decides_between_equal_hours(switch_cost: int, returns: bool) -> None:
    # P0 fits better, both restore the same hours.
    roster = make_roster(
        projects=[
            {"project_id": "P0", "status": "paused"},
            {"project_id": "P1", "utc_offset": 6.0},
        ],
        contractors=[{"contractor_id": "C1", "utc_offset": 0.0}],
        assignments=[
            {"contractor_id": "C1", "project_id": "P0", "hours_per_week": 20},
            {**ON_P1, "starts_on": "2026-09-21"},
        ],
    )
    changes = recall(roster, switch_cost=switch_cost).changes
    assert ("returns" in set(changes["change"])) is returns


def test_return_may_be_partial() -> None:
    plan = recall(make_world(resumed={"demand_hours": 30}))
    returning = plan.changes[plan.changes["project_id"] == "P0"]
    assert returning["hours_per_week"].sum() == 30
    assert set(returning["change"]) == {"returns"}


def test_nobody_loses_hours_of_today_with_people_first() -> None:
    # P0 is urgent and has room for one: C2 must not push C1 below the hours of today.
    today: list[Row] = [{**ON_P1, "hours_per_week": 30}]
    plan = recall(make_world(today=today, resumed={"demand_hours": 40, "priority": 5}))
    hours = plan.changes.groupby("contractor_id")["hours_per_week"].sum()
    assert hours["C1"] >= 30


def test_result_is_never_below_today() -> None:
    roster = make_world(today=[{**ON_P1, "hours_per_week": 40}])
    problem = build(roster)
    rows = [(one, project, hours) for one, project, hours in problem.today.tolist()]
    for policy in (PEOPLE_FIRST, CLIENTS_FIRST):
        plan = recall(roster, policy).plan
        assert plan.report is not None
        assert plan.solution.assignments is not None
        before = check(problem.instance, plan.solution.assignments.build(rows)).values
        after = plan.report.values
        order = policy.tiers
        assert [after[tier] for tier in order] >= [before[tier] for tier in order]


def test_new_places_alone_are_proposed() -> None:
    plan = recall(make_world(today=[{**ON_P1, "hours_per_week": 40}], resumed={"demand_hours": 40}))
    new = plan.changes[plan.changes["hours_today"] == 0]
    places = ["contractor_id", "project_id", "hours_per_week"]
    assert plan.plan.proposals[places].to_numpy().tolist() == new[places].to_numpy().tolist()


def test_certificate_says_that_it_is_a_recall() -> None:
    horizon = recall(make_world()).plan.certificate["horizon"]
    assert isinstance(horizon, dict)
    assert horizon["paused_since"] == "2026-09-14"
    assert horizon["resumed_on"] == "2026-11-18"
    assert horizon["resumed_projects"] == ["P0"]


@pytest.mark.parametrize("since", [None, RESUMED, RESUMED + timedelta(days=1)])
def test_recall_needs_a_pause_before_it(since: date | None) -> None:
    request = replace(make_request(), paused_since=since)
    with pytest.raises(InvalidInput, match="paused since"):
        make_recall_plan(make_world(), request, LIMITS, Control())


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(market=markets(), days=st.integers(1, 60))
def test_both_writings_of_the_rules_agree_in_a_recall(
    market: tuple[Roster, PlanRequest], days: int
) -> None:
    roster, request = market
    request = replace(request, paused_since=request.pause_date - timedelta(days=days))
    problem = build_instance(roster, request)
    today = {(one, project) for one, project, _ in problem.today.tolist()}
    for one, contractor_id in enumerate(problem.instance.contractor_ids):
        for project, project_id in enumerate(problem.instance.project_ids):
            refused = [row.code for row in problem.eligibility.list_refusals(one, project)]
            pair = (contractor_id, project_id)
            found = find_rule_violations(problem.roster, request, [pair])
            assert [violation.code for violation in found] == refused
            if (one, project) in today:
                assert pair[1] != "P0"
