"""What payroll may take of timesheets: the approved hours in force."""

from __future__ import annotations

from sqlalchemy import Select, select

from app.models import ApprovedHours, Timesheet


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
