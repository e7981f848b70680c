"""Changes that were turned away: a line in the audit trail for each, and no more than it can bear.

Whoever asks again and again fills no trail: of one person and minute MOST_A_MINUTE refusals are
an event each, what comes beyond is counted, and the count is an event when the minute is over.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import AuditDenialCount
from app.services.access.access import Actor
from app.services.auditing.audit import record
from app.services.transaction import transaction

MOST_A_MINUTE = 30
"""Refusals of one person that are an event each; a hand on a keyboard does not get there."""

WINDOW = timedelta(minutes=1)

_MOST_CHARACTERS = 300
"""Of an address; the rest says nothing about what was tried."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_DENIED = frozenset({403, 404})


def is_denial(method: str, status: int, code: str | None) -> bool:
    """Whether an answer turned a change away: by its status, or because a rule named by `code` did.

    What failed on our side (5xx) was not refused.
    """
    if method in _READING or status >= 500:
        return False
    return status >= 400 or code is not None


def record_denial(
    session: Session,
    *,
    actor: Actor,
    endpoint: str,
    method: str,
    path: str,
    status: int,
    code: str,
    now: datetime | None = None,
) -> None:
    """Note that somebody who is signed in tried a change that was not made.

    The event is `request.denied` where it is not theirs to make, by role (403) or as not there
    for them (404), and `request.refused` where a rule said no. What was typed is not kept.

    endpoint  name of the route
    code      the rule: `csrf`, `invalid`, `stale`, or the code of a domain error
    now       an instant with its zone, None = this one
    """
    # PostgreSQL's text holds neither a zero byte nor half a character.
    shown = path[:_MOST_CHARACTERS].replace("\0", "?").encode(errors="replace").decode()
    with transaction(session):
        if not _count(session, actor, now or datetime.now(UTC)):
            return
        record(
            session,
            actor=actor,
            action="request.denied" if status in _DENIED else "request.refused",
            subject=("request", endpoint),
            after={"method": method, "path": shown, "status": status, "code": code},
        )


def record_counts(session: Session, *, actor: Actor, now: datetime) -> int:
    """Write down the counts of minutes that are over; return how many there were.

    actor  who looks after them: the worker
    """
    over = (
        select(AuditDenialCount)
        .where(AuditDenialCount.began_at <= now - WINDOW)
        .order_by(AuditDenialCount.user_id)
        .with_for_update(skip_locked=True)
    )
    with transaction(session):
        counts = session.scalars(over).all()
        num_beyond = sum(_record_count(session, actor, count) for count in counts)
        for count in counts:
            session.delete(count)
    return num_beyond


def _count(session: Session, actor: Actor, now: datetime) -> bool:
    """Count one more of the actor; return whether it is an event of its own."""
    first = insert(AuditDenialCount).values(user_id=actor.user_id, began_at=now, num_denied=0)
    session.execute(first.on_conflict_do_nothing())
    count = session.get_one(
        AuditDenialCount, actor.user_id, with_for_update=True, populate_existing=True
    )
    if count.began_at <= now - WINDOW:
        _record_count(session, actor, count)
        count.began_at, count.num_denied = now, 0
    count.num_denied += 1
    return count.num_denied <= MOST_A_MINUTE


def _record_count(session: Session, actor: Actor, count: AuditDenialCount) -> bool:
    """Write down how many of a minute that is over were no event; return whether any were."""
    num_beyond = count.num_denied - MOST_A_MINUTE
    if num_beyond > 0:
        record(
            session,
            actor=actor,
            action="request.refusals_counted",
            subject=("user", count.user_id),
            after={"count": num_beyond, "since": count.began_at},
        )
    return num_beyond > 0
