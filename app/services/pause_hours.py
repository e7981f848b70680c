"""Which hours of a day an assignment and its project's pauses leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_FLOOR, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Assignment, Pause, PauseProject, Project

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class PauseInterval:
    """A pause of one project, from its effective time to its end; None = still open."""

    pause_id: int
    effective_at: datetime
    resumed_at: datetime | None


def find_pause_intervals(session: Session, project: Project) -> list[PauseInterval]:
    """Return every pause that the project has been in, the earliest first."""
    rows = session.execute(
        select(Pause.id, Pause.effective_at, Pause.resumed_at)
        .join(PauseProject, PauseProject.pause_id == Pause.id)
        .where(PauseProject.project_id == project.project_id)
        .order_by(Pause.effective_at)
    )
    return [PauseInterval(*row) for row in rows]


def count_open_hours(
    work_date: date, utc_offset: float | None, pauses: Sequence[PauseInterval]
) -> Decimal:
    """Return how many of the day's 24 hours lie outside every pause, down to a minute's hundredth.

    The day is the project's own: `utc_offset` hours from UTC, 0 where it names none.
    """
    begin = datetime.combine(work_date, time(), UTC) - timedelta(hours=utc_offset or 0)
    end = begin + 24 * _HOUR
    open_time = 24 * _HOUR
    covered_until = begin
    for pause in sorted(pauses, key=lambda pause: pause.effective_at):
        first = max(pause.effective_at, covered_until)
        last = min(pause.resumed_at or end, end)
        if last > first:
            open_time -= last - first
            covered_until = last
    hours = Decimal(open_time // timedelta(seconds=1)) / 3600
    return hours.quantize(Decimal("0.01"), rounding=ROUND_FLOOR)


def find_refusal(
    assignment: Assignment,
    project: Project,
    pauses: Sequence[PauseInterval],
    work_date: date,
    hours: Decimal,
) -> str | None:
    """Return why these hours cannot be entered, None when they can."""
    outside = find_outside(assignment, work_date)
    return outside or _explain_pause(project, pauses, work_date, hours)


def find_outside(assignment: Assignment, work_date: date) -> str | None:
    """Return why the day is outside the assignment, None when it is inside."""
    if work_date < assignment.starts_on:
        return f"The assignment starts on {assignment.starts_on}."
    if assignment.ends_on is not None and work_date > assignment.ends_on:
        return f"The assignment ended on {assignment.ends_on}."
    if assignment.status == "ended" and assignment.ends_on is None:
        return "The assignment has ended."
    return None


def _explain_pause(
    project: Project, pauses: Sequence[PauseInterval], work_date: date, hours: Decimal
) -> str | None:
    left = count_open_hours(work_date, project.utc_offset, pauses)
    if hours <= left:
        return None
    zone = timedelta(hours=project.utc_offset or 0)
    day_end = datetime.combine(work_date + timedelta(days=1), time(), UTC) - zone
    pause = max(
        (pause for pause in pauses if pause.effective_at < day_end),
        key=lambda pause: pause.effective_at,
    )
    local = pause.effective_at.astimezone(timezone(zone))
    since = f"{local.day} {local:%b %Y, %H:%M %Z}"
    if pause.resumed_at is not None:
        return f"{project.codename} was paused from {since} on; {left} hours of this day were not."
    if left == 0:
        return f"{project.codename} is paused since {since}: no hours of later work can be entered."
    return f"{project.codename} is paused since {since}: {left} hours of this day came before."
