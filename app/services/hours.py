"""Logging hours: a day on an assignment, refused from a pause's effective time on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import Assignment, Contractor, HoursEntry, PauseProject, Project
from app.services.access import Actor, Permission, require
from app.services.audit import record
from app.services.pause_hours import Place, build_place, find_refusal, list_pauses_of_day
from app.services.pay_rates import get_pay_rate_cents
from app.services.publishing import is_told
from app.services.transaction import retried, transaction

_HOURS_A_DAY = Decimal(24)
_DAYS_A_WEEK = 7


@retried
def log_hours(
    session: Session,
    *,
    actor: Actor,
    assignment_id: str,
    work_date: date,
    hours: Decimal,
    expected: Decimal | None = None,
    now: datetime | None = None,
) -> bool:
    """Set the hours of one day on one of the actor's own assignments; 0 takes them back.

    expected  the hours that the actor saw there, 0 = none; None = whatever stands there
    now       an instant with its zone, None = this one

    Returns whether anything changed: the same hours again change nothing.

    Raises NotFound for somebody else's assignment, InvalidValue, or Refused (`not_assigned`,
    `inactive`, `not_open`, `paused`, `exported`, `changed`, `day_full`, `week_full`).
    """
    require(actor, Permission.LOG_OWN_HOURS)
    _check_hours(hours)
    with transaction(session):
        assignment, project, contractor = _lock_place(session, actor, assignment_id)
        entry = _lock_entry(session, assignment_id, work_date)
        before = None if entry is None else entry.hours
        if entry is not None and entry.export_batch_id is not None:
            raise Refused("exported", f"The hours of {work_date} have gone to payroll.")
        if hours == (before or 0):
            return False
        _check_expected(expected, before or Decimal(0))
        if entry is not None and hours == 0:
            session.delete(entry)
        else:
            place = build_place(session, assignment, contractor, project, now or datetime.now(UTC))
            _check_allowed(session, place, work_date, hours)
            if entry is None:
                entry = HoursEntry(assignment_id=assignment_id, work_date=work_date)
                session.add(entry)
            _fill_entry(entry, actor, place, hours=hours)
        record(
            session,
            actor=actor,
            action="hours.logged" if hours else "hours.taken_back",
            subject=("assignment", assignment_id),
            before={"work_date": work_date, "hours": before},
            after={"work_date": work_date, "hours": hours},
        )
    return True


def _check_hours(hours: Decimal) -> None:
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


def _lock_entry(session: Session, assignment_id: str, work_date: date) -> HoursEntry | None:
    return session.scalars(
        select(HoursEntry)
        .where(HoursEntry.assignment_id == assignment_id, HoursEntry.work_date == work_date)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _check_expected(expected: Decimal | None, stored: Decimal) -> None:
    """Refuse to overwrite hours that came, or that a pause cut, since the actor looked."""
    if expected is not None and expected != stored:
        raise Refused(
            "changed",
            f"{stored.normalize():f} h stand there since you opened the page; look again.",
        )


def _check_allowed(session: Session, place: Place, work_date: date, hours: Decimal) -> None:
    beside = _sum_beside(session, place, work_date)
    refusal = find_refusal(place, work_date, hours, beside=beside)
    if refusal is not None:
        raise Refused(refusal.code, refusal.sentence)
    _check_totals(session, place.contractor, place.assignment.assignment_id, work_date, hours)


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
    session: Session, contractor: Contractor, assignment_id: str, work_date: date, hours: Decimal
) -> None:
    """A day has 24 hours, a week the contractor's most, over all assignments."""
    monday = work_date - timedelta(days=work_date.weekday())
    sunday = monday + timedelta(days=_DAYS_A_WEEK - 1)
    others = session.execute(
        select(HoursEntry.assignment_id, HoursEntry.work_date, HoursEntry.hours)
        .join(Assignment, Assignment.assignment_id == HoursEntry.assignment_id)
        .where(
            Assignment.contractor_id == contractor.contractor_id,
            HoursEntry.work_date.between(monday, sunday),
        )
    ).all()
    rest = [row for row in others if (row[0], row[1]) != (assignment_id, work_date)]
    in_day = sum((row[2] for row in rest if row[1] == work_date), hours)
    if in_day > _HOURS_A_DAY:
        raise Refused("day_full", f"{work_date} would have {in_day} hours in all.")
    in_week = sum((row[2] for row in rest), hours)
    if in_week > contractor.max_weekly_hours:
        raise Refused(
            "week_full",
            f"The week of {monday} would have {in_week} hours; "
            f"{contractor.max_weekly_hours} are the most.",
        )


def _fill_entry(entry: HoursEntry, actor: Actor, place: Place, *, hours: Decimal) -> None:
    entry.hours = hours
    entry.rate_cents = get_pay_rate_cents(place.assignment, place.project, place.contractor)
    entry.currency = place.contractor.currency
    entry.entered_by = actor.user_id
