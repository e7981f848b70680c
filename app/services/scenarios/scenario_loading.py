"""The optimiser's input of one scenario: the present state, changed only in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.models import Scenario
from app.services.plans.plan_loading import (
    build_pause_request,
    fetch_plan_rows,
    get_settings,
    load_pause_roster,
)
from app.services.plans.policy_roster import apply_policy
from app.services.scenarios.scenario_requests import NewProject, read_new_project
from solver.affected import Scope
from solver.request import PlanRequest
from solver.roster import TABLES, Roster, get_dtype

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
        people = None if scenario.people_ids is None else frozenset(scenario.people_ids)
        scope = Scope(tuple(scenario.paused_project_ids), people)
        request = replace(request, scope=scope)
    keys = {"batch": scenario.batch, "scenario_id": scenario.id}
    sibling = fetch_plan_rows(session, _SIBLING, keys)
    if sibling:
        request = replace(request, baseline=sibling)
    wider = add_demand(roster, scenario.extra_demand)
    wider = add_projects(wider, [read_new_project(kept) for kept in scenario.new_projects])
    wider = leave_out(wider, scenario.left_out_ids)
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


def add_projects(roster: Roster, new: Sequence[NewProject]) -> Roster:
    """Return the roster with projects that do not exist, each of a client of its own."""
    if not new:
        return roster
    projects = [
        {
            **_BLANK_PROJECT,
            "project_id": one.project_id,
            "codename": one.project_id,
            "client_id": one.project_id,
            "demand_hours": one.hours,
            "seats": one.seats,
            "pay_rate_cents": one.pay_rate_cents,
            "currency": one.currency,
        }
        for one in new
    ]
    skills = [
        {"project_id": one.project_id, "skill": skill, "min_level": level, "required": True,
         "weight": 1}
        for one in new
        for skill, level in one.skills
    ]  # fmt: skip
    clients = [{"client_id": one.project_id, "name": one.project_id} for one in new]
    return replace(
        roster,
        clients=_append("clients", roster.clients, clients),
        projects=_append("projects", roster.projects, projects),
        project_skills=_append("project_skills", roster.project_skills, skills),
    )


_BLANK_PROJECT: Mapping[str, Any] = MappingProxyType(
    {
        "status": "open",
        "priority": 3,
        "min_hours": 5,
        "max_hours": 40,
        "clearance": 0,
        "compartments": "",
        "countries": "",
        "min_people": 1,
        "lead_level": 4,
    }
)
"""What is not asked of a new project: the defaults of the data contract; the rest is missing."""


def _append(name: str, frame: pd.DataFrame, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the frame of a table with rows at its end; what they do not name is missing."""
    if not rows:
        return frame
    more = pd.DataFrame(
        {
            column.roster_name: pd.Series(
                [row.get(column.roster_name) for row in rows], dtype=get_dtype(column)
            )
            for column in TABLES[name].columns
        }
    )
    return pd.concat([frame, more], ignore_index=True)


def leave_out(roster: Roster, contractor_ids: Collection[str]) -> Roster:
    """Return the roster in which these people lose nothing and go nowhere; their work stays."""
    if not contractor_ids:
        return roster
    contractors = roster.contractors
    inside = contractors["contractor_id"].isin(set(contractor_ids))
    status = contractors["status"].mask(inside, "inactive")
    return replace(roster, contractors=contractors.assign(status=status))


def _sum(extra: Sequence[Mapping[str, Any]], part: str) -> dict[str, int]:
    """Return what the lines add to each project."""
    total: Counter[str] = Counter()
    for line in extra:
        total[line["project_id"]] += line[part]
    return dict(total)
