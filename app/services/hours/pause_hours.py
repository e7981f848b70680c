"""Which hours of a day an assignment, its project and that project's pauses leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.models import Assignment, Contractor, Pause, PauseProject, Project
from app.services.hours.pay_weeks import format_instant, get_date_in, get_day_span
from app.services.pauses.pause_intervals import PauseInterval, find_project_pauses

_HOURS_A_DAY = Decimal(24)


@dataclass(frozen=True)
class Place:
    """Where hours are entered: an assignment with all that can refuse them.

    base_status  of the project apart from its open pause
    pauses       every pause that has stopped the person there, the earliest first
    zone         of the pay week: its days are dates there
    now, today   this instant, and the date there
    """

    assignment: Assignment
    contractor: Contractor
    project: Project
    base_status: str
    pauses: tuple[PauseInterval, ...]
    zone: str
    now: datetime
    today: date


@dataclass(frozen=True)
class Refusal:
    """Why hours cannot be entered.

    code  `inactive`, `not_assigned`, `not_open`, `paused`, `future` or `too_late`
    """

    code: str
    sentence: str


def build_place(
    session: Session,
    assignment: Assignment,
    contractor: Contractor,
    project: Project,
    *,
    zone: str,
    now: datetime,
) -> Place:
    """Return the place with its project's pauses.

    zone  of the pay week
    now   an instant with its zone
    """
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
        zone=zone,
        now=now,
        today=get_date_in(zone, now),
    )


def count_open_hours(work_date: date, zone: str, pauses: Sequence[PauseInterval]) -> Decimal:
    """Return how many hours of the day lie outside every pause, rounded down to a hundredth.

    The day is a date in `zone`. 24 is the most, also where clocks are set back.
    """
    begin, end = get_day_span(work_date, zone)
    open_time = end - begin
    covered_until = begin
    for pause in sorted(pauses, key=lambda pause: pause.effective_at):
        first = max(pause.effective_at, covered_until)
        last = min(pause.resumed_at or end, end)
        if last > first:
            open_time -= last - first
            covered_until = last
    hours = Decimal(open_time // timedelta(seconds=1)) / 3600
    return min(_HOURS_A_DAY, hours.quantize(Decimal("0.01"), rounding=ROUND_FLOOR))


def list_pauses_of_day(place: Place, work_date: date) -> list[PauseInterval]:
    """Return the pauses that take time away from the day."""
    begin, end = get_day_span(work_date, place.zone)
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
    if work_date > place.today:
        return Refusal("future", f"{work_date} is still to come in {place.zone}.")
    late = _explain_cut_off(place, work_date)
    return None if late is None else Refusal("too_late", late)


def find_late_pause(place: Place, work_date: date) -> PauseInterval | None:
    """Return the first pause that took effect between the day's begin and now, None = none.

    What is entered now for that day was worked before the pause, and comes late.
    """
    begin, _ = get_day_span(work_date, place.zone)
    return next((pause for pause in place.pauses if begin < pause.effective_at <= place.now), None)


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
    left = count_open_hours(work_date, place.zone, place.pauses)
    pauses = list_pauses_of_day(place, work_date)
    if not pauses or (left and hours + beside <= left):
        return None
    pause = max(pauses, key=lambda pause: (pause.resumed_at is None, pause.effective_at))
    since = format_instant(pause.effective_at, place.zone)
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
    for pause in place.pauses:
        until = pause.late_hours_until
        if until is None or place.now <= until:
            continue
        if work_date <= get_date_in(place.zone, pause.effective_at):
            return (
                f"Hours of before the pause of {place.project.codename} could be entered until "
                f"{format_instant(until, place.zone)}."
            )
    return None
