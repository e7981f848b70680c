"""The optimiser's input of a recall: the roster as it is when a paused project resumes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import Pause, Recall
from app.services.plans.horizon import get_pause_date
from app.services.plans.plan_loading import get_settings, load_scope
from app.services.plans.policy_roster import apply_policy
from app.services.plans.roster_loading import load_roster
from solver.request import PlanRequest
from solver.roster import Roster

_SWITCH_POINTS = 5
_FULL_WEEK_HOURS = 40
_WORKDAYS = 5

_NOWHERE = "-"
"""A country that nobody lives in: the rule on countries then keeps everybody out who is new."""

_ASSIGNMENTS = """
    SELECT a.assignment_id, a.contractor_id, a.project_id, a.hours_per_week, a.starts_on,
           CASE WHEN other.id IS NULL THEN a.ends_on
                ELSE least(a.ends_on, (other.effective_at AT TIME ZONE 'UTC')::date) END,
           a.pay_rate_cents,
           CASE WHEN other.id IS NOT NULL THEN 'ended'
                WHEN a.status = 'suspended' THEN 'active'
                ELSE a.status END
    FROM assignments a
    LEFT JOIN pauses other ON other.id = a.suspended_by_pause_id AND other.id <> :pause_id
    WHERE other.id IS NULL OR a.starts_on <= (other.effective_at AT TIME ZONE 'UTC')::date
    ORDER BY a.assignment_id COLLATE "C"
"""
"""What this pause suspended runs again, what another one suspended ended with that one, and
approved places are work like any other: the recall may move them."""


def load_recall_roster(session: Session, recall: Recall) -> tuple[Roster, PlanRequest]:
    """Return the roster as the recall sees it, and the request."""
    pause = session.get_one(Pause, recall.pause_id)
    settings = get_settings(recall)
    cost = _SWITCH_POINTS * _FULL_WEEK_HOURS * _WORKDAYS * recall.weeks
    rejected = session.execute(text("SELECT contractor_id, project_id FROM rejected_pairs"))
    request = PlanRequest(
        scope=load_scope(session, pause.id),
        pause_date=recall.pause_date,
        policy=replace(settings.aims, switch_cost=max(cost, settings.aims.switch_cost)),
        weeks=recall.weeks,
        rejected=frozenset((who, where) for who, where in rejected),
        paused_since=get_pause_date(pause.effective_at),
    )
    roster = load_roster(session, assignments_query=_ASSIGNMENTS, parameters={"pause_id": pause.id})
    return close_to_newcomers(apply_policy(roster, settings), request), request


def close_to_newcomers(roster: Roster, request: PlanRequest) -> Roster:
    """Return the roster in which nobody new comes to a project outside the recall's scope.

    A recall calls people back and sends nobody elsewhere: the places of today may stay, and
    only hours that others leave there can go to those who stay.
    """
    projects, assignments = roster.projects, roster.assignments
    day = pd.Timestamp(request.pause_date)
    runs = (
        assignments["status"].eq("active")
        & assignments["starts_on"].le(day)
        & (assignments["ends_on"].isna() | assignments["ends_on"].ge(day))
    )
    staffed = assignments[runs].groupby("project_id")["hours_per_week"].sum()
    resumed = projects["project_id"].isin(request.scope.project_ids)
    taken = projects["project_id"].map(staffed).fillna(0).astype("int64")
    return replace(
        roster,
        projects=projects.assign(
            demand_hours=projects["demand_hours"].where(resumed, taken),
            countries=projects["countries"].where(resumed, _NOWHERE),
        ),
    )
