"""Timesheets as payroll meets them: approved, reopened, with the hours of each day.

Written as rows, so that tests of the ledger need neither contractors who enter hours nor
managers who approve them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.payroll.pay_periods import create_period
from app.services.payroll.payroll_export import export_period
from tests.app.world import SYSTEM

FIRST, LAST = date(2026, 2, 2), date(2026, 2, 8)
"""The first pay period: a week from Monday to Sunday."""

Hours = Mapping[tuple[str, date], str | Decimal]
"""(assignment, day) -> hours of the week."""

_SHEET = """
    INSERT INTO timesheets (contractor_id, starts_on, ends_on, zone, status)
    VALUES (:contractor_id, :monday, CAST(:monday AS date) + 6, 'UTC', 'open')
    ON CONFLICT (contractor_id, starts_on) DO UPDATE SET version = timesheets.version + 1
    RETURNING id
"""
_ENTER = """
    INSERT INTO hours_entries (timesheet_id, assignment_id, work_date, hours, rate_cents, currency)
    VALUES (:sheet, :assignment_id, :day, :hours, 0, 'USD')
"""
_FIND = "SELECT assignment_id, work_date, hours FROM hours_entries WHERE timesheet_id = :sheet"
_TAKE_BACK = """
    DELETE FROM hours_entries
    WHERE timesheet_id = :sheet AND assignment_id = :assignment_id AND work_date = :day
"""
_APPROVE = """
    UPDATE timesheets SET status = 'approved', approved_version = approved_version + 1
    WHERE id = :sheet
"""
_COPY = """
    INSERT INTO approved_hours (timesheet_id, version, assignment_id, work_date, hours, rate_cents,
        currency)
    SELECT t.id, t.approved_version, h.assignment_id, h.work_date, h.hours, h.rate_cents, h.currency
    FROM hours_entries h JOIN timesheets t ON t.id = h.timesheet_id WHERE t.id = :sheet
"""


def enter(session: Session, contractor_id: str, monday: date, hours: Hours) -> int:
    """Make these the hours of a week, whatever stood there; return the sheet.

    Days that stay as they are, are not written.
    """
    keys = {"contractor_id": contractor_id, "monday": monday}
    sheet: int = session.execute(text(_SHEET), keys).scalar_one()
    found = session.execute(text(_FIND), {"sheet": sheet}).all()
    stored = {(row.assignment_id, row.work_date): row.hours for row in found}
    wanted = {place: Decimal(worked) for place, worked in hours.items()}
    for assignment_id, day in stored.keys() | wanted.keys():
        values = {"sheet": sheet, "assignment_id": assignment_id, "day": day}
        place = (assignment_id, day)
        if stored.get(place) == wanted.get(place):
            continue
        if place in stored:
            session.execute(text(_TAKE_BACK), values)
        if place in wanted:
            session.execute(text(_ENTER), values | {"hours": wanted[place]})
    session.commit()
    return sheet


def approve(session: Session, sheet: int) -> None:
    """Approve what stands on the sheet, under its next version."""
    session.execute(text(_APPROVE), {"sheet": sheet})
    session.execute(text(_COPY), {"sheet": sheet})
    session.commit()


def reopen(session: Session, sheet: int) -> None:
    """Open the sheet for changes; until it is approved again the last version stands."""
    session.execute(
        text("UPDATE timesheets SET status = 'reopened' WHERE id = :sheet"), {"sheet": sheet}
    )
    session.commit()


def approve_day(session: Session, number: int, day: date, hours: str) -> int:
    """Approve a week of contractor and assignment `number` that has hours on one day only."""
    monday = day - timedelta(days=day.weekday())
    sheet = enter(session, f"C{number}", monday, {(f"A{number}", day): hours})
    approve(session, sheet)
    return sheet


def add_period(session: Session, starts_on: date = FIRST, ends_on: date = LAST) -> int:
    """Open a pay period in UTC."""
    return create_period(session, actor=SYSTEM, starts_on=starts_on, ends_on=ends_on, zone="UTC")


def export(session: Session, period_id: int) -> int:
    """Export a period and return the batch."""
    return export_period(session, actor=SYSTEM, period_id=period_id)
