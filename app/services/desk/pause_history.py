"""What happened to a pause: its own events, those of its plans, and the decisions on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import String, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from app.models import AuditEvent, PlanRun, Proposal, Recall, User

MOST_EVENTS = 200
"""How many lines a history has at most; the audit trail has them all."""

_UNDECIDED = ("proposed", "superseded")
"""States of proposals that nobody decided on; all others but rejected ones were approved."""


@dataclass(frozen=True)
class HistoryEvent:
    """One line; `before` and `after` are the audit trail's, `num` counts decisions of a minute."""

    at: datetime
    actor: str
    action: str
    subject_id: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    num: int = 1


def list_pause_history(session: Session, pause_id: int) -> list[HistoryEvent]:
    """Return the latest MOST_EVENTS lines of a pause, the latest first."""
    events = [*_list_events(session, pause_id), *_list_decisions(session, pause_id)]
    return sorted(events, key=lambda event: event.at, reverse=True)[:MOST_EVENTS]


def _list_events(session: Session, pause_id: int) -> list[HistoryEvent]:
    runs = select(cast(PlanRun.id, String)).where(PlanRun.pause_id == pause_id)
    recalls = select(cast(Recall.id, String)).where(Recall.pause_id == pause_id)
    rows = session.execute(
        select(
            AuditEvent.at,
            AuditEvent.actor,
            AuditEvent.action,
            AuditEvent.subject_id,
            AuditEvent.before,
            AuditEvent.after,
        )
        .where(
            or_(
                and_(AuditEvent.subject_kind == "pause", AuditEvent.subject_id == str(pause_id)),
                and_(AuditEvent.subject_kind == "plan_run", AuditEvent.subject_id.in_(runs)),
                and_(AuditEvent.subject_kind == "recall", AuditEvent.subject_id.in_(recalls)),
            )
        )
        .order_by(AuditEvent.id.desc())
        .limit(MOST_EVENTS)
    )
    return [
        HistoryEvent(at, actor, action, subject_id, before or {}, after or {})
        for at, actor, action, subject_id, before, after in rows
    ]


def _list_decisions(session: Session, pause_id: int) -> list[HistoryEvent]:
    """Return the proposals that somebody decided on, together by person, minute and decision."""
    decision = case((Proposal.status == "rejected", "rejected"), else_="approved")
    minute = func.date_trunc("minute", Proposal.decided_at)
    rows = session.execute(
        select(
            func.max(Proposal.decided_at),
            func.coalesce(User.name, "the command line"),
            decision,
            Proposal.plan_run_id,
            func.count(),
        )
        .join(PlanRun, PlanRun.id == Proposal.plan_run_id)
        .outerjoin(User, User.id == Proposal.decided_by)
        .where(PlanRun.pause_id == pause_id, Proposal.status.not_in(_UNDECIDED))
        .group_by(minute, User.name, decision, Proposal.plan_run_id)
        .order_by(func.max(Proposal.decided_at).desc())
        .limit(MOST_EVENTS)
    )
    return [
        HistoryEvent(at, actor, f"proposals.{decision}", str(run_id), num=num)
        for at, actor, decision, run_id, num in rows
        if at is not None
    ]
