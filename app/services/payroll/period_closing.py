"""Closing a pay period: from then on the database itself refuses every change of its hours."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.errors import Refused
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.payroll.pay_periods import get_locked_period, is_over
from app.services.payroll.payroll_readiness import summarise_period
from app.services.transaction import retried, transaction


@retried
def close_period(
    session: Session,
    *,
    actor: Actor,
    period_id: int,
    leave_unapproved: bool = False,
    now: datetime | None = None,
) -> bool:
    """Close the period for good; return whether it was open.

    leave_unapproved  the actor knows of hours that nobody has approved; approved later, they
                      go into the next batch as adjustments
    now               an instant with its zone, None = this one

    Raises NotFound, or Refused (`not_over`, `not_exported`, `unapproved`).
    """
    require(actor, Permission.EXPORT_PAYROLL)
    with transaction(session):
        period = get_locked_period(session, period_id, read=False)
        if period.closed_at is not None:
            return False
        instant = now or datetime.now(UTC)
        if not is_over(period, instant):
            raise Refused("not_over", f"The period runs until {period.ends_on} ({period.zone}).")
        readiness = summarise_period(session, period_id)
        if readiness.num_due:
            raise Refused(
                "not_exported", f"Export first: {readiness.num_due} approved lines are in no batch."
            )
        num_unapproved = sum(money.num_lines for money in readiness.unapproved)
        if num_unapproved and not leave_unapproved:
            raise Refused(
                "unapproved", "There are hours that nobody has approved: confirm to leave them out."
            )
        period.closed_at = instant
        period.closed_by = actor.user_id
        record(
            session,
            actor=actor,
            action="pay_period.closed",
            subject=("pay_period", period.id),
            after={
                "starts_on": period.starts_on,
                "ends_on": period.ends_on,
                "unapproved_lines": num_unapproved,
            },
        )
    return True
