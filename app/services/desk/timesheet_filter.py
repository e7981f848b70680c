"""Which weeks of which people a list means: of a sheet that holds a day, or owed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Date, Integer, and_, cast, exists, func, literal, or_
from sqlalchemy.orm import aliased

from app.models import (
    Assignment,
    Contractor,
    HoursEntry,
    Pause,
    PauseProject,
    PayGroup,
    Project,
    Timesheet,
)
from app.services.hours.pay_weeks import DAYS_A_WEEK, PLAIN_WEEK
from app.services.offers.publishing import build_is_told
from app.services.paging import Rows, contains_text

NO_SHEET = "none"
"""Status of a week without a sheet."""

STATES: Mapping[str, tuple[str, ...]] = {
    "missing": (NO_SHEET, "open", "rejected", "reopened"),
    "submitted": ("submitted",),
    "approved": ("approved",),
    "locked": ("locked",),
}
"""State in a filter -> statuses of sheets."""


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


_WEEK = timedelta(days=DAYS_A_WEEK)
Group = aliased(PayGroup)
"""The pay group of the contractor, in a narrowed statement."""

STATUS: ColumnElement[str] = func.coalesce(Timesheet.status, literal(NO_SHEET))
"""Of the sheet, in a narrowed statement."""


def build_first_day(day: date) -> ColumnElement[date]:
    """Return the first day of the week that holds `day`, of a person who has no sheet for it."""
    first = func.coalesce(Group.first_weekday, PLAIN_WEEK.first_weekday)
    return cast(
        literal(day, Date) - (literal(day.weekday() + DAYS_A_WEEK, Integer) - first) % DAYS_A_WEEK,
        Date,
    )


def _build_owes(day: date) -> ColumnElement[bool]:
    """Return the condition that somebody without a sheet had a day to fill in."""
    first = build_first_day(day)
    zone = func.coalesce(Group.zone, PLAIN_WEEK.zone)
    stopped = (
        exists()
        .where(
            Pause.id == Assignment.suspended_by_pause_id,
            cast(func.timezone(zone, Pause.effective_at), Date) < first,
        )
        .correlate(Assignment, Group)
    )
    # A pause stops the project now; of before, hours are owed.
    was_open = (
        exists()
        .where(
            PauseProject.project_id == Project.project_id, PauseProject.previous_status == "open"
        )
        .correlate(Project)
    )
    has_work = (
        exists()
        .where(
            Assignment.contractor_id == Contractor.contractor_id,
            or_(Assignment.status != "ended", Assignment.ends_on.is_not(None)),
            Assignment.starts_on <= first + (DAYS_A_WEEK - 1),
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= first),
            Assignment.project_id == Project.project_id,
            or_(Project.status == "open", was_open),
            build_is_told(),
            ~stopped,
        )
        .correlate(Contractor, Group)
    )
    return and_(Contractor.status == "active", has_work)


def narrow_sheets(statement: Rows, narrowed: SheetFilter, *, ignore_state: bool = False) -> Rows:
    """Join and narrow a statement about contractors and the sheets that hold the day."""
    day = narrowed.day
    is_theirs = and_(Timesheet.contractor_id == Contractor.contractor_id, build_holds_day(day))
    is_group = or_(
        Group.id == Contractor.pay_group_id,
        and_(Contractor.pay_group_id.is_(None), Group.is_default),
    )
    conditions: list[ColumnElement[bool]] = [
        or_(Timesheet.id.is_not(None), _build_owes(day)),
        *build_conditions(narrowed),
    ]
    if narrowed.state and not ignore_state:
        conditions.append(STATUS.in_(STATES[narrowed.state]))
    return (
        statement.select_from(Contractor)
        .outerjoin(Timesheet, is_theirs)
        .outerjoin(Group, is_group)
        .where(*conditions)
    )


def build_holds_day(day: date) -> ColumnElement[bool]:
    """Return the condition that a sheet holds `day`."""
    return and_(
        Timesheet.starts_on <= day, Timesheet.starts_on > day - _WEEK, Timesheet.ends_on >= day
    )


def build_conditions(narrowed: SheetFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter on people and their sheets, but for state and day."""
    conditions: list[ColumnElement[bool]] = []
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
    return conditions


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
