"""Pausing: one order, one transaction, however many people it touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import InvalidValue
from app.models import REASON_CLASSES, Pause, PauseProject
from app.services.access.access import Actor, Permission, require
from app.services.access.client_scopes import check_projects
from app.services.auditing.audit import record
from app.services.messages.work_news import tell_of_pause
from app.services.pauses.access_items import add_access_items
from app.services.pauses.pause_entries import EntryCut, apply_entry_cuts, find_entry_cuts
from app.services.pauses.pause_scope import (
    EVERYBODY,
    PauseScope,
    PeopleScope,
    check_people,
    find_people,
    read_scope,
)
from app.services.plans.horizon import MAX_DAYS_AHEAD, MAX_DAYS_BACK, get_pause_date, is_near
from app.services.plans.planning import PlanOptions, queue_run
from app.services.transaction import retried, transaction
from app.services.webhooks.webhook_news import tell_paused

_SUSPEND = """
    UPDATE assignments SET status = 'suspended', suspended_by_pause_id = :pause_id,
           version = version + 1
    WHERE project_id = ANY(:project_ids) AND status = 'active'
      AND coalesce(ends_on, 'infinity') >= :pause_date
      AND (CAST(:people_ids AS text[]) IS NULL OR contractor_id = ANY(:people_ids))
"""

_NAME_PEOPLE = """
    INSERT INTO pause_people (pause_id, contractor_id)
    SELECT :pause_id, unnest(CAST(:people_ids AS text[]))
"""

REVIEW_AFTER = timedelta(days=14)
"""When a pause is to be reviewed unless its order says otherwise: none just lingers."""


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


@retried
def open_pause(
    session: Session,
    *,
    actor: Actor,
    project_ids: Sequence[str] = (),
    client_id: str | None = None,
    people: PeopleScope = EVERYBODY,
    effective_at: datetime,
    zone: str = "UTC",
    reason_class: str,
    comment: str = "",
    review_by: date | None = None,
    late_hours_until: datetime | None = None,
    options: PlanOptions,
    now: datetime | None = None,
) -> OpenedPause:
    """Pause projects, or all open projects of a client, and queue the plan.

    From the effective time no hours can be entered; entries of later time are taken back, and
    the audit trail keeps them. A pause of part of the `people` leaves its projects open.

    zone              the IANA zone in which people say the effective time
    review_by         None = REVIEW_AFTER from the effective day
    late_hours_until  last moment at which hours of before the pause can be entered, None = no end
    now               an instant with its zone, None = this one

    Raises NotFound, InvalidValue, or Refused (`closed`, `already_paused`, `nothing_to_pause`,
    `nobody`).
    """
    require(actor, Permission.PAUSE)
    instant = now or datetime.now(UTC)
    _check_order(project_ids, client_id, reason_class)
    check_people(people)
    _check_time(effective_at, instant, zone, late_hours_until)
    with transaction(session):
        check_projects(session, actor.client_ids, project_ids, client_id)
        scope = read_scope(session, project_ids, client_id, lock=True)
        stopped_ids = list(scope.stopped)
        pause_date = get_pause_date(effective_at)
        people_ids = find_people(session, people, scope.project_ids, pause_date, actor.client_ids)
        pause = Pause(
            scope_kind="project" if client_id is None else "client",
            client_id=client_id,
            reason_class=reason_class,
            comment=comment,
            effective_at=effective_at,
            zone=zone,
            people_kind=people.kind,
            people_values=list(people.values),
            late_hours_until=late_hours_until,
            review_by=review_by or pause_date + REVIEW_AFTER,
            paused_by=actor.user_id,
        )
        cuts = find_entry_cuts(session, scope.project_ids, effective_at, people_ids)
        apply_entry_cuts(session, actor, cuts)
        removed = sum(cut.hours_left == 0 for cut in cuts)
        session.add(pause)
        session.flush()
        suspended = _suspend(session, pause, scope, people_ids)
        num_access = add_access_items(session, pause.id, pause_date)
        tell_of_pause(session, pause, cuts)
        tell_paused(session, pause, suspended)
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
                "zone": zone,
                "reason_class": reason_class,
                "people_kind": people.kind,
                "people": None if people_ids is None else len(people_ids),
                "review_by": pause.review_by,
                "late_hours_until": late_hours_until,
                "assignments_suspended": suspended,
                "access_items": num_access,
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


def _check_time(
    effective_at: datetime, now: datetime, zone: str, late_hours_until: datetime | None
) -> None:
    if effective_at.tzinfo is None:
        raise InvalidValue("effective_at", effective_at, "an instant with its zone")
    if not is_near(effective_at, now):
        expected = f"at most {MAX_DAYS_BACK} days back and {MAX_DAYS_AHEAD} days ahead"
        raise InvalidValue("effective_at", effective_at, expected)
    if zone not in available_timezones():
        raise InvalidValue("zone", zone, "the name of a time zone, such as Europe/Berlin,")
    if late_hours_until is not None and late_hours_until < effective_at:
        raise InvalidValue("late_hours_until", late_hours_until, "no earlier than the pause")


def _suspend(
    session: Session, pause: Pause, scope: PauseScope, people_ids: Sequence[str] | None
) -> int:
    """Put the projects into the pause, suspend their assignments; return how many."""
    for project in scope.projects:
        is_held = project.project_id in scope.held
        if project.status == "closed" or (is_held and people_ids is not None):
            continue
        session.add(
            PauseProject(
                pause_id=pause.id,
                project_id=project.project_id,
                previous_status=project.status,
                open=not is_held and people_ids is None,
            )
        )
        if people_ids is None:
            project.status = "paused"
    session.flush()
    keys = {
        "pause_id": pause.id,
        "project_ids": list(scope.project_ids),
        "pause_date": get_pause_date(pause.effective_at),
        "people_ids": people_ids,
    }
    if people_ids is not None:
        session.execute(text(_NAME_PEOPLE), keys)
    return len(session.execute(text(_SUSPEND + " RETURNING 1"), keys).all())


def _describe_entry(cut: EntryCut) -> dict[str, str]:
    return {
        "assignment_id": cut.assignment_id,
        "work_date": str(cut.work_date),
        "hours": str(cut.hours),
        "hours_left": str(cut.hours_left),
    }
