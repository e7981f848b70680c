"""Which hours of a day an assignment, its project and that project's pauses leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_FLOOR, Decimal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.models import Assignment, Contractor, Pause, PauseProject, Project
from app.services.pause_intervals import PauseInterval, find_project_pauses

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Place:
    """Where hours are entered: an assignment with all that can refuse them.

    base_status  of the project apart from its open pause
    pauses       every pause that has stopped the person there, the earliest first
    now, today   this instant, and the day where the project is
    """

    assignment: Assignment
    contractor: Contractor
    project: Project
    base_status: str
    pauses: tuple[PauseInterval, ...]
    now: datetime
    today: date


@dataclass(frozen=True)
class Refusal:
    """Why hours cannot be entered.

    code  `inactive`, `not_assigned`, `not_open`, `paused` or `too_late`
    """

    code: str
    sentence: str


def build_place(
    session: Session,
    assignment: Assignment,
    contractor: Contractor,
    project: Project,
    now: datetime,
) -> Place:
    """Return the place with its project's pauses; `now` is an instant with its zone."""
    # A terminated pause closed the project; hours of before it can still be entered.
    before = session.scalars(
        select(PauseProject.previous_status)
        .join(Pause, Pause.id == PauseProject.pause_id)
        .where(
            PauseProject.project_id == project.project_id,
            or_(
                PauseProject.open,
                and_(Pause.status == "terminated", Pause.people_kind == "everyone"),
            ),
        )
        .order_by(PauseProject.open.desc(), Pause.id.desc())
        .limit(1)
    ).one_or_none()
    return Place(
        assignment,
        contractor,
        project,
        base_status=before or project.status,
        pauses=tuple(
            find_project_pauses(session, project.project_id, contractor.contractor_id).list_of(
                contractor.contractor_id
            )
        ),
        now=now,
        today=get_local_date(now, project.utc_offset),
    )


def get_local_date(instant: datetime, utc_offset: float | None) -> date:
    """Return the day `utc_offset` hours from UTC, of UTC itself where there is none."""
    return instant.astimezone(timezone(timedelta(hours=utc_offset or 0))).date()


def count_open_hours(
    work_date: date, utc_offset: float | None, pauses: Sequence[PauseInterval]
) -> Decimal:
    """Return how many of the day's 24 hours lie outside every pause, down to a minute's hundredth.

    The day is the project's own: `utc_offset` hours from UTC, 0 where it names none.
    """
    begin, end = _get_day(work_date, utc_offset)
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


def list_pauses_of_day(place: Place, work_date: date) -> list[PauseInterval]:
    """Return the pauses that take time away from the day."""
    begin, end = _get_day(work_date, place.project.utc_offset)
    return [
        pause
        for pause in place.pauses
        if pause.effective_at < end and (pause.resumed_at is None or pause.resumed_at > begin)
    ]


def find_refusal(
    place: Place, work_date: date, hours: Decimal, *, beside: Decimal = Decimal(0)
) -> Refusal | None:
    """Return why these hours cannot be entered, None when they can.

    beside  hours of the person on that day on other projects of the same pauses
    """
    outside = _explain_outside(place, work_date)
    if outside is not None:
        return Refusal("not_assigned", outside)
    if place.contractor.status != "active":
        return Refusal("inactive", "You are not active: no hours can be entered.")
    if place.base_status != "open":
        name, status = place.project.codename, place.base_status
        return Refusal("not_open", f"{name} is {status}: no hours can be entered.")
    paused = _explain_pause(place, work_date, hours, beside)
    if paused is not None:
        return Refusal("paused", paused)
    late = _explain_cut_off(place, work_date)
    return None if late is None else Refusal("too_late", late)


def _explain_outside(place: Place, work_date: date) -> str | None:
    assignment = place.assignment
    if work_date < assignment.starts_on:
        return f"The assignment starts on {assignment.starts_on}."
    if assignment.ends_on is not None and work_date > assignment.ends_on:
        return f"The assignment ended on {assignment.ends_on}."
    if assignment.status == "ended" and (assignment.ends_on is None or work_date > place.today):
        return "The assignment has ended."
    return None


def _explain_pause(place: Place, work_date: date, hours: Decimal, beside: Decimal) -> str | None:
    project = place.project
    left = count_open_hours(work_date, project.utc_offset, place.pauses)
    pauses = list_pauses_of_day(place, work_date)
    if hours + beside <= left or not pauses:
        return None
    pause = max(pauses, key=lambda pause: (pause.resumed_at is None, pause.effective_at))
    since = _format_local(pause.effective_at, project.utc_offset)
    taken = f" {beside} of them are entered on other work." if beside else ""
    if pause.resumed_at is not None:
        return (
            f"{project.codename} was paused from {since} on; {left} hours of this day "
            f"were not.{taken}"
        )
    if left == 0:
        return f"{project.codename} is paused since {since}: no hours of later work can be entered."
    return (
        f"{project.codename} is paused since {since}: {left} hours of this day came before.{taken}"
    )


def _explain_cut_off(place: Place, work_date: date) -> str | None:
    offset = place.project.utc_offset
    for pause in place.pauses:
        until = pause.late_hours_until
        if until is None or place.now <= until:
            continue
        if work_date <= get_local_date(pause.effective_at, offset):
            return (
                f"Hours of before the pause of {place.project.codename} could be entered until "
                f"{_format_local(until, offset)}."
            )
    return None


def _format_local(instant: datetime, utc_offset: float | None) -> str:
    local = instant.astimezone(timezone(timedelta(hours=utc_offset or 0)))
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def _get_day(work_date: date, utc_offset: float | None) -> tuple[datetime, datetime]:
    """Return when the day begins and ends, `utc_offset` hours from UTC."""
    begin = datetime.combine(work_date, time(), UTC) - timedelta(hours=utc_offset or 0)
    return begin, begin + 24 * _HOUR
