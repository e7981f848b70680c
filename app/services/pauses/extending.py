"""Extending: a pause goes on, with a new day by which it is to be reviewed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.errors import InvalidValue
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.plans.horizon import MAX_DAYS_AHEAD
from app.services.plans.planning import get_open_pause
from app.services.transaction import retried, transaction
from app.services.webhooks.webhook_news import tell_extended


@retried
def extend_pause(
    session: Session,
    *,
    actor: Actor,
    pause_id: int,
    review_by: date,
    today: date,
    comment: str = "",
    late_hours_until: datetime | None = None,
) -> bool:
    """Set the day by which an open pause is to be reviewed, and the cut-off for late hours.

    late_hours_until  None = no end

    Returns whether anything changed: the same order again changes nothing.

    Raises NotFound, InvalidValue for a day before `today` or more than a year ahead or a
    cut-off before the pause, or Refused (`resumed`, `terminated`).
    """
    require(actor, Permission.PAUSE)
    if not today <= review_by <= today + timedelta(days=MAX_DAYS_AHEAD):
        expected = f"a day from {today} to {today + timedelta(days=MAX_DAYS_AHEAD)}"
        raise InvalidValue("review_by", review_by, expected)
    with transaction(session):
        pause = get_open_pause(session, pause_id)
        if late_hours_until is not None and late_hours_until < pause.effective_at:
            raise InvalidValue("late_hours_until", late_hours_until, "no earlier than the pause")
        before = {"review_by": pause.review_by, "late_hours_until": pause.late_hours_until}
        after = {"review_by": review_by, "late_hours_until": late_hours_until}
        if before == after:
            return False
        pause.review_by = review_by
        pause.late_hours_until = late_hours_until
        tell_extended(session, pause)
        record(
            session,
            actor=actor,
            action="pause.extended",
            subject=("pause", pause_id),
            before=before,
            after={**after, "comment": comment.strip()},
        )
    return True
