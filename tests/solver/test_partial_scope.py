"""A pause of part of the people: only their work stops, and none of them comes back to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.affected import Scope, build_affected, build_horizon
from solver.build import build_instance
from solver.checker_rules import find_rule_violations
from solver.planning import make_plan
from solver.policy import PEOPLE_FIRST
from solver.request import PlanRequest
from solver.result import Control, SolveLimits
from solver.roster import Roster
from tests.factories import make_roster
from tests.solver.markets import markets
from tests.solver.pairs import PAUSE_DATE

ROSTER = make_roster(
    projects=[{"project_id": "P0", "demand_hours": 90}, {"project_id": "P1", "demand_hours": 40}],
    contractors=[{"contractor_id": name} for name in ("C1", "C2", "C3")],
    assignments=[
        {"contractor_id": name, "project_id": "P0", "hours_per_week": 20}
        for name in ("C1", "C2", "C3")
    ],
)


def scope(*contractor_ids: str) -> Scope:
    return Scope(("P0",), frozenset(contractor_ids))


@pytest.mark.parametrize(
    ("people", "affected"),
    [(("C2",), ("C2",)), (("C3", "C1"), ("C1", "C3")), (("C9",), ()), ((), ())],
)
def test_only_the_people_of_the_scope_lose_hours(
    people: tuple[str, ...], affected: tuple[str, ...]
) -> None:
    found = build_affected(ROSTER, scope(*people), PAUSE_DATE, build_horizon(PAUSE_DATE))
    assert found.contractor_ids == affected
    assert found.total_lost_hours == 20 * len(affected)


def test_those_who_go_on_keep_their_hours_and_nobody_returns() -> None:
    request = PlanRequest(scope("C1"), PAUSE_DATE, PEOPLE_FIRST)
    problem = build_instance(ROSTER, request)
    assert problem.instance.open_hours[0].tolist() == [50] * 8
    plan = make_plan(ROSTER, request, SolveLimits(time_limit_s=20, workers=1), Control())
    assert plan.proposals["contractor_id"].tolist() == ["C1"]
    assert plan.proposals["project_id"].tolist() == ["P1"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(market=markets(), days=st.none() | st.integers(1, 60), data=st.data())
def test_both_writings_of_the_rules_agree(
    market: tuple[Roster, PlanRequest], days: int | None, data: st.DataObject
) -> None:
    roster, request = market
    people = data.draw(st.frozensets(st.sampled_from(roster.contractors["contractor_id"].tolist())))
    since = None if days is None else request.pause_date - timedelta(days=days)
    request = replace(
        request, scope=replace(request.scope, contractor_ids=people), paused_since=since
    )
    problem = build_instance(roster, request)
    assert set(problem.instance.contractor_ids) <= people
    for one, contractor_id in enumerate(problem.instance.contractor_ids):
        for project, project_id in enumerate(problem.instance.project_ids):
            refused = [row.code for row in problem.eligibility.list_refusals(one, project)]
            found = find_rule_violations(problem.roster, request, [(contractor_id, project_id)])
            assert [violation.code for violation in found] == refused
