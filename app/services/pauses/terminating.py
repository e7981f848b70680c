"""Terminating: the work of a pause never comes back, its people still need places."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.errors import InvalidValue
from app.models import Assignment, PauseProject, Project
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.messages.work_news import list_work, tell_of_changes
from app.services.pauses.pause_endings import end_assignments, lock_places
from app.services.plans.planning import get_open_pause
from app.services.transaction import retried, transaction
from app.services.webhooks.webhook_events import add_pause_event


@dataclass(frozen=True)
class TerminatedPause:
    """What a termination ended."""

    num_ended: int
    num_closed_projects: int


@retried
def terminate_pause(
    session: Session, *, actor: Actor, pause_id: int, comment: str
) -> TerminatedPause:
    """End a pause for good: what it suspended ends, the projects that it held are closed.

    Its people can still be planned, its proposals still be decided. A project that a pause
    of part of the people left open stays open.

    Raises NotFound, InvalidValue without a comment, or Refused (`resumed`, `terminated`).
    """
    require(actor, Permission.PAUSE)
    if not comment.strip():
        raise InvalidValue("comment", comment, "a few words, for the history,")
    with transaction(session):
        lock_places(session, pause_id)
        pause = get_open_pause(session, pause_id)
        before = list_work(session, Assignment.suspended_by_pause_id == pause_id)
        suspended = session.scalars(
            select(Assignment.assignment_id).where(Assignment.suspended_by_pause_id == pause_id)
        ).all()
        end_assignments(session, pause, suspended, for_good=True)
        tell_of_changes(session, pause_id, before)
        add_pause_event(session, "pause.terminated", pause_id)
        held = session.scalars(
            select(PauseProject.project_id).where(
                PauseProject.pause_id == pause_id, PauseProject.open
            )
        ).all()
        session.execute(update(Project).where(Project.project_id.in_(held)).values(status="closed"))
        session.execute(
            update(PauseProject).where(PauseProject.pause_id == pause_id).values(open=False)
        )
        pause.status = "terminated"
        pause.terminated_by = actor.user_id
        pause.terminated_at = session.execute(text("SELECT now()")).scalar_one()
        record(
            session,
            actor=actor,
            action="pause.terminated",
            subject=("pause", pause_id),
            before={"status": "open"},
            after={
                "status": "terminated",
                "comment": comment.strip(),
                "assignments_ended": len(suspended),
                "projects_closed": list(held),
            },
        )
    session.expire_all()
    return TerminatedPause(len(suspended), len(held))
