"""Reminders of a review: each stage once, an overdue one every week again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from app.jobs import build_worker_app
from app.models import AuditEvent, Pause
from app.services.pauses.reminding import list_due_reviews, remind
from app.services.pauses.terminating import terminate_pause
from app.services.plans.plan_watch import ChildLimits
from tests.app.world import SYSTEM, add_world, pause_p1

REVIEW_BY = date(2026, 3, 16)


@pytest.fixture
def pause_id(session: Session) -> int:
    add_world(session, num_contractors=1)
    pause_id = pause_p1(session).pause_id
    assert session.get_one(Pause, pause_id).review_by == REVIEW_BY
    session.rollback()
    return pause_id


def list_stages(session: Session) -> list[str]:
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "pause.reminded").order_by(AuditEvent.id)
    )
    return [str(event.after and event.after["stage"]) for event in events]


@pytest.mark.parametrize(
    ("days", "stage"), [(-4, None), (-3, "soon"), (-1, "soon"), (0, "due"), (1, "overdue")]
)
def test_due_reviews_by_how_near_they_are(
    session: Session, pause_id: int, days: int, stage: str | None
) -> None:
    found = list_due_reviews(session, REVIEW_BY + timedelta(days=days))
    assert [(due.pause_id, due.stage) for due in found] == ([(pause_id, stage)] if stage else [])


def test_each_reminder_is_written_once_and_again_every_week(
    session: Session, pause_id: int
) -> None:
    for days in range(-5, 17):
        for _ in range(2):
            remind(session, actor=SYSTEM, today=REVIEW_BY + timedelta(days=days))
    assert list_stages(session) == ["soon", "due", "overdue", "overdue", "overdue"]


def test_extended_pause_is_recalled_anew_and_an_ended_one_never(
    session: Session, pause_id: int
) -> None:
    assert remind(session, actor=SYSTEM, today=REVIEW_BY) == 1
    session.get_one(Pause, pause_id).review_by = REVIEW_BY + timedelta(days=30)
    session.commit()
    assert remind(session, actor=SYSTEM, today=REVIEW_BY) == 0
    assert remind(session, actor=SYSTEM, today=REVIEW_BY + timedelta(days=30)) == 1
    terminate_pause(session, actor=SYSTEM, pause_id=pause_id, comment="Over")
    assert remind(session, actor=SYSTEM, today=REVIEW_BY + timedelta(days=60)) == 0


def test_worker_reminds_every_hour(database: Database) -> None:
    queue = build_worker_app(database, ChildLimits())
    task = queue.tasks["remind"]
    crons = {
        found.task.name: found.cron for found in queue.periodic_registry.periodic_tasks.values()
    }
    assert crons["remind"] == "5 * * * *"
    assert task.queueing_lock == "remind"
