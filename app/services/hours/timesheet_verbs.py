"""What becomes of a week: submitted, approved or rejected, locked, reopened.

Every verb on sheets returns an outcome per row in one transaction. Asking again for what is there
already changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import Contractor, Timesheet
from app.services.access.access import Actor, Permission, require
from app.services.access.client_names import refuse_client_names
from app.services.auditing.audit import Event, record, record_all
from app.services.hours.hours import EDITABLE
from app.services.hours.timesheet_rows import (
    copy_approved,
    list_locked_sheets,
    lock_projects_of,
)
from app.services.hours.timesheets import HoursWeek, find_week
from app.services.messages.outbox import News, add_messages
from app.services.transaction import retried, transaction

MAX_REASON = 500
"""Characters of a reason."""


@dataclass(frozen=True)
class SheetVersion:
    """A sheet as somebody saw it."""

    timesheet_id: int
    version: int


@dataclass(frozen=True)
class SheetOutcome:
    """What became of one sheet; the sentence says why when it is not ok."""

    timesheet_id: int
    ok: bool
    sentence: str


@dataclass(frozen=True)
class _Move:
    """A step from some statuses to another one, and the message that tells of it."""

    sources: Collection[str]
    target: str
    message: str | None = None

    @property
    def action(self) -> str:
        """Name in the audit trail."""
        return f"timesheet.{self.target}"


_APPROVE = _Move(("submitted",), "approved")
_REJECT = _Move(("submitted",), "rejected", "hours_rejected")
_LOCK = _Move(("approved",), "locked")
_REOPEN = _Move(("approved", "locked"), "reopened", "hours_reopened")


@retried
def submit_week(
    session: Session,
    *,
    actor: Actor,
    day: date,
    version: int,
    now: datetime | None = None,
) -> bool:
    """Hand in the actor's own pay week that holds `day`; return whether anything changed.

    version  of the sheet as the actor saw it
    now      an instant with its zone, None = this one

    Raises NotFound without a contractor, or Refused (`closed`, `changed`, `not_over`, `missing`).
    """
    require(actor, Permission.LOG_OWN_HOURS)
    if actor.contractor_id is None:
        raise NotFound("contractor", "of this account")
    instant = now or datetime.now(UTC)
    with transaction(session):
        week = _lock_week(session, actor.contractor_id, day, instant)
        if week.status == "submitted":
            return False
        _check_submittable(week, version)
        sheet = session.get_one(Timesheet, week.timesheet_id)
        before = {"status": sheet.status, "version": sheet.version}
        sheet.status, sheet.submitted_at = "submitted", instant
        sheet.version += 1
        record(
            session,
            actor=actor,
            action="timesheet.submitted",
            subject=("timesheet", sheet.id),
            before=before,
            after={"status": sheet.status, "version": sheet.version, "hours": week.total},
        )
    return True


def approve_sheets(
    session: Session, *, actor: Actor, sheets: Sequence[SheetVersion]
) -> tuple[SheetOutcome, ...]:
    """Approve submitted weeks: their hours are kept as the next approved version."""
    require(actor, Permission.APPROVE_HOURS)
    return _move(session, actor, sheets, _APPROVE)


def reject_sheets(
    session: Session, *, actor: Actor, sheets: Sequence[SheetVersion], reason: str
) -> tuple[SheetOutcome, ...]:
    """Give submitted weeks back to be mended.

    Raises InvalidValue without a reason, or for one that names a client: the contractor reads it.
    """
    require(actor, Permission.APPROVE_HOURS)
    return _move(session, actor, sheets, _REJECT, _read_reason(reason))


def lock_sheets(
    session: Session, *, actor: Actor, sheets: Sequence[SheetVersion]
) -> tuple[SheetOutcome, ...]:
    """Lock approved weeks: from then on they are payroll's."""
    require(actor, Permission.LOCK_HOURS)
    return _move(session, actor, sheets, _LOCK)


def reopen_sheets(
    session: Session, *, actor: Actor, sheets: Sequence[SheetVersion], reason: str
) -> tuple[SheetOutcome, ...]:
    """Let weeks be changed that were approved, or locked where the actor may lock.

    What was approved of them is not in force until they are approved again. What payroll took
    stays as it is. Raises InvalidValue as `reject_sheets` does.
    """
    require(actor, Permission.DECIDE_HOURS)
    return _move(session, actor, sheets, _REOPEN, _read_reason(reason))


def _read_reason(reason: str) -> str:
    text = reason.strip()
    if not text or len(text) > MAX_REASON:
        raise InvalidValue("reason", reason, f"a text of {MAX_REASON} characters at most")
    return text


def _lock_week(session: Session, contractor_id: str, day: date, now: datetime) -> HoursWeek:
    """Return the week under the locks of its projects, its person and its sheet."""
    seen = find_week(session, contractor_id, day, now=now)
    sheet_ids = [] if seen.timesheet_id is None else [seen.timesheet_id]
    lock_projects_of(session, sheet_ids)
    session.get_one(Contractor, contractor_id, with_for_update={"key_share": True})
    list_locked_sheets(session, sheet_ids)
    return find_week(session, contractor_id, day, now=now)


def _check_submittable(week: HoursWeek, version: int) -> None:
    if week.status not in EDITABLE:
        raise Refused("closed", f"This week is {week.status} already.")
    if week.version != version:
        raise Refused("changed", "The week has changed since you opened the page; look again.")
    if not week.is_over:
        raise Refused("not_over", f"The week is not over in {week.bounds.zone}.")
    if not week.is_done:
        missing = week.num_missing
        days = "1 day has" if missing == 1 else f"{missing or 'All'} days have"
        raise Refused("missing", f"{days} no hours yet; enter 0 for a day off.")


@retried
def _move(
    session: Session,
    actor: Actor,
    wanted: Sequence[SheetVersion],
    move: _Move,
    reason: str = "",
) -> tuple[SheetOutcome, ...]:
    asked = {one.timesheet_id: one for one in wanted}
    with transaction(session):
        refuse_client_names(session, "reason", reason)
        lock_projects_of(session, list(asked))
        sheets = {sheet.id: sheet for sheet in list_locked_sheets(session, list(asked))}
        refused = {
            key: sentence
            for key, one in asked.items()
            if (sentence := _explain(actor, sheets.get(key), one, move)) is not None
        }
        moving = [
            sheet
            for sheet in sheets.values()
            if sheet.id not in refused and sheet.status != move.target
        ]
        _carry_out(session, actor, moving, move, reason)
    return tuple(
        SheetOutcome(key, key not in refused, refused.get(key, f"{move.target.capitalize()}."))
        for key in asked
    )


def _explain(actor: Actor, sheet: Timesheet | None, asked: SheetVersion, move: _Move) -> str | None:
    """Say why a sheet can't take the step; None when it can, or has taken it."""
    if sheet is None:
        return "There is no such week."
    is_own = actor.contractor_id == sheet.contractor_id
    if sheet.status == move.target and not is_own:
        return None
    is_payrolls = sheet.status == "locked" and not actor.may(Permission.LOCK_HOURS)
    reasons = (
        (is_own, "Nobody decides on their own hours."),
        (
            sheet.status not in move.sources,
            f"It is {sheet.status}, not {' or '.join(move.sources)}.",
        ),
        (sheet.version != asked.version, "It has changed since you saw it; look again."),
        (is_payrolls, "It is locked: only payroll can reopen it."),
    )
    return next((sentence for applies, sentence in reasons if applies), None)


def _carry_out(
    session: Session, actor: Actor, sheets: Sequence[Timesheet], move: _Move, reason: str
) -> None:
    events = []
    for sheet in sheets:
        before = _describe(sheet)
        sheet.status, sheet.reason = move.target, reason
        sheet.version += 1
        sheet.decided_at, sheet.decided_by = datetime.now(UTC), actor.user_id
        if move is _APPROVE:
            sheet.approved_version += 1
        events.append(Event(("timesheet", sheet.id), before, _describe(sheet)))
    session.flush()
    if move is _APPROVE:
        copy_approved(session, [sheet.id for sheet in sheets])
    record_all(session, actor=actor, action=move.action, events=events)
    if move.message is not None:
        add_messages(session, move.message, [_build_news(sheet) for sheet in sheets])


def _build_news(sheet: Timesheet) -> News:
    return News(
        f"{sheet.id}:{sheet.version}",
        {"week": sheet.starts_on.isoformat()},
        contractor_id=sheet.contractor_id,
    )


def _describe(sheet: Timesheet) -> Mapping[str, str | int]:
    return {
        "status": sheet.status,
        "version": sheet.version,
        "approved_version": sheet.approved_version,
        "reason": sheet.reason,
    }
