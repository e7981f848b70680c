"""Corrections that the next batch pays as adjustments: hours of a closed period, and rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import String, cast, func, literal, select, text, union_all
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import (
    Assignment,
    Contractor,
    ExportDay,
    HoursCorrection,
    PayRate,
    Project,
    User,
)
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.paging import Page, PageRequest
from app.services.payroll.pay_periods import is_closed_day
from app.services.payroll.payroll_batches import NOBODY
from app.services.transaction import retried, transaction

MAX_REASON = 300
MAX_RATE_CENTS = 100_000_000
_HOURS_A_DAY = Decimal(24)
_DIGITS = 19
"""Of the largest key that the database draws."""

_UNSETTLE = """
    UPDATE timesheets SET settled_version = 0
    WHERE contractor_id = :contractor_id AND ends_on >= :starts_on AND settled_version <> 0
"""


@dataclass(frozen=True)
class CorrectionRow:
    """A correction in the list.

    correction_id  names it, and goes with the time at which it was entered
    kind  `hours` or `rate`
    day   the day corrected, or the first day of the rate
    value hours of the day, or cents an hour
    """

    correction_id: str
    kind: str
    assignment_id: str
    contractor: str
    project_code: str
    day: date
    value: Decimal
    reason: str
    entered_by: str
    entered_at: datetime


@retried
def correct_hours(
    session: Session,
    *,
    actor: Actor,
    assignment_id: str,
    work_date: date,
    hours: Decimal,
    reason: str,
) -> bool:
    """Say what the hours of a day in a closed period should have been; 0 takes them back.

    The next batch pays the difference. Returns whether it says anything new: the same hours
    again change nothing.

    Raises NotFound, InvalidValue, or Refused (`own_work`, `not_closed`, `not_assigned`,
    `day_full`).
    """
    require(actor, Permission.EXPORT_PAYROLL)
    if not hours.is_finite() or not 0 <= hours <= _HOURS_A_DAY or hours != round(hours, 2):
        raise InvalidValue("hours", str(hours), "a number from 0 to 24 with two decimals at most")
    _check_reason(reason)
    with transaction(session):
        assignment = _lock_assignment(session, actor, assignment_id)
        if not is_closed_day(session, work_date):
            raise Refused(
                "not_closed", "The pay period is open: reopen the timesheet of that week instead."
            )
        if work_date < assignment.starts_on or (
            assignment.ends_on is not None and work_date > assignment.ends_on
        ):
            raise Refused("not_assigned", f"{work_date} is outside the assignment.")
        before = _find_correction(session, assignment_id, work_date)
        if before == hours:
            return False
        _check_day(session, assignment, work_date, hours)
        session.add(
            HoursCorrection(
                assignment_id=assignment_id,
                work_date=work_date,
                hours=hours,
                reason=reason,
                entered_by=actor.user_id,
            )
        )
        record(
            session,
            actor=actor,
            action="hours.corrected",
            subject=("assignment", assignment_id),
            before={"work_date": work_date, "hours": before},
            after={"work_date": work_date, "hours": hours, "reason": reason},
        )
    return True


@retried
def correct_rate(
    session: Session,
    *,
    actor: Actor,
    assignment_id: str,
    starts_on: date,
    rate_cents: int,
    reason: str,
    today: date | None = None,
) -> bool:
    """Set what an hour of the assignment pays from a day on, until a later rate begins.

    Batches keep what they hold; the next one pays the difference. Returns whether anything
    changed.

    Raises NotFound, Refused (`own_work`), or InvalidValue; a rate of later days comes with the
    roster, on its day.
    """
    require(actor, Permission.EXPORT_PAYROLL)
    latest = today or datetime.now(UTC).date()
    if not 0 <= rate_cents <= MAX_RATE_CENTS:
        raise InvalidValue("rate", rate_cents, f"0 to {MAX_RATE_CENTS} cents")
    if starts_on > latest:
        raise InvalidValue("starts_on", starts_on, f"{latest} or earlier")
    _check_reason(reason)
    with transaction(session):
        assignment = _lock_assignment(session, actor, assignment_id)
        before = _find_rate(session, assignment_id, starts_on)
        if before == rate_cents:
            return False
        session.add(
            PayRate(
                subject_kind="assignment",
                subject_id=assignment_id,
                starts_on=starts_on,
                rate_cents=rate_cents,
                reason=reason,
                entered_by=actor.user_id,
            )
        )
        session.flush()
        assignment.pay_rate_cents = _find_rate(session, assignment_id, latest)
        assignment.version += 1
        session.execute(
            text(_UNSETTLE),
            {"contractor_id": assignment.contractor_id, "starts_on": starts_on},
        )
        record(
            session,
            actor=actor,
            action="pay_rate.corrected",
            subject=("assignment", assignment_id),
            before={"rate_cents": before},
            after={"rate_cents": rate_cents, "starts_on": starts_on, "reason": reason},
        )
    return True


def list_corrections(session: Session, page: PageRequest) -> Page[CorrectionRow]:
    """Return corrections of hours and rates, the latest first."""
    hours = select(
        literal("hours").label("kind"),
        HoursCorrection.assignment_id,
        HoursCorrection.work_date.label("day"),
        HoursCorrection.hours.label("value"),
        HoursCorrection.reason,
        HoursCorrection.entered_by,
        HoursCorrection.entered_at,
        HoursCorrection.id,
    )
    rates = select(
        literal("rate"),
        PayRate.subject_id,
        PayRate.starts_on,
        PayRate.rate_cents,
        PayRate.reason,
        PayRate.entered_by,
        PayRate.entered_at,
        PayRate.id,
    ).where(PayRate.subject_kind == "assignment", PayRate.reason != "")
    every = union_all(hours, rates).subquery()
    total = session.scalar(select(func.count()).select_from(every)) or 0
    moment = func.to_char(func.timezone("UTC", every.c.entered_at), "YYYYMMDDHH24MISSUS")
    number = func.lpad(cast(every.c.id, String), _DIGITS, "0")
    key = func.concat_ws("-", moment, every.c.kind, number).collate("C")
    statement = (
        select(
            key,
            every.c.kind,
            every.c.assignment_id,
            Contractor.name,
            Project.codename,
            every.c.day,
            every.c.value,
            every.c.reason,
            func.coalesce(User.name, NOBODY),
            every.c.entered_at,
        )
        .join(Assignment, Assignment.assignment_id == every.c.assignment_id)
        .join(Contractor, Contractor.contractor_id == Assignment.contractor_id)
        .join(Project, Project.project_id == Assignment.project_id)
        .outerjoin(User, User.id == every.c.entered_by)
        .order_by(key.desc())
        .offset(page.offset)
        .limit(page.limit)
    )
    if page.after is not None:
        statement = statement.where(key < page.after)
    return Page([CorrectionRow(*row) for row in session.execute(statement)], total)


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > MAX_REASON:
        raise InvalidValue("reason", reason, f"1 to {MAX_REASON} characters that say why")


def _lock_assignment(session: Session, actor: Actor, assignment_id: str) -> Assignment:
    """Lock the contractor before the assignment, the order of every verb; never the actor's own."""
    seen = session.get(Assignment, assignment_id)
    if seen is None:
        raise NotFound("assignment", assignment_id)
    if seen.contractor_id == actor.contractor_id:
        raise Refused("own_work", "Nobody decides on their own hours or rate.")
    session.get_one(Contractor, seen.contractor_id, with_for_update={"key_share": True})
    return session.get_one(
        Assignment, assignment_id, with_for_update={"key_share": True}, populate_existing=True
    )


def _find_correction(session: Session, assignment_id: str, work_date: date) -> Decimal | None:
    return session.scalars(
        select(HoursCorrection.hours)
        .where(
            HoursCorrection.assignment_id == assignment_id, HoursCorrection.work_date == work_date
        )
        .order_by(HoursCorrection.id.desc())
        .limit(1)
    ).one_or_none()


def _check_day(session: Session, assignment: Assignment, work_date: date, hours: Decimal) -> None:
    """A day has 24 hours over all assignments, as batches hold it."""
    held = session.scalar(
        select(func.sum(ExportDay.hours))
        .join(Assignment, Assignment.assignment_id == ExportDay.assignment_id)
        .where(
            Assignment.contractor_id == assignment.contractor_id,
            ExportDay.assignment_id != assignment.assignment_id,
            ExportDay.work_date == work_date,
        )
    )
    total = hours + (held or 0)
    if total > _HOURS_A_DAY:
        raise Refused("day_full", f"{work_date} would have {total} hours in all.")


def _find_rate(session: Session, assignment_id: str, day: date) -> int | None:
    """Return the assignment's own rate of a day, None where it has none."""
    return session.scalars(
        select(PayRate.rate_cents)
        .where(
            PayRate.subject_kind == "assignment",
            PayRate.subject_id == assignment_id,
            PayRate.starts_on <= day,
        )
        .order_by(PayRate.starts_on.desc(), PayRate.id.desc())
        .limit(1)
    ).one_or_none()
