"""Everybody's weeks around one day: who handed in, who did not, and what waits for a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Contractor, HoursEntry, Project, Timesheet
from app.services.desk.timesheet_filter import (
    NO_SHEET,
    STATES,
    STATUS,
    Group,
    SheetFilter,
    build_conditions,
    build_first_day,
    build_holds_day,
    narrow_sheets,
)
from app.services.hours.pay_weeks import DAYS_A_WEEK, PLAIN_WEEK
from app.services.hours.timesheet_verbs import SheetVersion
from app.services.keys import is_among
from app.services.paging import Page, PageRequest, Rows, read_page


@dataclass(frozen=True)
class SheetRow:
    """One person's week; without a sheet the key is None and the version 0."""

    contractor_id: str
    contractor: str
    email: str
    timesheet_id: int | None
    version: int
    status: str
    starts_on: date
    ends_on: date
    zone: str
    submitted_at: datetime | None
    hours: Decimal
    num_late: int


def list_sheets(
    session: Session,
    narrowed: SheetFilter,
    page: PageRequest,
    counts: Mapping[str, int] | None = None,
) -> Page[SheetRow]:
    """Return the weeks that hold a day: of those with a sheet, and of those who owe one.

    counts  what `count_states` says of this filter, where it was asked already
    """
    statement = _select_rows(narrowed)
    columns = statement.selected_columns
    counts = counts or count_states(session, narrowed)
    found = read_page(
        session,
        statement,
        page,
        {
            "contractor": func.lower(Contractor.name),
            "contractor_id": Contractor.contractor_id,
            "status": columns.status,
            "starts_on": columns.starts_on,
            "submitted_at": Timesheet.submitted_at,
        },
        Contractor.contractor_id,
        total=counts[narrowed.state] if narrowed.state else sum(counts.values()),
    )
    # Hours of the page's rows alone: adding up everybody's takes most of the time.
    sums = _sum_hours(session, [row.timesheet_id for row in found.rows if row.timesheet_id])
    none = (Decimal(0), 0)
    rows = [
        SheetRow(**row._asdict(), hours=hours, num_late=num_late)
        for row in found.rows
        for hours, num_late in [sums.get(row.timesheet_id, none)]
    ]
    return Page(rows, found.total)


def _sum_hours(session: Session, timesheet_ids: Sequence[int]) -> dict[int, tuple[Decimal, int]]:
    """Return hours, and how many entries came late, of each sheet that has any."""
    rows = session.execute(
        select(
            HoursEntry.timesheet_id,
            func.sum(HoursEntry.hours),
            func.count(HoursEntry.late_pause_id),
        )
        .where(is_among(HoursEntry.timesheet_id, timesheet_ids))
        .group_by(HoursEntry.timesheet_id)
    )
    return {timesheet_id: (hours, num_late) for timesheet_id, hours, num_late in rows}


def count_states(session: Session, narrowed: SheetFilter) -> dict[str, int]:
    """Return how many weeks there are of each state, the filter's own state left aside."""
    # Two sums: everybody's sheets are many, and of those without one little is left to look at.
    begun = (
        select(Timesheet.status, func.count())
        .select_from(Timesheet)
        .outerjoin(Contractor, Contractor.contractor_id == Timesheet.contractor_id)
        .where(build_holds_day(narrowed.day), *build_conditions(narrowed))
        .group_by(Timesheet.status)
    )
    counted: dict[str, int] = {row[0]: row[1] for row in session.execute(begun)}
    missing = narrow_sheets(select(func.count()), narrowed, ignore_state=True)
    counted[NO_SHEET] = session.scalar(missing.where(Timesheet.id.is_(None))) or 0
    return {
        state: sum(counted.get(one, 0) for one in statuses) for state, statuses in STATES.items()
    }


def list_versions(session: Session, narrowed: SheetFilter) -> list[SheetVersion]:
    """Return every sheet that passes the filter, as it is now."""
    statement = narrow_sheets(select(Timesheet.id, Timesheet.version), narrowed)
    rows = session.execute(statement.where(Timesheet.id.is_not(None)).order_by(Timesheet.id))
    return [SheetVersion(row.id, row.version) for row in rows]


def list_missing(session: Session, narrowed: SheetFilter) -> list[tuple[str, date]]:
    """Return (contractor_id, first day of the week) of who has not submitted, of the filter."""
    starts_on = func.coalesce(Timesheet.starts_on, build_first_day(narrowed.day))
    statement = narrow_sheets(
        select(Contractor.contractor_id, starts_on), replace(narrowed, state="missing")
    )
    rows = session.execute(statement.order_by(Contractor.contractor_id))
    return [(contractor_id, first) for contractor_id, first in rows]


def list_names(session: Session, timesheet_ids: Sequence[int]) -> dict[int, str]:
    """Return whose sheets these are: key -> name."""
    rows = session.execute(
        select(Timesheet.id, Contractor.name)
        .join(Contractor, Contractor.contractor_id == Timesheet.contractor_id)
        .where(is_among(Timesheet.id, timesheet_ids))
    )
    return {row.id: row.name for row in rows}


def list_projects(session: Session) -> list[tuple[str, str]]:
    """Return (project_id, codename) of every project, in order of name."""
    rows = session.execute(
        select(Project.project_id, Project.codename).order_by(
            func.lower(Project.codename), Project.project_id
        )
    )
    return [(row.project_id, row.codename) for row in rows]


def _select_rows(narrowed: SheetFilter) -> Rows:
    first = build_first_day(narrowed.day)
    statement: Rows = select(
        Contractor.contractor_id,
        Contractor.name.label("contractor"),
        Contractor.email,
        Timesheet.id.label("timesheet_id"),
        func.coalesce(Timesheet.version, 0).label("version"),
        STATUS.label("status"),
        func.coalesce(Timesheet.starts_on, first).label("starts_on"),
        func.coalesce(Timesheet.ends_on, first + (DAYS_A_WEEK - 1)).label("ends_on"),
        func.coalesce(Timesheet.zone, Group.zone, PLAIN_WEEK.zone).label("zone"),
        Timesheet.submitted_at,
    )
    return narrow_sheets(statement, narrowed)
