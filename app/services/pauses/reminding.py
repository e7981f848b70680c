"""Reminders of pauses whose review is near or over, so that none just lingers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Pause, PauseReminder
from app.services.access.access import Actor, Permission
from app.services.auditing.audit import record
from app.services.desk.pauses import list_scope
from app.services.messages.outbox import tell_staff
from app.services.transaction import retried, transaction

SOON_DAYS = 3
"""How long before its review a pause is called to mind."""

_AGAIN_DAYS = 7


@dataclass(frozen=True)
class DueReview:
    """An open pause to be reviewed, and how near the day is: `soon`, `due` or `overdue`."""

    pause_id: int
    review_by: date
    stage: str


def list_due_reviews(session: Session, today: date) -> list[DueReview]:
    """Return the open pauses whose review is within SOON_DAYS, today or over, earliest first."""
    rows = session.execute(
        select(Pause.id, Pause.review_by)
        .where(Pause.status == "open", Pause.review_by <= today + timedelta(days=SOON_DAYS))
        .order_by(Pause.review_by, Pause.id)
    )
    return [
        DueReview(pause_id, review_by, _name_stage(review_by, today))
        for pause_id, review_by in rows
        if review_by is not None
    ]


@retried
def remind(session: Session, *, actor: Actor, today: date) -> int:
    """Remind all who may pause, and write it into the histories; return how many were new.

    Each stage is written once, that a review is overdue every week again.
    """
    num_new = 0
    with transaction(session):
        for due in list_due_reviews(session, today):
            days_over = (today - due.review_by).days
            is_again = due.stage == "overdue"
            on_day = today - timedelta(days=days_over % _AGAIN_DAYS) if is_again else due.review_by
            added = session.execute(
                insert(PauseReminder)
                .values(
                    pause_id=due.pause_id, review_by=due.review_by, stage=due.stage, on_day=on_day
                )
                .on_conflict_do_nothing()
                .returning(PauseReminder.pause_id)
            ).all()
            num_new += len(added)
            if added:
                record(
                    session,
                    actor=actor,
                    action="pause.reminded",
                    subject=("pause", due.pause_id),
                    after={"review_by": due.review_by, "stage": due.stage},
                )
                tell_staff(
                    session,
                    "pause_review",
                    f"{due.pause_id}:{due.review_by}:{due.stage}:{on_day}",
                    {
                        "pause_id": due.pause_id,
                        "codenames": [name for _, name in list_scope(session, due.pause_id)],
                        "review_by": due.review_by.isoformat(),
                    },
                    pause_id=due.pause_id,
                    permission=Permission.PAUSE,
                )
    return num_new


def _name_stage(review_by: date, today: date) -> str:
    if review_by == today:
        return "due"
    return "overdue" if review_by < today else "soon"
