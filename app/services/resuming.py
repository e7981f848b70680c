"""Resuming: the pause ends, work goes on where it still can."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import PauseProject, PlanRun, Project
from app.services.access import Actor, Permission, require
from app.services.audit import record
from app.services.horizon import get_pause_date
from app.services.planning import UNFINISHED, cancel_or_stop, get_open_pause
from app.services.transaction import transaction

_END_WHO_MOVED_ON = """
    UPDATE assignments a SET status = 'ended', suspended_by_pause_id = NULL,
           ends_on = greatest(a.starts_on, least(a.ends_on, :pause_date)),
           version = a.version + 1
    FROM contractors c
    WHERE a.suspended_by_pause_id = :pause_id AND c.contractor_id = a.contractor_id
      AND (c.status <> 'active' OR a.ends_on < :today OR c.max_weekly_hours < (
          SELECT sum(o.hours_per_week) FROM assignments o
          WHERE o.contractor_id = a.contractor_id AND coalesce(o.ends_on, 'infinity') >= :today
            AND (o.status = 'active' OR o.suspended_by_pause_id = :pause_id)
      ))
"""

_RESTORE = """
    UPDATE assignments SET status = 'active', suspended_by_pause_id = NULL,
           version = version + 1
    WHERE suspended_by_pause_id = :pause_id
"""

_REOPEN_PROJECTS = """
    UPDATE projects p SET status = s.previous_status
    FROM pause_projects s WHERE s.project_id = p.project_id AND s.pause_id = :pause_id
"""

_SUPERSEDE = """
    UPDATE proposals SET status = 'superseded', version = version + 1
    WHERE status = 'proposed'
      AND plan_run_id IN (SELECT id FROM plan_runs WHERE pause_id = :pause_id)
"""


@dataclass(frozen=True)
class ResumedPause:
    """What a resume did with the assignments that the pause had suspended.

    num_restored  active again
    num_ended     ended with the pause: the contractor has no room left or is inactive, or
                  the assignment is over by now
    """

    num_restored: int
    num_ended: int


def resume_pause(session: Session, *, actor: Actor, pause_id: int, today: date) -> ResumedPause:
    """End a pause: its projects reopen, its assignments are active again where still valid.

    Proposals not yet decided are superseded, an unfinished plan is cancelled; what was
    approved stays.

    Raises NotFound, or Refused (`resumed`).
    """
    require(actor, Permission.PAUSE)
    with transaction(session):
        _lock_projects_of(session, pause_id)
        pause = get_open_pause(session, pause_id)
        keys = {
            "pause_id": pause_id,
            "today": today,
            "pause_date": get_pause_date(pause.effective_at),
        }
        ended = len(session.execute(text(_END_WHO_MOVED_ON + " RETURNING 1"), keys).all())
        restored = len(session.execute(text(_RESTORE + " RETURNING 1"), keys).all())
        session.execute(text(_REOPEN_PROJECTS), keys)
        session.execute(text(_SUPERSEDE), keys)
        session.execute(
            text("UPDATE pause_projects SET open = false WHERE pause_id = :pause_id"), keys
        )
        unfinished = select(PlanRun).where(
            PlanRun.pause_id == pause_id, PlanRun.status.in_(UNFINISHED)
        )
        for run in session.scalars(unfinished.with_for_update()):
            cancel_or_stop(run, keep=False)
        pause.status = "resumed"
        pause.resumed_by = actor.user_id
        pause.resumed_at = session.execute(text("SELECT now()")).scalar_one()
        record(
            session,
            actor=actor,
            action="pause.resumed",
            subject=("pause", pause_id),
            before={"status": "open"},
            after={
                "status": "resumed",
                "assignments_restored": restored,
                "assignments_ended": ended,
            },
        )
    session.expire_all()
    return ResumedPause(restored, ended)


def _lock_projects_of(session: Session, pause_id: int) -> None:
    """Lock a pause's projects before the pause itself: the order of every other lock."""
    session.execute(
        select(Project.project_id)
        .join(PauseProject, PauseProject.project_id == Project.project_id)
        .where(PauseProject.pause_id == pause_id)
        .order_by(Project.project_id)
        .with_for_update(of=Project)
    ).all()
