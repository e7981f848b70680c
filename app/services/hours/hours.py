"""Logging hours: a day on an assignment, refused from a pause's effective time on.

A day without an entry is missing; 0 hours are an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import Assignment, Contractor, HoursEntry, PauseProject, Project, Timesheet
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.hours.pause_hours import (
    Place,
    build_place,
    count_open_hours,
    find_late_pause,
    find_refusal,
    list_pauses_of_day,
)
from app.services.hours.timesheet_rows import lock_sheet_of_day
from app.services.offers.publishing import is_told
from app.services.payroll.pay_periods import CLOSED_SENTENCE, is_closed_day
from app.services.payroll.pay_rates import get_pay_rate_cents
from app.services.transaction import retried, transaction

_HOURS_A_DAY = Decimal(24)


EDITABLE = frozenset({"open", "rejected", "reopened"})
"""Statuses of a sheet whose hours can be changed."""


@dataclass(frozen=True)
class Shown:
    """The hours that a page showed on a day, None = none."""

    hours: Decimal | None


@retried
def log_hours(
    session: Session,
    *,
    actor: Actor,
    assignment_id: str,
    work_date: date,
    hours: Decimal | None,
    shown: Shown | None = None,
    now: datetime | None = None,
) -> bool:
    """Set the hours of one day on one of the actor's own assignments.

    hours  None takes them back: the day is missing again
    shown  what the actor saw there; None = whatever stands there
    now    an instant with its zone, None = this one

    Returns whether anything changed: the same hours again change nothing.

    Raises NotFound for somebody else's assignment, InvalidValue, or Refused (`not_assigned`,
    `inactive`, `not_open`, `paused`, `future`, `too_late`, `period_closed`, `sheet_closed`,
    `changed`, `day_full`, `week_full`).
    """
    require(actor, Permission.LOG_OWN_HOURS)
    _check_hours(hours)
    with transaction(session):
        assignment, project, contractor = _lock_place(session, actor, assignment_id)
        sheet = lock_sheet_of_day(session, contractor, work_date)
        entry = _find_entry(session, assignment_id, work_date)
        before = None if entry is None else entry.hours
        if hours == before:
            return False
        _check_sheet(session, sheet, work_date)
        _check_shown(shown, before)
        if entry is not None and hours is None:
            session.delete(entry)
        elif hours is not None:
            place = build_place(
                session,
                assignment,
                contractor,
                project,
                zone=sheet.zone,
                now=now or datetime.now(UTC),
            )
            _check_allowed(session, place, sheet, work_date, hours)
            _store(session, sheet, entry, place, actor=actor, work_date=work_date, hours=hours)
        sheet.version += 1
        record(
            session,
            actor=actor,
            action="hours.taken_back" if hours is None else "hours.logged",
            subject=("assignment", assignment_id),
            before={"work_date": work_date, "hours": before},
            after={"work_date": work_date, "hours": hours},
        )
    return True


def _check_hours(hours: Decimal | None) -> None:
    if hours is None:
        return
    if not hours.is_finite() or not 0 <= hours <= _HOURS_A_DAY or hours != round(hours, 2):
        raise InvalidValue("hours", str(hours), "a number from 0 to 24 with two decimals at most")


def _lock_place(
    session: Session, actor: Actor, assignment_id: str
) -> tuple[Assignment, Project, Contractor]:
    """Lock what decides on the hours: a pause waits for us, or we for it.

    The order is that of every other lock: project, contractor, assignment. The contractor's
    row is locked for itself, so that two entries cannot fill one day beyond its limit.
    """
    seen = session.get(Assignment, assignment_id)
    if seen is None or actor.contractor_id is None or seen.contractor_id != actor.contractor_id:
        raise NotFound("assignment", assignment_id)
    if not is_told(session, seen):
        raise NotFound("assignment", assignment_id)
    project = session.get_one(
        Project, seen.project_id, with_for_update={"read": True}, populate_existing=True
    )
    contractor = session.get_one(
        Contractor, seen.contractor_id, with_for_update={"key_share": True}, populate_existing=True
    )
    assignment = session.get_one(
        Assignment, assignment_id, with_for_update={"read": True}, populate_existing=True
    )
    # An acceptance may have been undone while we waited for the locks.
    if not is_told(session, assignment):
        raise NotFound("assignment", assignment_id)
    return assignment, project, contractor


def _find_entry(session: Session, assignment_id: str, work_date: date) -> HoursEntry | None:
    return session.scalars(
        select(HoursEntry)
        .where(HoursEntry.assignment_id == assignment_id, HoursEntry.work_date == work_date)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _check_sheet(session: Session, sheet: Timesheet, work_date: date) -> None:
    if is_closed_day(session, work_date):
        raise Refused("period_closed", CLOSED_SENTENCE)
    if sheet.status not in EDITABLE:
        week = f"The week from {sheet.starts_on} to {sheet.ends_on}"
        raise Refused("sheet_closed", f"{week} is {sheet.status}: its hours can't change.")


def _check_shown(shown: Shown | None, stored: Decimal | None) -> None:
    """Refuse to overwrite hours that came, or that a pause cut, since the actor looked."""
    if shown is not None and shown.hours != stored:
        there = "nothing stands" if stored is None else f"{stored.normalize():f} h stand"
        raise Refused("changed", f"Since you opened the page {there} there; look again.")


def _check_allowed(
    session: Session, place: Place, sheet: Timesheet, work_date: date, hours: Decimal
) -> None:
    beside = _sum_beside(session, place, work_date)
    refusal = find_refusal(place, work_date, hours, beside=beside)
    if refusal is not None:
        raise Refused(refusal.code, refusal.sentence)
    _check_totals(session, place, sheet, work_date, hours)


def _sum_beside(session: Session, place: Place, work_date: date) -> Decimal:
    """Add up the person's hours of the day on other projects of the pauses that cut it."""
    pauses = [pause.pause_id for pause in list_pauses_of_day(place, work_date)]
    if not pauses:
        return Decimal(0)
    paused = select(PauseProject.project_id).where(PauseProject.pause_id.in_(pauses))
    total = session.scalar(
        select(func.sum(HoursEntry.hours))
        .join(Assignment, Assignment.assignment_id == HoursEntry.assignment_id)
        .where(
            Assignment.contractor_id == place.contractor.contractor_id,
            Assignment.assignment_id != place.assignment.assignment_id,
            Assignment.project_id.in_(paused),
            HoursEntry.work_date == work_date,
        )
    )
    return total or Decimal(0)


def _check_totals(
    session: Session, place: Place, sheet: Timesheet, work_date: date, hours: Decimal
) -> None:
    """A day has its hours, a week the contractor's most, over all assignments."""
    stored = session.execute(
        select(HoursEntry.assignment_id, HoursEntry.work_date, HoursEntry.hours).where(
            HoursEntry.timesheet_id == sheet.id
        )
    ).all()
    cell = (place.assignment.assignment_id, work_date)
    rest = [row for row in stored if (row.assignment_id, row.work_date) != cell]
    in_day = sum((row.hours for row in rest if row.work_date == work_date), hours)
    length = count_open_hours(work_date, sheet.zone, ())
    if in_day > length:
        raise Refused(
            "day_full",
            f"{work_date} would have {in_day} hours in all; it has {length.normalize():f}.",
        )
    in_week = sum((row.hours for row in rest), hours)
    most = place.contractor.max_weekly_hours
    if hours and in_week > most:
        raise Refused(
            "week_full",
            f"The week of {sheet.starts_on} would have {in_week} hours; {most} are the most.",
        )


def _store(
    session: Session,
    sheet: Timesheet,
    entry: HoursEntry | None,
    place: Place,
    *,
    actor: Actor,
    work_date: date,
    hours: Decimal,
) -> None:
    if entry is None:
        entry = HoursEntry(
            timesheet_id=sheet.id,
            assignment_id=place.assignment.assignment_id,
            work_date=work_date,
        )
        session.add(entry)
    late = find_late_pause(place, work_date)
    entry.hours = hours
    entry.rate_cents = get_pay_rate_cents(place.assignment, place.project, place.contractor)
    entry.currency = place.contractor.currency
    entry.entered_by = actor.user_id
    entry.late_pause_id = None if late is None else late.pause_id
