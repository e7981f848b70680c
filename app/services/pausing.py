"""Pausing: one order, one transaction, however many people it touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import REASON_CLASSES, Client, Pause, PauseProject, Project
from app.services.access import Actor, Permission, require
from app.services.audit import record
from app.services.horizon import MAX_DAYS_AHEAD, MAX_DAYS_BACK, get_pause_date, is_near
from app.services.pause_entries import EntryCut, apply_entry_cuts, find_entry_cuts
from app.services.planning import PlanOptions, queue_run
from app.services.transaction import retried, transaction

_SUSPEND = """
    UPDATE assignments SET status = 'suspended', suspended_by_pause_id = :pause_id,
           version = version + 1
    WHERE project_id = ANY(:project_ids) AND status = 'active'
      AND coalesce(ends_on, 'infinity') >= :pause_date
"""


@dataclass(frozen=True)
class OpenedPause:
    """What opening a pause made: the pause, and the run that plans it.

    num_suspended  assignments suspended
    num_hours_entries_removed  entries of days after the effective time, taken back
    num_hours_entries_cut      entries of its day, lowered to what had passed of it
    """

    pause_id: int
    plan_run_id: int
    num_suspended: int
    num_hours_entries_removed: int
    num_hours_entries_cut: int


@dataclass(frozen=True)
class _PauseScope:
    """The locked projects of a pause, in the order of their ids.

    held  ids of projects that another open pause holds: a client's pause stops those too,
          and takes them over when that one is resumed
    """

    projects: tuple[Project, ...]
    held: frozenset[str]

    @property
    def project_ids(self) -> tuple[str, ...]:
        """The ids of all of them."""
        return tuple(project.project_id for project in self.projects)

    @property
    def stopped(self) -> tuple[str, ...]:
        """The ids of those that only this pause stops."""
        return tuple(
            project.project_id
            for project in self.projects
            if project.status != "closed" and project.project_id not in self.held
        )


@retried
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
    now: datetime | None = None,
) -> OpenedPause:
    """Pause projects, or all open projects of a client, and queue the plan.

    From the effective time no hours can be entered; entries of later time are taken back, and
    the audit trail keeps them. `now` is an instant with its zone, None = this one.

    Raises NotFound, InvalidValue, or Refused (`closed`, `already_paused`, `nothing_to_pause`).
    """
    require(actor, Permission.PAUSE)
    instant = now or datetime.now(UTC)
    _check_order(project_ids, client_id, reason_class)
    _check_time(effective_at, instant)
    with transaction(session):
        scope = _lock_scope(session, project_ids, client_id)
        stopped_ids = list(scope.stopped)
        pause = Pause(
            scope_kind="project" if client_id is None else "client",
            client_id=client_id,
            reason_class=reason_class,
            comment=comment,
            effective_at=effective_at,
            review_by=review_by,
            paused_by=actor.user_id,
        )
        cuts = find_entry_cuts(session, scope.project_ids, effective_at)
        apply_entry_cuts(session, cuts)
        removed = sum(cut.hours_left == 0 for cut in cuts)
        session.add(pause)
        session.flush()
        suspended = _suspend(session, pause, scope)
        record(
            session,
            actor=actor,
            action="pause.opened",
            subject=("pause", pause.id),
            before={"hours_entries": [_describe_entry(cut) for cut in cuts]},
            after={
                "project_ids": stopped_ids,
                "client_id": client_id,
                "effective_at": effective_at,
                "reason_class": reason_class,
                "assignments_suspended": suspended,
                "hours_entries_removed": removed,
                "hours_entries_cut": len(cuts) - removed,
            },
        )
        run_id = queue_run(session, actor=actor, pause=pause, options=options, now=instant)
    opened = OpenedPause(pause.id, run_id, suspended, removed, len(cuts) - removed)
    session.expire_all()
    return opened


def _check_order(project_ids: Sequence[str], client_id: str | None, reason_class: str) -> None:
    if bool(project_ids) == (client_id is not None):
        raise InvalidValue("scope", list(project_ids), "either projects or one client")
    if reason_class not in REASON_CLASSES:
        raise InvalidValue("reason_class", reason_class, "one of " + ", ".join(REASON_CLASSES))


def _check_time(effective_at: datetime, now: datetime) -> None:
    if effective_at.tzinfo is None:
        raise InvalidValue("effective_at", effective_at, "an instant with its zone")
    if not is_near(effective_at, now):
        expected = f"at most {MAX_DAYS_BACK} days back and {MAX_DAYS_AHEAD} days ahead"
        raise InvalidValue("effective_at", effective_at, expected)


def _lock_scope(session: Session, project_ids: Sequence[str], client_id: str | None) -> _PauseScope:
    """Lock the projects to pause, in the order of their ids."""
    inside = (
        Project.project_id.in_(project_ids) if client_id is None else Project.client_id == client_id
    )
    projects = tuple(
        session.scalars(
            select(Project)
            .where(inside)
            .order_by(Project.project_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    )
    held = frozenset(
        session.scalars(select(PauseProject.project_id).where(PauseProject.open.is_(True)))
    )
    scope = _PauseScope(projects, held)
    if client_id is None:
        _refuse_unpausable(scope, project_ids)
        return scope
    if not projects and session.get(Client, client_id) is None:
        raise NotFound("client", client_id)
    if not scope.stopped:
        raise Refused("nothing_to_pause", "This client has no project that could be paused.")
    return scope


def _refuse_unpausable(scope: _PauseScope, project_ids: Sequence[str]) -> None:
    missing = sorted(set(project_ids) - set(scope.project_ids))
    if missing:
        raise NotFound("project", ", ".join(missing))
    for project in scope.projects:
        if project.status == "closed":
            raise Refused("closed", f"{project.codename} is closed: there is no work to pause.")
        if project.project_id in scope.held:
            raise Refused("already_paused", f"{project.codename} is paused already.")


def _suspend(session: Session, pause: Pause, scope: _PauseScope) -> int:
    """Put the projects into the pause, suspend their assignments; return how many."""
    for project in scope.projects:
        if project.status == "closed":
            continue
        is_held = project.project_id in scope.held
        session.add(
            PauseProject(
                pause_id=pause.id,
                project_id=project.project_id,
                previous_status=project.status,
                open=not is_held,
            )
        )
        project.status = "paused"
    session.flush()
    keys = {
        "pause_id": pause.id,
        "project_ids": list(scope.project_ids),
        "pause_date": get_pause_date(pause.effective_at),
    }
    return len(session.execute(text(_SUSPEND + " RETURNING 1"), keys).all())


def _describe_entry(cut: EntryCut) -> dict[str, str]:
    return {
        "assignment_id": cut.assignment_id,
        "work_date": str(cut.work_date),
        "hours": str(cut.hours),
        "hours_left": str(cut.hours_left),
    }
