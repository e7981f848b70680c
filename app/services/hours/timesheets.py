"""A contractor's pay week as pages show it: hours by assignment and day, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Assignment, Contractor, HoursEntry, Project, TimeOff, Timesheet
from app.services.hours.hours import EDITABLE
from app.services.hours.pause_hours import Place, Refusal, build_place, find_refusal
from app.services.hours.pay_weeks import WeekBounds, find_bounds, get_date_in
from app.services.offers.publishing import build_is_told
from app.services.payroll.pay_periods import CLOSED_SENTENCE, find_closed_days

_LEAST_HOURS = Decimal("0.01")


@dataclass(frozen=True)
class HoursDay:
    """One day of an assignment.

    hours      None = nothing stands there
    refusal    why nothing can be entered, None = it can
    to_come    whether that is only because the day has not begun
    is_away    on leave: the day may stay empty
    is_late    entered after a pause, for work before it
    is_closed  its pay period is closed, nothing can change
    """

    work_date: date
    hours: Decimal | None
    refusal: str | None
    to_come: bool
    is_away: bool
    is_late: bool
    is_closed: bool

    @property
    def is_missing(self) -> bool:
        """Whether an answer is still owed; 0 would be one."""
        return self.hours is None and self.refusal is None and not self.is_away


@dataclass(frozen=True)
class HoursRow:
    """One assignment in a week; `days` in the week's order."""

    assignment_id: str
    codename: str
    status: str
    days: tuple[HoursDay, ...]

    @property
    def total(self) -> Decimal:
        """Hours of the week."""
        return sum((day.hours for day in self.days if day.hours is not None), Decimal(0))


@dataclass(frozen=True)
class HoursWeek:
    """A contractor's week over all assignments.

    timesheet_id  None = nothing has been entered yet
    version       of the sheet as shown here, 0 without one
    today         the date in the week's zone
    """

    contractor_id: str
    bounds: WeekBounds
    max_weekly_hours: int
    timesheet_id: int | None
    status: str
    version: int
    reason: str
    today: date
    rows: tuple[HoursRow, ...]

    @property
    def total(self) -> Decimal:
        """Hours of the week over all assignments."""
        return sum((row.total for row in self.rows), Decimal(0))

    @property
    def is_editable(self) -> bool:
        """Whether hours can be changed."""
        return self.status in EDITABLE

    @property
    def num_missing(self) -> int:
        """Days, counted per assignment, for which an answer is owed."""
        return sum(day.is_missing for row in self.rows for day in row.days)

    @property
    def is_over(self) -> bool:
        """Whether no day that could take hours is still to come."""
        return not any(day.to_come for row in self.rows for day in row.days)

    @property
    def is_done(self) -> bool:
        """Whether the week can be submitted: it is over, and nothing is missing."""
        has_hours = any(day.hours is not None for row in self.rows for day in row.days)
        return has_hours and self.is_over and not self.num_missing


def find_week(
    session: Session, contractor_id: str, day: date, *, now: datetime | None = None
) -> HoursWeek:
    """Return the pay week that holds `day`: every assignment that has a day in it.

    `now` is an instant with its zone, None = this one. Raises NotFound.
    """
    contractor = session.get(Contractor, contractor_id, populate_existing=True)
    if contractor is None:
        raise NotFound("contractor", contractor_id)
    bounds = find_bounds(session, contractor, day)
    sheet = session.scalars(
        select(Timesheet)
        .where(Timesheet.contractor_id == contractor_id, Timesheet.starts_on == bounds.starts_on)
        .execution_options(populate_existing=True)
    ).one_or_none()
    instant = now or datetime.now(UTC)
    places = _list_places(session, contractor, bounds, instant)
    entries = _find_entries(session, [place.assignment.assignment_id for place in places], bounds)
    away = _find_away(session, contractor_id, bounds)
    closed = find_closed_days(session, bounds.starts_on, bounds.ends_on)
    return HoursWeek(
        contractor_id,
        bounds,
        contractor.max_weekly_hours,
        timesheet_id=None if sheet is None else sheet.id,
        status="open" if sheet is None else sheet.status,
        version=0 if sheet is None else sheet.version,
        reason="" if sheet is None else sheet.reason,
        today=get_date_in(bounds.zone, instant),
        rows=tuple(_build_row(place, bounds, entries, away, closed) for place in places),
    )


def _list_places(
    session: Session, contractor: Contractor, bounds: WeekBounds, now: datetime
) -> list[Place]:
    found = session.execute(
        select(Assignment, Project)
        .join(Project, Project.project_id == Assignment.project_id)
        .where(
            Assignment.contractor_id == contractor.contractor_id,
            build_is_told(),
            Assignment.starts_on <= bounds.ends_on,
            func.coalesce(Assignment.ends_on, bounds.ends_on) >= bounds.starts_on,
        )
        .order_by(Project.codename, Assignment.assignment_id)
        .execution_options(populate_existing=True)
    ).all()
    return [
        build_place(session, assignment, contractor, project, zone=bounds.zone, now=now)
        for assignment, project in found
    ]


def _find_entries(
    session: Session, assignment_ids: list[str], bounds: WeekBounds
) -> dict[tuple[str, date], HoursEntry]:
    entries = session.scalars(
        select(HoursEntry)
        .where(
            HoursEntry.assignment_id.in_(assignment_ids),
            HoursEntry.work_date.between(bounds.starts_on, bounds.ends_on),
        )
        .execution_options(populate_existing=True)
    )
    return {(entry.assignment_id, entry.work_date): entry for entry in entries}


def _find_away(session: Session, contractor_id: str, bounds: WeekBounds) -> frozenset[date]:
    leaves = session.execute(
        select(TimeOff.starts_on, TimeOff.ends_on).where(TimeOff.contractor_id == contractor_id)
    ).all()
    return frozenset(
        day
        for day in bounds.days
        if any(leave.starts_on <= day <= leave.ends_on for leave in leaves)
    )


def _build_row(
    place: Place,
    bounds: WeekBounds,
    entries: Mapping[tuple[str, date], HoursEntry],
    away: frozenset[date],
    closed: frozenset[date],
) -> HoursRow:
    assignment = place.assignment
    days = []
    for day in bounds.days:
        entry = entries.get((assignment.assignment_id, day))
        refusal = find_refusal(place, day, _LEAST_HOURS)
        if day in closed:
            refusal = Refusal("period_closed", CLOSED_SENTENCE)
        days.append(
            HoursDay(
                work_date=day,
                hours=None if entry is None else entry.hours,
                refusal=None if refusal is None else refusal.sentence,
                to_come=refusal is not None and refusal.code == "future",
                is_away=day in away,
                is_late=entry is not None and entry.late_pause_id is not None,
                is_closed=day in closed,
            )
        )
    return HoursRow(
        assignment.assignment_id, place.project.codename, assignment.status, tuple(days)
    )
