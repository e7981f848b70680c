"""The optimiser's input of one scenario: the present state, changed only in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.models import Scenario
from app.services.plan_loading import (
    build_pause_request,
    fetch_plan_rows,
    get_settings,
    load_pause_roster,
)
from app.services.policy_roster import apply_policy
from solver.affected import Scope
from solver.request import PlanRequest
from solver.roster import Roster

_NO_PAUSE = 0
"""No pause has this id: what any pause suspended counts as ended, and nothing is pinned."""

_SIBLING = """
    SELECT p.contractor_id, place ->> 0, (place ->> 1)::int
    FROM scenario_people p CROSS JOIN jsonb_array_elements(p.places) AS place
    WHERE p.scenario_id = (
        SELECT min(s.id) FROM scenarios s
        WHERE s.batch = :batch AND s.id < :scenario_id AND s.status = 'succeeded')
    ORDER BY p.contractor_id COLLATE "C", (place ->> 0) COLLATE "C"
"""
"""The places of the batch's first scenario: those that are equal on every goal stay alike, so
that what differs between two scenarios is what their settings ask for."""


def load_scenario_roster(session: Session, scenario: Scenario) -> tuple[Roster, PlanRequest]:
    """Return the roster as the scenario sees it, and the request."""
    pause_id = scenario.pause_id or _NO_PAUSE
    roster = load_pause_roster(session, pause_id, scenario.pause_date)
    request = build_pause_request(session, scenario, pause_id)
    if scenario.pause_id is None:
        request = replace(request, scope=Scope(tuple(scenario.paused_project_ids)))
    keys = {"batch": scenario.batch, "scenario_id": scenario.id}
    sibling = fetch_plan_rows(session, _SIBLING, keys)
    if sibling:
        request = replace(request, baseline=sibling)
    wider = add_demand(roster, scenario.extra_demand)
    return apply_policy(wider, get_settings(scenario)), request


def add_demand(roster: Roster, extra: Sequence[Mapping[str, Any]]) -> Roster:
    """Return the roster with hypothetical hours and seats; budgets grow with the hours."""
    if not extra:
        return roster
    projects = roster.projects
    hours, seats = (
        projects["project_id"].map(_sum(extra, part)).fillna(0).astype("int64")
        for part in ("hours", "seats")
    )
    demand = projects["demand_hours"]
    budgets = [
        budget if pd.isna(budget) or not before else -(-int(budget) * (before + more) // before)
        for budget, before, more in zip(
            projects["weekly_budget_cents"], demand.tolist(), hours.tolist(), strict=True
        )
    ]
    return replace(
        roster,
        projects=projects.assign(
            demand_hours=demand + hours,
            seats=projects["seats"] + seats,
            weekly_budget_cents=pd.array(budgets, dtype="Int64"),
        ),
    )


def _sum(extra: Sequence[Mapping[str, Any]], part: str) -> dict[str, int]:
    """Return what the lines add to each project."""
    total: Counter[str] = Counter()
    for line in extra:
        total[line["project_id"]] += line[part]
    return dict(total)
