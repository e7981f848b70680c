"""Calls with an idempotency key: written with the first change, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import Database
from app.models import ApiCall, Project
from app.services.access.api_calls import (
    AnswerLost,
    KeptAnswer,
    KeyedCall,
    KeyReused,
    find_answer,
    hold_key,
    keep_answer,
    mark_changes,
)
from app.services.access.api_tokens import make_token
from app.services.transaction import transaction
from tests.app.world import add_account, add_world

NOW = datetime.now(UTC)
ANSWER = KeptAnswer(201, "{}", "/there")
OUT_OF_RANGE = 99


@pytest.fixture
def call(session: Session) -> KeyedCall:
    """A call of an ops manager's token."""
    ops = add_account(session, "ops_manager")
    made = make_token(session, actor=ops, name="n", scopes=["ops:read"], num_days=1)
    return KeyedCall.of(made.token_id, "key", b"POST /pauses", b"{}")


def set_priority(session: Session, priority: int) -> None:
    with transaction(session):
        session.get_one(Project, "P1").priority = priority


def list_calls(database: Database) -> list[tuple[str, int | None]]:
    """Return what somebody else sees."""
    with database.session() as other:
        rows = other.execute(select(ApiCall.key_sha256, ApiCall.status))
        return [(key, status) for key, status in rows]


def test_call_is_written_with_the_first_change(
    database: Database, session: Session, call: KeyedCall
) -> None:
    add_world(session)
    with mark_changes(session, call, now=NOW) as mark:
        with pytest.raises(IntegrityError):
            set_priority(session, OUT_OF_RANGE)
        assert (mark.is_written, list_calls(database)) == (False, [])
        for priority in (1, 2):
            set_priority(session, priority)
        assert (mark.is_written, list_calls(database)) == (True, [(call.key_sha256, None)])
    with pytest.raises(AnswerLost):
        find_answer(session, call, now=NOW)
    keep_answer(session, call, ANSWER, now=NOW)
    assert find_answer(session, call, now=NOW) == ANSWER


def test_nothing_is_written_outside_the_call(
    database: Database, session: Session, call: KeyedCall
) -> None:
    with mark_changes(session, call, now=NOW):
        pass
    add_world(session)
    assert list_calls(database) == []


def test_another_request_is_told_apart_by_every_part(session: Session, call: KeyedCall) -> None:
    keep_answer(session, call, ANSWER, now=NOW)
    for asked in ((b"POST /pauses", b"{ }"), (b"POST /pause", b"s{}"), (b"POST /pauses{}", b"")):
        with pytest.raises(KeyReused):
            find_answer(session, KeyedCall.of(call.token_id, "key", *asked), now=NOW)
    other = KeyedCall.of(call.token_id, "other key", b"POST /pauses", b"{}")
    assert find_answer(session, other, now=NOW) is None


def test_key_is_free_again_after_a_call_that_failed(
    database: Database, session: Session, call: KeyedCall
) -> None:
    with database.session() as own, pytest.raises(RuntimeError), hold_key(own, call):
        raise RuntimeError
    with database.session() as own, hold_key(own, call):
        assert find_answer(session, call, now=NOW) is None
