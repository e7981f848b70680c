"""The rows of timesheets under lock, and the copy of their hours that an approval keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.models import ApprovedHours, Assignment, Contractor, HoursEntry, Project, Timesheet
from app.services.hours.pay_weeks import find_bounds
from app.services.keys import is_among


def lock_projects_of(session: Session, timesheet_ids: Sequence[int]) -> None:
    """Lock the projects of the sheets' hours: a pause under way takes its hours back first."""
    worked = (
        select(Assignment.project_id)
        .join(HoursEntry, HoursEntry.assignment_id == Assignment.assignment_id)
        .where(is_among(HoursEntry.timesheet_id, timesheet_ids))
    )
    session.execute(
        select(Project.project_id)
        .where(Project.project_id.in_(worked))
        .order_by(Project.project_id)
        .with_for_update(of=Project, read=True)
    ).all()


def list_locked_sheets(session: Session, timesheet_ids: Sequence[int]) -> Sequence[Timesheet]:
    """Return the sheets that exist, locked in the order of their keys."""
    if not timesheet_ids:
        return []
    return session.scalars(
        select(Timesheet)
        .where(is_among(Timesheet.id, timesheet_ids))
        .order_by(Timesheet.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def lock_sheet_of_day(session: Session, contractor: Contractor, day: date) -> Timesheet:
    """Return the contractor's sheet that holds `day`, locked, and a new one where there is none.

    The caller holds the lock of the contractor's row: nobody else begins a sheet meanwhile.
    """
    bounds = find_bounds(session, contractor, day)
    sheet = session.scalars(
        select(Timesheet)
        .where(
            Timesheet.contractor_id == contractor.contractor_id,
            Timesheet.starts_on == bounds.starts_on,
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if sheet is None:
        sheet = Timesheet(
            contractor_id=contractor.contractor_id,
            starts_on=bounds.starts_on,
            ends_on=bounds.ends_on,
            zone=bounds.zone,
            status="open",
            version=1,
            approved_version=0,
        )
        session.add(sheet)
        session.flush()
    return sheet


def copy_approved(session: Session, timesheet_ids: Sequence[int]) -> None:
    """Keep the present hours of the sheets as those of their `approved_version`."""
    copied = (
        select(
            HoursEntry.timesheet_id,
            Timesheet.approved_version,
            HoursEntry.assignment_id,
            HoursEntry.work_date,
            HoursEntry.hours,
            HoursEntry.rate_cents,
            HoursEntry.currency,
            HoursEntry.late_pause_id,
            Timesheet.decided_by,
        )
        .join(Timesheet, Timesheet.id == HoursEntry.timesheet_id)
        .where(is_among(Timesheet.id, timesheet_ids))
        .order_by(HoursEntry.timesheet_id, HoursEntry.assignment_id, HoursEntry.work_date)
    )
    columns = [
        "timesheet_id",
        "version",
        "assignment_id",
        "work_date",
        "hours",
        "rate_cents",
        "currency",
        "late_pause_id",
        "approved_by",
    ]
    session.execute(insert(ApprovedHours).from_select(columns, copied))
