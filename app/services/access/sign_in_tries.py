"""Tries to sign in, counted in the database: the limit is one for all web processes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import SignInTries
from app.services.transaction import transaction

TRIES_COUNT_FOR = timedelta(minutes=5)
"""From the first of them on; then the count begins anew."""

_MOST_REMOVED = 100


@dataclass(frozen=True)
class TryLimit:
    """At most `most` tries with the same `key`, such as an account or a network address."""

    key: str
    most: int


def take_try(session: Session, limits: Sequence[TryLimit], *, now: datetime) -> datetime | None:
    """Count a try against every limit; return None, or when the first full one opens again.

    A try that is refused counts nowhere. It counts before the password is looked at, so that
    many tries at once are no more than the limit. Name the limits in the same order always:
    each is a row lock.
    """
    with transaction(session):
        for limit in limits:
            if not _count(session, limit, now):
                opens_at = _get_end(session, limit)
                session.rollback()
                return opens_at
        _remove_old(session, now)
    return None


def give_back_try(session: Session, limits: Sequence[TryLimit], *, now: datetime) -> None:
    """Take back what `take_try` counted: the try was no failure."""
    with transaction(session):
        for limit in limits:
            session.execute(
                update(SignInTries)
                .where(
                    SignInTries.key_sha256 == _hash(limit.key),
                    SignInTries.num_tries > 0,
                    SignInTries.ends_at > now,
                )
                .values(num_tries=SignInTries.num_tries - 1)
            )


def _count(session: Session, limit: TryLimit, now: datetime) -> bool:
    """Add one to the count, or begin a new one; return False when the limit is reached."""
    ends_at = now + TRIES_COUNT_FOR
    is_over = SignInTries.ends_at <= now
    counted = session.execute(
        insert(SignInTries)
        .values(key_sha256=_hash(limit.key), num_tries=1, ends_at=ends_at)
        .on_conflict_do_update(
            index_elements=[SignInTries.key_sha256],
            set_={
                "num_tries": case((is_over, 1), else_=SignInTries.num_tries + 1),
                "ends_at": case((is_over, ends_at), else_=SignInTries.ends_at),
            },
            where=or_(is_over, SignInTries.num_tries < limit.most),
        )
        .returning(SignInTries.num_tries)
    )
    return counted.first() is not None


def _get_end(session: Session, limit: TryLimit) -> datetime:
    return session.execute(
        select(SignInTries.ends_at).where(SignInTries.key_sha256 == _hash(limit.key))
    ).scalar_one()


def _remove_old(session: Session, now: datetime) -> None:
    """Remove some counts that are over; whoever else is at work on one keeps it."""
    old = (
        select(SignInTries.key_sha256)
        .where(SignInTries.ends_at <= now)
        .limit(_MOST_REMOVED)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(SignInTries).where(SignInTries.key_sha256.in_(old)),
        execution_options={"synchronize_session": False},
    )


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
