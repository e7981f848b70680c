"""Reminding whoever has not submitted their week."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.desk.timesheet_filter import SheetFilter
from app.services.desk.timesheets import list_missing
from app.services.messages.outbox import News, add_messages
from app.services.transaction import retried, transaction


@retried
def remind_missing(session: Session, *, actor: Actor, narrowed: SheetFilter, today: date) -> int:
    """Tell everybody who passes the filter and has not submitted; return how many were told.

    Nobody is told twice of one week on one day.
    """
    require(actor, Permission.APPROVE_HOURS)
    with transaction(session):
        news = [
            News(
                f"{starts_on}:{today}",
                {"week": starts_on.isoformat()},
                contractor_id=contractor_id,
            )
            for contractor_id, starts_on in list_missing(session, narrowed)
        ]
        num_told = add_messages(session, "hours_missing", news)
        if num_told:
            record(
                session,
                actor=actor,
                action="timesheets.reminded",
                subject=("day", narrowed.day),
                after={"told": num_told},
            )
    return num_told
