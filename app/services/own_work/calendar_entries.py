"""What stands in a contractor's calendar: their work, its pauses, and offers to be answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.exports.calendar_file import DayEntry, Entry, MomentEntry
from app.models import Assignment, Contractor, Offer, Pause, Project
from app.services.hours.pay_weeks import find_pay_week, get_date_in
from app.services.offers.publishing import build_is_told

_MOMENT = timedelta(microseconds=1)

_KEPT = timedelta(days=365)
"""How long work that is over stays in the calendar."""


def list_calendar_entries(session: Session, contractor_id: str, *, today: date) -> list[Entry]:
    """Return the entries of a contractor's calendar; codenames, and neither rates nor reasons.

    Days are those of the contractor's pay week, whose zone says on which of them a pause begins.
    """
    zone = find_pay_week(session, session.get_one(Contractor, contractor_id)).zone
    rows = session.execute(
        select(Assignment, Project, Pause)
        .join(Project, Project.project_id == Assignment.project_id)
        .outerjoin(Pause, Pause.id == Assignment.suspended_by_pause_id)
        .where(
            Assignment.contractor_id == contractor_id,
            build_is_told(),
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today - _KEPT),
        )
        .order_by(Assignment.starts_on, Assignment.assignment_id)
        .execution_options(populate_existing=True)
    )
    entries: list[Entry] = []
    for assignment, project, pause in rows:
        entries += _build_entries(assignment, project, pause, zone)
    return [*entries, *_list_answers(session, contractor_id)]


def _build_entries(
    assignment: Assignment, project: Project, pause: Pause | None, zone: str
) -> Iterator[DayEntry]:
    """Yield the work, and what a pause takes of it, as an entry of its own."""
    key = f"assignment-{assignment.assignment_id}"
    words = f"{project.codename}, {assignment.hours_per_week} h a week"
    first, last = assignment.starts_on, assignment.ends_on
    paused_from = None
    if pause is not None:
        # Its own day counts as work when it had begun: some of it was.
        stops_on = get_date_in(zone, pause.effective_at - _MOMENT)
        paused_from = max(first, stops_on + timedelta(days=1))
        last = stops_on if last is None else min(last, stops_on)
    if last is None or last >= first:
        yield DayEntry(key, words, first, last, version=assignment.version)
    if paused_from is not None and (
        assignment.ends_on is None or paused_from <= assignment.ends_on
    ):
        yield DayEntry(
            f"{key}-paused",
            f"Paused: {words}",
            paused_from,
            assignment.ends_on,
            version=assignment.version,
            is_cancelled=True,
        )


def _list_answers(session: Session, contractor_id: str) -> list[MomentEntry]:
    """Return until when each offer is to be answered."""
    offers = session.scalars(
        select(Offer)
        .where(Offer.contractor_id == contractor_id, Offer.status == "pending")
        .order_by(Offer.expires_at, Offer.id)
    )
    return [
        MomentEntry(f"offer-{one.id}", f"Answer the offer of {one.codename}", one.expires_at)
        for one in offers
    ]
