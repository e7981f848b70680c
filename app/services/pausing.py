"""Pausing and resuming: one order, one transaction, however many people it touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import REASON_CLASSES, Client, Pause, PauseProject, PlanRun, Project
from app.services.access import Actor, Permission, require
from app.services.audit import record
from app.services.horizon import get_pause_date
from app.services.planning import (
    UNFINISHED,
    PlanOptions,
    cancel_or_stop,
    get_open_pause,
    queue_run,
)
from app.services.transaction import transaction

_SUSPEND = """
    UPDATE assignments SET status = 'suspended', suspended_by_pause_id = :pause_id,
           version = version + 1
    WHERE project_id = ANY(:project_ids) AND status = 'active'
      AND coalesce(ends_on, 'infinity') >= :pause_date
"""

_TAKE_BACK_LATER_HOURS = """
    DELETE FROM hours_entries h USING assignments a, projects p
    WHERE a.assignment_id = h.assignment_id AND p.project_id = a.project_id
      AND p.project_id = ANY(:project_ids) AND h.export_batch_id IS NULL
      AND h.work_date > ((:effective_at AT TIME ZONE 'UTC')
                         + coalesce(p.utc_offset, 0) * interval '1 hour')::date
"""

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
class OpenedPause:
    """What opening a pause made: the pause, and the run that plans it.

    num_suspended  assignments suspended
    num_hours_entries_removed  entries of days after the effective time, taken back
    """

    pause_id: int
    plan_run_id: int
    num_suspended: int
    num_hours_entries_removed: int


@dataclass(frozen=True)
class ResumedPause:
    """What a resume did with the assignments that the pause had suspended.

    num_restored  active again
    num_ended     ended with the pause: the contractor has no room left or is inactive, or
                  the assignment is over by now
    """

    num_restored: int
    num_ended: int


def open_pause(
    session: Session,
    *,
    actor: Actor,
    project_ids: Sequence[str] = (),
    client_id: str | None = None,
    effective_at: datetime,
    reason_class: str,
    comment: str = "",
    review_by: date | None = None,
    options: PlanOptions,
) -> OpenedPause:
    """Pause projects, or all open projects of a client, and queue the plan.

    From the effective time no hours can be entered; entries of later days are taken back.

    Raises NotFound, InvalidValue, or Refused (`closed`, `already_paused`, `nothing_to_pause`).
    """
    require(actor, Permission.PAUSE)
    _check_order(project_ids, client_id, effective_at, reason_class)
    with transaction(session):
        projects = _lock_scope(session, project_ids, client_id)
        pause = Pause(
            scope_kind="project" if client_id is None else "client",
            client_id=client_id,
            reason_class=reason_class,
            comment=comment,
            effective_at=effective_at,
            review_by=review_by,
            paused_by=actor.user_id,
        )
        session.add(pause)
        session.flush()
        suspended, removed = _stop_work(session, pause, projects)
        record(
            session,
            actor=actor,
            action="pause.opened",
            subject=("pause", pause.id),
            after={
                "project_ids": [project.project_id for project in projects],
                "client_id": client_id,
                "effective_at": effective_at,
                "reason_class": reason_class,
                "assignments_suspended": suspended,
                "hours_entries_removed": removed,
            },
        )
        run_id = queue_run(session, actor=actor, pause=pause, options=options)
    return OpenedPause(pause.id, run_id, suspended, removed)


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


def _check_order(
    project_ids: Sequence[str], client_id: str | None, effective_at: datetime, reason_class: str
) -> None:
    if bool(project_ids) == (client_id is not None):
        raise InvalidValue("scope", list(project_ids), "either projects or one client")
    if effective_at.tzinfo is None:
        raise InvalidValue("effective_at", effective_at, "an instant with its zone")
    if reason_class not in REASON_CLASSES:
        raise InvalidValue("reason_class", reason_class, "one of " + ", ".join(REASON_CLASSES))


def _lock_scope(
    session: Session, project_ids: Sequence[str], client_id: str | None
) -> list[Project]:
    """Lock and return the projects to pause, in the order of their ids."""
    inside = (
        Project.project_id.in_(project_ids) if client_id is None else Project.client_id == client_id
    )
    projects = list(
        session.scalars(
            select(Project)
            .where(inside)
            .order_by(Project.project_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    already = set(
        session.scalars(select(PauseProject.project_id).where(PauseProject.open.is_(True)))
    )
    if client_id is None:
        _refuse_unpausable(projects, project_ids, already)
        return projects
    if not projects and session.get(Client, client_id) is None:
        raise NotFound("client", client_id)
    free = [
        project
        for project in projects
        if project.status != "closed" and project.project_id not in already
    ]
    if not free:
        raise Refused("nothing_to_pause", "This client has no project that could be paused.")
    return free


def _refuse_unpausable(
    projects: list[Project], project_ids: Sequence[str], already: set[str]
) -> None:
    missing = sorted(set(project_ids) - {project.project_id for project in projects})
    if missing:
        raise NotFound("project", ", ".join(missing))
    for project in projects:
        if project.status == "closed":
            raise Refused("closed", f"{project.codename} is closed: there is no work to pause.")
        if project.project_id in already:
            raise Refused("already_paused", f"{project.codename} is paused already.")


def _stop_work(session: Session, pause: Pause, projects: list[Project]) -> tuple[int, int]:
    """Suspend the assignments, take back later hours; return how many of each."""
    for project in projects:
        session.add(
            PauseProject(
                pause_id=pause.id, project_id=project.project_id, previous_status=project.status
            )
        )
        project.status = "paused"
    session.flush()
    keys = {
        "pause_id": pause.id,
        "project_ids": [project.project_id for project in projects],
        "effective_at": pause.effective_at,
        "pause_date": get_pause_date(pause.effective_at),
    }
    suspended = len(session.execute(text(_SUSPEND + " RETURNING 1"), keys).all())
    removed = len(session.execute(text(_TAKE_BACK_LATER_HOURS + " RETURNING 1"), keys).all())
    return suspended, removed


def _lock_projects_of(session: Session, pause_id: int) -> None:
    """Lock a pause's projects before the pause itself: the order of every other lock."""
    session.execute(
        select(Project.project_id)
        .join(PauseProject, PauseProject.project_id == Project.project_id)
        .where(PauseProject.pause_id == pause_id)
        .order_by(Project.project_id)
        .with_for_update(of=Project)
    ).all()
