"""The hours already entered that a pause takes back or cuts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import delete, select, true, update
from sqlalchemy.orm import Session

from app.models import Assignment, HoursEntry, Project
from app.services.horizon import get_pause_date
from app.services.keys import is_among
from app.services.pause_hours import count_open_hours, get_local_date
from app.services.pause_intervals import PauseInterval, ProjectPauses, find_project_pauses


@dataclass(frozen=True)
class EntryCut:
    """An entry that a pause lowers; with no hours left it is taken back."""

    entry_id: int
    assignment_id: str
    work_date: date
    hours: Decimal
    hours_left: Decimal


@dataclass(frozen=True)
class _Entry:
    entry_id: int
    assignment_id: str
    contractor_id: str
    project_id: str
    utc_offset: float | None
    work_date: date
    hours: Decimal
    is_exported: bool


def find_entry_cuts(
    session: Session,
    project_ids: Collection[str],
    effective_at: datetime,
    contractor_ids: Collection[str] | None = None,
) -> list[EntryCut]:
    """Return what a pause of these projects from `effective_at` on takes back or cuts.

    contractor_ids  whose work it stops, None = everybody's

    Days after the pause's own, in the project's zone, lose every hour. On that day a person
    keeps at most the hours that had passed, over all paused projects together; what was entered
    first counts first. Exported hours stay, and count.
    """
    of_people = (
        true() if contractor_ids is None else is_among(Assignment.contractor_id, contractor_ids)
    )
    rows = session.execute(
        select(
            HoursEntry.id,
            HoursEntry.assignment_id,
            Assignment.contractor_id,
            Project.project_id,
            Project.utc_offset,
            HoursEntry.work_date,
            HoursEntry.hours,
            HoursEntry.export_batch_id.is_not(None),
        )
        .join(Assignment, Assignment.assignment_id == HoursEntry.assignment_id)
        .join(Project, Project.project_id == Assignment.project_id)
        .where(
            is_among(Project.project_id, project_ids),
            of_people,
            # No zone is more than a day behind UTC.
            HoursEntry.work_date >= get_pause_date(effective_at) - timedelta(days=1),
        )
        .order_by(HoursEntry.export_batch_id.is_(None), HoursEntry.entered_at, HoursEntry.id)
    )
    on_the_day: dict[tuple[str, date], list[_Entry]] = defaultdict(list)
    cuts = []
    for entry in (_Entry(*row) for row in rows):
        pause_day = get_local_date(effective_at, entry.utc_offset)
        if entry.work_date == pause_day:
            on_the_day[entry.contractor_id, pause_day].append(entry)
        elif entry.work_date > pause_day and not entry.is_exported:
            cuts.append(_build_cut(entry, Decimal(0)))
    passed = _Passed(session, effective_at)
    for entries in on_the_day.values():
        cuts += _cut_day(entries, [passed.count(entry) for entry in entries])
    return cuts


def apply_entry_cuts(session: Session, cuts: Sequence[EntryCut]) -> None:
    """Delete and lower the entries; the caller holds the locks of their projects."""
    gone = [cut.entry_id for cut in cuts if cut.hours_left == 0]
    session.execute(delete(HoursEntry).where(is_among(HoursEntry.id, gone)))
    lowered = [{"id": cut.entry_id, "hours": cut.hours_left} for cut in cuts if cut.hours_left > 0]
    if lowered:
        session.execute(update(HoursEntry), lowered)


class _Passed:
    """Counts the hours of an entry's day that come before the pause, and outside every other."""

    def __init__(self, session: Session, effective_at: datetime) -> None:
        self._session = session
        self._this = PauseInterval(0, effective_at, None)
        self._pauses: dict[str, ProjectPauses] = {}

    def count(self, entry: _Entry) -> Decimal:
        if entry.project_id not in self._pauses:
            found = find_project_pauses(self._session, entry.project_id)
            self._pauses[entry.project_id] = found
        mine = self._pauses[entry.project_id].list_of(entry.contractor_id)
        return count_open_hours(entry.work_date, entry.utc_offset, [*mine, self._this])


def _cut_day(entries: Sequence[_Entry], passed: Sequence[Decimal]) -> list[EntryCut]:
    """Cut one person's entries of one day, so that each ends within what had passed there."""
    cuts = []
    kept = Decimal(0)
    for entry, limit in zip(entries, passed, strict=True):
        left = entry.hours if entry.is_exported else min(entry.hours, max(Decimal(0), limit - kept))
        kept += left
        if left < entry.hours:
            cuts.append(_build_cut(entry, left))
    return cuts


def _build_cut(entry: _Entry, hours_left: Decimal) -> EntryCut:
    return EntryCut(entry.entry_id, entry.assignment_id, entry.work_date, entry.hours, hours_left)
