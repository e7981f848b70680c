"""What payroll takes of timesheets: approved hours in force, and the lock on what it took."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.models import ApprovedHours, Timesheet
from app.services.access import Actor
from app.services.audit import Event, record_all
from app.services.timesheet_rows import list_locked_sheets


def select_in_force() -> Select[ApprovedHours]:
    """Return the statement of the approved hours that count now.

    Those of the last approval of each sheet that is approved or locked, days of 0 hours included.
    A reopened sheet has none until it is approved again; what an earlier approval held and the
    last one does not then counts as 0.
    """
    return (
        select(ApprovedHours)
        .join(Timesheet, Timesheet.id == ApprovedHours.timesheet_id)
        .where(
            Timesheet.status.in_(("approved", "locked")),
            ApprovedHours.version == Timesheet.approved_version,
        )
    )


def lock_exported(session: Session, *, actor: Actor, timesheet_ids: Sequence[int]) -> None:
    """Lock the approved sheets whose hours an export took, in the caller's transaction.

    The caller holds the locks of the projects, as `timesheet_rows.lock_projects_of` gives them:
    a pause takes no hours out of a locked sheet.
    """
    sheets = [
        sheet for sheet in list_locked_sheets(session, timesheet_ids) if sheet.status == "approved"
    ]
    for sheet in sheets:
        sheet.status = "locked"
        sheet.version += 1
    events = [
        Event(("timesheet", sheet.id), {"status": "approved"}, {"status": "locked"})
        for sheet in sheets
    ]
    record_all(session, actor=actor, action="timesheet.locked", events=events)
