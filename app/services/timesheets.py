"""A contractor's week as its page shows it: hours by assignment and day, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound
from app.models import Assignment, Contractor, HoursEntry, Project
from app.services.pause_hours import Place, build_place, find_refusal
from app.services.publishing import build_is_told

_DAYS_A_WEEK = 7
_LEAST_HOURS = Decimal("0.01")


@dataclass(frozen=True)
class HoursDay:
    """One day of an assignment: its hours, and why more cannot be entered (None = they can)."""

    work_date: date
    hours: Decimal | None
    refusal: str | None
    exported: bool


@dataclass(frozen=True)
class HoursRow:
    """One assignment in a week; `days` from Monday to Sunday."""

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
    """A contractor's week over all assignments."""

    monday: date
    max_weekly_hours: int
    rows: tuple[HoursRow, ...]

    @property
    def total(self) -> Decimal:
        """Hours of the week over all assignments."""
        return sum((row.total for row in self.rows), Decimal(0))


def find_week(
    session: Session, contractor_id: str, monday: date, *, now: datetime | None = None
) -> HoursWeek:
    """Return the week that starts on `monday`: every assignment that has a day in it.

    `now` is an instant with its zone, None = this one.

    Raises NotFound, or InvalidValue when the day is not a Monday.
    """
    if monday.weekday() != 0:
        raise InvalidValue("monday", monday, "a Monday")
    contractor = session.get(Contractor, contractor_id)
    if contractor is None:
        raise NotFound("contractor", contractor_id)
    sunday = monday + timedelta(days=_DAYS_A_WEEK - 1)
    found = session.execute(
        select(Assignment, Project)
        .join(Project, Project.project_id == Assignment.project_id)
        .where(
            Assignment.contractor_id == contractor_id,
            build_is_told(),
            Assignment.starts_on <= sunday,
            func.coalesce(Assignment.ends_on, sunday) >= monday,
        )
        .order_by(Project.codename, Assignment.assignment_id)
        .execution_options(populate_existing=True)
    ).all()
    entries = session.scalars(
        select(HoursEntry).where(
            HoursEntry.assignment_id.in_([assignment.assignment_id for assignment, _ in found]),
            HoursEntry.work_date.between(monday, sunday),
        )
    )
    by_day = {(entry.assignment_id, entry.work_date): entry for entry in entries}
    instant = now or datetime.now(UTC)
    rows = tuple(
        _build_row(build_place(session, assignment, contractor, project, instant), monday, by_day)
        for assignment, project in found
    )
    return HoursWeek(monday, contractor.max_weekly_hours, rows)


def _build_row(place: Place, monday: date, entries: dict[tuple[str, date], HoursEntry]) -> HoursRow:
    assignment = place.assignment
    days = []
    for offset in range(_DAYS_A_WEEK):
        day = monday + timedelta(days=offset)
        entry = entries.get((assignment.assignment_id, day))
        refusal = find_refusal(place, day, _LEAST_HOURS)
        days.append(
            HoursDay(
                work_date=day,
                hours=None if entry is None else entry.hours,
                refusal=None if refusal is None else refusal.sentence,
                exported=entry is not None and entry.export_batch_id is not None,
            )
        )
    return HoursRow(
        assignment.assignment_id, place.project.codename, assignment.status, tuple(days)
    )
