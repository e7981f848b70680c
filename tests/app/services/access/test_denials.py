"""Refused changes in the audit trail: each one, and no more than it can bear."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Database
from app.models import AuditDenialCount, AuditEvent, User
from app.services.access.access import Actor
from app.services.access.denials import MOST_A_MINUTE, is_denial, record_counts, record_denial
from tests.app.world import SYSTEM

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def actor(session: Session) -> Actor:
    user = User(email="a@vendor.example", name="A", password=None, fs_uniquifier="a")
    session.add(user)
    session.commit()
    return Actor(user.id, "A", frozenset())


def deny(session: Session, actor: Actor, now: datetime = NOW, status: int = 409) -> None:
    record_denial(
        session,
        actor=actor,
        endpoint="ops.pin",
        method="POST",
        path="/ops/proposals/1/pin",
        status=status,
        code="stale",
        now=now,
    )


def count(session: Session, action: str) -> int:
    num = session.scalar(
        select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)
    )
    session.rollback()
    return num or 0


def list_counts(session: Session) -> list[tuple[str, str, object]]:
    rows = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.action == "request.refusals_counted")
        .order_by(AuditEvent.id)
    ).all()
    session.rollback()
    return [(row.actor, row.subject_id, row.after) for row in rows]


@pytest.mark.parametrize(
    ("method", "status", "code", "is_one"),
    [
        ("POST", 403, None, True),
        ("POST", 409, "wall", True),
        ("POST", 302, "stale", True),
        ("PUT", 429, None, True),
        ("POST", 200, None, False),
        ("POST", 503, "away", False),
        ("GET", 403, "forbidden", False),
    ],
)
def test_denial_is_a_change_that_was_not_made(
    method: str, status: int, code: str | None, is_one: bool
) -> None:
    assert is_denial(method, status, code) == is_one


def test_refusals_of_a_minute_are_events_up_to_a_bound(session: Session, actor: Actor) -> None:
    """Check 40: who asks again and again fills no trail, and is not forgotten either."""
    for _ in range(MOST_A_MINUTE + 7):
        deny(session, actor, NOW + timedelta(seconds=59))
    assert count(session, "request.refused") == MOST_A_MINUTE
    assert list_counts(session) == []
    began = NOW + timedelta(seconds=59)
    deny(session, actor, NOW + timedelta(seconds=119))
    assert count(session, "request.refused") == MOST_A_MINUTE + 1
    assert list_counts(session) == [
        ("A", str(actor.user_id), {"count": 7, "since": str(began)}),
    ]


def test_count_is_written_down_when_nobody_asks_any_more(session: Session, actor: Actor) -> None:
    for _ in range(MOST_A_MINUTE + 2):
        deny(session, actor)
    assert record_counts(session, actor=SYSTEM, now=NOW + timedelta(seconds=59)) == 0
    assert record_counts(session, actor=SYSTEM, now=NOW + timedelta(seconds=60)) == 1
    assert record_counts(session, actor=SYSTEM, now=NOW + timedelta(seconds=60)) == 0
    assert [(name, after) for name, _user_id, after in list_counts(session)] == [
        (SYSTEM.name, {"count": 2, "since": str(NOW)})
    ]
    assert session.scalars(select(AuditDenialCount)).all() == []


def test_quiet_minute_leaves_no_count(session: Session, actor: Actor) -> None:
    deny(session, actor)
    assert record_counts(session, actor=SYSTEM, now=NOW + timedelta(minutes=2)) == 0
    assert list_counts(session) == []


def test_bound_holds_for_many_at_once(database: Database, session: Session, actor: Actor) -> None:
    def deny_many(_clerk: int) -> None:
        with database.session() as own:
            for _ in range(10):
                deny(own, actor)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(deny_many, range(5)))
    assert count(session, "request.refused") == MOST_A_MINUTE
    assert session.scalars(select(AuditDenialCount.num_denied)).one() == 50


def test_bound_is_of_one_person(session: Session, actor: Actor) -> None:
    other = User(email="b@vendor.example", name="B", password=None, fs_uniquifier="b")
    session.add(other)
    session.commit()
    deny_other = partial(deny, session, Actor(other.id, "B", frozenset()))
    for _ in range(MOST_A_MINUTE):
        deny(session, actor)
    deny_other()
    assert count(session, "request.refused") == MOST_A_MINUTE + 1
