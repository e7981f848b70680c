"""The hours already entered that a pause takes back or cuts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import delete, or_, select, true, update
from sqlalchemy.orm import Session

from app.models import Assignment, HoursEntry, Project, Timesheet
from app.services.access.access import Actor
from app.services.auditing.audit import Event, record_all
from app.services.hours.pause_hours import count_open_hours
from app.services.hours.pay_weeks import get_date_in
from app.services.hours.timesheet_rows import copy_approved, list_locked_sheets
from app.services.keys import is_among
from app.services.pauses.pause_intervals import PauseInterval, ProjectPauses, find_project_pauses
from app.services.payroll.pay_periods import is_in_closed_period
from app.services.plans.horizon import get_pause_date


@dataclass(frozen=True)
class EntryCut:
    """An entry that a pause lowers; with no hours left it is taken back."""

    entry_id: int
    timesheet_id: int
    assignment_id: str
    work_date: date
    hours: Decimal
    hours_left: Decimal


@dataclass(frozen=True)
class _Entry:
    entry_id: int
    timesheet_id: int
    assignment_id: str
    contractor_id: str
    project_id: str
    zone: str
    work_date: date
    hours: Decimal
    is_fixed: bool


def find_entry_cuts(
    session: Session,
    project_ids: Collection[str],
    effective_at: datetime,
    contractor_ids: Collection[str] | None = None,
) -> list[EntryCut]:
    """Return what a pause of these projects from `effective_at` on takes back or cuts.

    contractor_ids  whose work it stops, None = everybody's

    Days after the pause's own, in the zone of the pay week, lose every hour. On that day a person
    keeps at most the hours that had passed, over all paused projects together; what was entered
    first counts first. Hours of a locked week and of a closed pay period stay, and
    count.
    """
    of_people = (
        true() if contractor_ids is None else is_among(Assignment.contractor_id, contractor_ids)
    )
    is_fixed = or_(is_in_closed_period(HoursEntry.work_date), Timesheet.status == "locked")
    rows = session.execute(
        select(
            HoursEntry.id,
            HoursEntry.timesheet_id,
            HoursEntry.assignment_id,
            Assignment.contractor_id,
            Project.project_id,
            Timesheet.zone,
            HoursEntry.work_date,
            HoursEntry.hours,
            is_fixed,
        )
        .join(Timesheet, Timesheet.id == HoursEntry.timesheet_id)
        .join(Assignment, Assignment.assignment_id == HoursEntry.assignment_id)
        .join(Project, Project.project_id == Assignment.project_id)
        .where(
            is_among(Project.project_id, project_ids),
            of_people,
            # No zone is more than a day behind UTC.
            HoursEntry.work_date >= get_pause_date(effective_at) - timedelta(days=1),
        )
        .order_by(is_fixed.desc(), HoursEntry.entered_at, HoursEntry.id)
    )
    on_the_day: dict[tuple[str, date], list[_Entry]] = defaultdict(list)
    cuts = []
    for entry in (_Entry(*row) for row in rows):
        pause_day = get_date_in(entry.zone, effective_at)
        if entry.work_date == pause_day:
            on_the_day[entry.contractor_id, pause_day].append(entry)
        elif entry.work_date > pause_day and not entry.is_fixed:
            cuts.append(_build_cut(entry, Decimal(0)))
    passed = _Passed(session, effective_at)
    for entries in on_the_day.values():
        cuts += _cut_day(entries, [passed.count(entry) for entry in entries])
    return cuts


def apply_entry_cuts(session: Session, actor: Actor, cuts: Sequence[EntryCut]) -> None:
    """Delete and lower the entries; the caller holds the locks of their projects.

    Their sheets move on by a version. What was approved of them is approved again without the
    hours that went, in the name of whoever had approved it.
    """
    sheets = list_locked_sheets(session, sorted({cut.timesheet_id for cut in cuts}))
    gone = [cut.entry_id for cut in cuts if cut.hours_left == 0]
    session.execute(delete(HoursEntry).where(is_among(HoursEntry.id, gone)))
    lowered = [{"id": cut.entry_id, "hours": cut.hours_left} for cut in cuts if cut.hours_left > 0]
    if lowered:
        session.execute(update(HoursEntry), lowered)
    approved = [sheet for sheet in sheets if sheet.status == "approved"]
    for sheet in sheets:
        sheet.version += 1
        sheet.approved_version += sheet in approved
    session.flush()
    copy_approved(session, [sheet.id for sheet in approved])
    events = [
        Event(
            ("timesheet", sheet.id),
            None,
            {"status": sheet.status, "approved_version": sheet.approved_version},
        )
        for sheet in sheets
    ]
    record_all(session, actor=actor, action="timesheet.cut_by_pause", events=events)


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
        return count_open_hours(entry.work_date, entry.zone, [*mine, self._this])


def _cut_day(entries: Sequence[_Entry], passed: Sequence[Decimal]) -> list[EntryCut]:
    """Cut one person's entries of one day, so that each ends within what had passed there."""
    cuts = []
    kept = Decimal(0)
    for entry, limit in zip(entries, passed, strict=True):
        left = entry.hours if entry.is_fixed else min(entry.hours, max(Decimal(0), limit - kept))
        kept += left
        if left < entry.hours:
            cuts.append(_build_cut(entry, left))
    return cuts


def _build_cut(entry: _Entry, hours_left: Decimal) -> EntryCut:
    return EntryCut(
        entry.entry_id,
        entry.timesheet_id,
        entry.assignment_id,
        entry.work_date,
        entry.hours,
        hours_left,
    )
