"""One week of one person as managers and payroll see it, with its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import AuditEvent, Contractor, Timesheet
from app.services.hours.timesheets import HoursWeek, find_week


@dataclass(frozen=True)
class SheetEvent:
    """One step in the history of a sheet; `after` as the audit trail keeps it."""

    action: str
    actor: str
    at: datetime
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Sheet:
    """A sheet with its hours; `history` begins with the latest step."""

    timesheet_id: int
    contractor: str
    approved_version: int
    week: HoursWeek
    history: tuple[SheetEvent, ...]


def get_sheet(session: Session, timesheet_id: int, *, now: datetime | None = None) -> Sheet:
    """Return a sheet; `now` is an instant with its zone, None = this one. Raises NotFound."""
    row = session.execute(
        select(Timesheet, Contractor.name)
        .join(Contractor, Contractor.contractor_id == Timesheet.contractor_id)
        .where(Timesheet.id == timesheet_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("timesheet", timesheet_id)
    sheet, name = row
    events = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_kind == "timesheet", AuditEvent.subject_id == str(sheet.id))
        .order_by(AuditEvent.id.desc())
    )
    return Sheet(
        sheet.id,
        name,
        sheet.approved_version,
        find_week(session, sheet.contractor_id, sheet.starts_on, now=now),
        tuple(SheetEvent(one.action, one.actor, one.at, one.after or {}) for one in events),
    )
