"""Everybody's weeks around one day: who handed in, who did not, and what waits for a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from app.models import Assignment, Contractor, HoursEntry, Pause, PayGroup, Project, Timesheet
from app.services.keys import is_among
from app.services.paging import Page, PageRequest, Rows, contains_text, read_page
from app.services.pay_weeks import DAYS_A_WEEK, PLAIN_WEEK
from app.services.publishing import build_is_told
from app.services.timesheet_verbs import SheetVersion

STATES: Mapping[str, tuple[str, ...]] = {
    "missing": ("none", "open", "rejected", "reopened"),
    "submitted": ("submitted",),
    "approved": ("approved",),
    "locked": ("locked",),
}
"""State in a filter -> statuses of sheets; `none` is a week without a sheet."""


@dataclass(frozen=True)
class SheetFilter:
    """Which weeks a list shows; what is blank narrows nothing.

    day         that the weeks hold
    state       a key of STATES
    text        in the name or the id of the person
    project_id  on which the person has hours in the week, or an assignment
    late        only weeks with hours that came after a pause
    seen_at     only sheets handed in by then
    """

    day: date
    state: str = ""
    text: str = ""
    project_id: str = ""
    late: bool = False
    seen_at: datetime | None = None


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


def list_sheets(session: Session, narrowed: SheetFilter, page: PageRequest) -> Page[SheetRow]:
    """Return the weeks that hold a day: of those with a sheet, and of those who owe one."""
    statement = _select_rows(narrowed)
    columns = statement.selected_columns
    found = read_page(
        session,
        statement,
        page,
        {
            "contractor": func.lower(Contractor.name),
            "status": columns.status,
            "starts_on": columns.starts_on,
            "submitted_at": Timesheet.submitted_at,
        },
        Contractor.contractor_id,
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
    status = _STATUS.label("status")
    statement = _narrow(select(status, func.count()), narrowed, ignore_state=True)
    counts: dict[str, int] = {
        row[0]: row[1] for row in session.execute(statement.group_by(_STATUS))
    }
    return {
        state: sum(counts.get(one, 0) for one in statuses) for state, statuses in STATES.items()
    }


def list_versions(session: Session, narrowed: SheetFilter) -> list[SheetVersion]:
    """Return every sheet that passes the filter, as it is now."""
    statement = _narrow(select(Timesheet.id, Timesheet.version), narrowed)
    rows = session.execute(statement.where(Timesheet.id.is_not(None)).order_by(Timesheet.id))
    return [SheetVersion(row.id, row.version) for row in rows]


def list_missing(session: Session, narrowed: SheetFilter) -> list[tuple[str, date]]:
    """Return (contractor_id, first day of the week) of who has not submitted, of the filter."""
    starts_on = func.coalesce(Timesheet.starts_on, _build_first_day(narrowed.day))
    statement = _narrow(
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


_WEEK = timedelta(days=DAYS_A_WEEK)
_Group = aliased(PayGroup)
_STATUS: ColumnElement[str] = func.coalesce(Timesheet.status, literal("none"))


def _build_first_day(day: date) -> ColumnElement[date]:
    """Return the first day of the week that holds `day`, of a person who has no sheet for it."""
    first = func.coalesce(_Group.first_weekday, PLAIN_WEEK.first_weekday)
    return cast(
        literal(day, Date) - (literal(day.weekday() + DAYS_A_WEEK, Integer) - first) % DAYS_A_WEEK,
        Date,
    )


def _build_owes(day: date) -> ColumnElement[bool]:
    """Return the condition that somebody without a sheet had a day to fill in."""
    first = _build_first_day(day)
    zone = func.coalesce(_Group.zone, PLAIN_WEEK.zone)
    stopped = (
        exists()
        .where(
            Pause.id == Assignment.suspended_by_pause_id,
            cast(func.timezone(zone, Pause.effective_at), Date) < first,
        )
        .correlate(Assignment, _Group)
    )
    has_work = (
        exists()
        .where(
            Assignment.contractor_id == Contractor.contractor_id,
            Assignment.status != "ended",
            Assignment.starts_on <= first + (DAYS_A_WEEK - 1),
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= first),
            Assignment.project_id == Project.project_id,
            or_(Project.status == "open", Assignment.suspended_by_pause_id.is_not(None)),
            build_is_told(),
            ~stopped,
        )
        .correlate(Contractor, _Group)
    )
    return and_(Contractor.status == "active", has_work)


def _narrow(statement: Rows, narrowed: SheetFilter, *, ignore_state: bool = False) -> Rows:
    """Join and narrow a statement about contractors and the sheets that hold the day."""
    day = narrowed.day
    holds_day = and_(
        Timesheet.contractor_id == Contractor.contractor_id,
        Timesheet.starts_on <= day,
        Timesheet.starts_on > day - _WEEK,
        Timesheet.ends_on >= day,
    )
    is_group = or_(
        _Group.id == Contractor.pay_group_id,
        and_(Contractor.pay_group_id.is_(None), _Group.is_default),
    )
    conditions: list[ColumnElement[bool]] = [
        or_(Timesheet.id.is_not(None), _build_owes(day)),
    ]
    if narrowed.state and not ignore_state:
        conditions.append(_STATUS.in_(STATES[narrowed.state]))
    if narrowed.text:
        conditions.append(contains_text(narrowed.text, Contractor.name, Contractor.contractor_id))
    if narrowed.project_id:
        conditions.append(_works_on(narrowed.project_id))
    if narrowed.late:
        conditions.append(
            exists().where(
                HoursEntry.timesheet_id == Timesheet.id, HoursEntry.late_pause_id.is_not(None)
            )
        )
    if narrowed.seen_at is not None:
        conditions.append(Timesheet.submitted_at <= narrowed.seen_at)
    return (
        statement.select_from(Contractor)
        .outerjoin(Timesheet, holds_day)
        .outerjoin(_Group, is_group)
        .where(*conditions)
    )


def _works_on(project_id: str) -> ColumnElement[bool]:
    """Return the condition that hours of the sheet, or work without one, are on a project."""
    on_project = and_(
        Assignment.contractor_id == Contractor.contractor_id, Assignment.project_id == project_id
    )
    has_hours = exists().where(
        HoursEntry.timesheet_id == Timesheet.id,
        HoursEntry.assignment_id == Assignment.assignment_id,
        Assignment.project_id == project_id,
    )
    return or_(has_hours, and_(Timesheet.id.is_(None), exists().where(on_project, build_is_told())))


def _select_rows(narrowed: SheetFilter) -> Rows:
    first = _build_first_day(narrowed.day)
    statement: Rows = select(
        Contractor.contractor_id,
        Contractor.name.label("contractor"),
        Contractor.email,
        Timesheet.id.label("timesheet_id"),
        func.coalesce(Timesheet.version, 0).label("version"),
        _STATUS.label("status"),
        func.coalesce(Timesheet.starts_on, first).label("starts_on"),
        func.coalesce(Timesheet.ends_on, first + (DAYS_A_WEEK - 1)).label("ends_on"),
        func.coalesce(Timesheet.zone, _Group.zone, PLAIN_WEEK.zone).label("zone"),
        Timesheet.submitted_at,
    )
    return _narrow(statement, narrowed)
