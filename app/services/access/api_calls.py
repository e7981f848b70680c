"""Calls that may come twice: the same idempotency key has one effect and one answer.

Two things make that so. A lock of the database lets one call of a key in at a time, over all
processes. And the call is written in the transaction of the first change that it makes, so
that a process that dies leaves either both or nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Delete, delete, event, func, insert, select, text, tuple_
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, SessionTransaction

from app.errors import AppError
from app.models import ApiCall
from app.services.transaction import transaction

KEPT = timedelta(days=7)
"""How long an answer is kept; then the key is as new."""

_WAIT_MS = 20_000
_LOCK_NOT_AVAILABLE = "55P03"
_MOST_REMOVED = 100


class KeyReused(AppError):
    """The key has been used for something else."""

    sentence = "This idempotency key came with another request before: draw a new one."

    def __init__(self) -> None:
        super().__init__(self.sentence)


class CallRunning(AppError):
    """The first call with the key goes on still."""

    sentence = "The first call with this idempotency key is still being answered. Try again."

    def __init__(self) -> None:
        super().__init__(self.sentence)


class AnswerLost(AppError):
    """The first call with the key changed something, but its answer was never kept."""

    sentence = (
        "The first call with this idempotency key was carried out, but its answer was lost. "
        "Nothing was done again: read what it was about."
    )

    def __init__(self) -> None:
        super().__init__(self.sentence)


@dataclass(frozen=True)
class KeyedCall:
    """A call with a key: whose token, and digests of the key and of what is asked."""

    token_id: int
    key_sha256: str
    fingerprint: str

    @classmethod
    def of(cls, token_id: int, key: str, *asked: bytes) -> KeyedCall:
        """Return the call of a token with `key`, which asks for `asked` in that order."""
        parts = (hashlib.sha256(part).digest() for part in asked)
        fingerprint = hashlib.sha256(b"".join(parts)).hexdigest()
        return cls(token_id, hashlib.sha256(key.encode()).hexdigest(), fingerprint)


@dataclass(frozen=True)
class KeptAnswer:
    """What a call was answered."""

    status: int
    body: str
    location: str | None


@dataclass
class Mark:
    """Whether a call has changed something by now."""

    is_written: bool = False


@contextmanager
def hold_key(session: Session, call: KeyedCall) -> Iterator[None]:
    """Keep every other call with the same key out, in whatever process it runs.

    session  one of its own, which the lock belongs to

    Raises CallRunning when the other call takes too long.
    """
    digest = hashlib.sha256(f"{call.token_id} {call.key_sha256}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    session.execute(text(f"SET LOCAL lock_timeout = {_WAIT_MS}"))
    try:
        session.execute(select(func.pg_advisory_xact_lock(number)))
    except OperationalError as error:
        session.rollback()
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise CallRunning from error
        raise
    try:
        yield
    finally:
        session.rollback()


def find_answer(session: Session, call: KeyedCall, *, now: datetime) -> KeptAnswer | None:
    """Return what the first call with the key was answered; None when this is the first.

    Raises KeyReused, or AnswerLost.
    """
    row = session.execute(
        select(ApiCall.fingerprint, ApiCall.status, ApiCall.body, ApiCall.location).where(
            ApiCall.token_id == call.token_id,
            ApiCall.key_sha256 == call.key_sha256,
            ApiCall.called_at > now - KEPT,
        )
    ).one_or_none()
    session.rollback()
    if row is None:
        return None
    if row.fingerprint != call.fingerprint:
        raise KeyReused
    if row.status is None or row.body is None:
        raise AnswerLost
    return KeptAnswer(row.status, row.body, row.location)


@contextmanager
def mark_changes(session: Session, call: KeyedCall, *, now: datetime) -> Iterator[Mark]:
    """Write the call together with the first change that `session` commits in the block."""
    mark = Mark()

    def write(_session: Session, begun: SessionTransaction, connection: Connection) -> None:
        if not mark.is_written and not begun.nested:
            connection.execute(_forget(call, before=now - KEPT))
            connection.execute(insert(ApiCall).values(**vars(call), called_at=now))

    def note(_session: Session) -> None:
        mark.is_written = True

    event.listen(session, "after_begin", write)
    event.listen(session, "after_commit", note)
    try:
        yield mark
    finally:
        event.remove(session, "after_begin", write)
        event.remove(session, "after_commit", note)


def keep_answer(session: Session, call: KeyedCall, answer: KeptAnswer, *, now: datetime) -> None:
    """Keep what the call is answered, and forget some that are too old."""
    with transaction(session):
        session.execute(
            postgresql.insert(ApiCall)
            .values(**vars(call), called_at=now, **vars(answer))
            .on_conflict_do_update(
                index_elements=[ApiCall.token_id, ApiCall.key_sha256], set_=vars(answer)
            )
        )
        old = (
            select(ApiCall.token_id, ApiCall.key_sha256)
            .where(ApiCall.called_at <= now - KEPT)
            .limit(_MOST_REMOVED)
            .with_for_update(skip_locked=True)
        )
        session.execute(
            delete(ApiCall).where(tuple_(ApiCall.token_id, ApiCall.key_sha256).in_(old)),
            execution_options={"synchronize_session": False},
        )


def _forget(call: KeyedCall, *, before: datetime) -> Delete:
    """Return the statement that removes the key's own row when its time is over."""
    return delete(ApiCall).where(
        ApiCall.token_id == call.token_id,
        ApiCall.key_sha256 == call.key_sha256,
        ApiCall.called_at <= before,
    )
