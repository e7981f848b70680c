"""Attempts to change something that were turned away: a line in the audit trail for each."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.services.access import Actor
from app.services.audit import record
from app.services.transaction import transaction

_MOST_CHARACTERS = 300
"""Of an address; the rest says nothing about what was tried."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_DENIED = frozenset({403, 404})


def is_denial(method: str, status: int) -> bool:
    """Whether an answer turned a change away: by role (403), or as not there for them (404)."""
    return method not in _READING and status in _DENIED


def record_denial(
    session: Session, *, actor: Actor, endpoint: str, method: str, path: str, status: int
) -> None:
    """Note that somebody who is signed in tried a change that is not theirs to make.

    endpoint  name of the route
    status    403 = their roles do not carry it, 404 = there is no such thing for them
    """
    # PostgreSQL's text holds neither a zero byte nor half a character.
    shown = path[:_MOST_CHARACTERS].replace("\0", "?").encode(errors="replace").decode()
    with transaction(session):
        record(
            session,
            actor=actor,
            action="request.denied",
            subject=("request", endpoint),
            after={"method": method, "path": shown, "status": status},
        )
