"""Sign-ins: each has a row, and ends the moment the row goes."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.models import UserSession
from app.services.transaction import transaction

SIGN_IN_LASTS = timedelta(hours=12)
"""From the sign-in on, however busy the person is."""

_SEEN_STEP = timedelta(minutes=1)
_TOKEN_BYTES = 32


def add_sign_in(session: Session, *, user_id: int, now: datetime) -> str:
    """Add a sign-in and return the random id for the browser; the caller commits.

    The database keeps only its hash: whoever reads a backup signs in nowhere with it.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    expired = UserSession.expires_at <= now
    session.execute(delete(UserSession).where(UserSession.user_id == user_id, expired))
    session.add(
        UserSession(
            token_sha256=_hash(token),
            user_id=user_id,
            last_seen_at=now,
            expires_at=now + SIGN_IN_LASTS,
        )
    )
    return token


def check_sign_in(session: Session, *, user_id: int, token: str, now: datetime) -> bool:
    """Tell whether the sign-in still stands, and note to the minute that it was used."""
    found = session.scalars(
        select(UserSession)
        .where(
            UserSession.token_sha256 == _hash(token),
            UserSession.user_id == user_id,
            UserSession.expires_at > now,
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        return False
    if now - found.last_seen_at >= _SEEN_STEP:
        found.last_seen_at = now
        session.commit()
    return True


def end_sign_in(session: Session, *, token: str) -> None:
    """End one sign-in, as signing out does."""
    with transaction(session):
        session.execute(delete(UserSession).where(UserSession.token_sha256 == _hash(token)))


def delete_sign_ins(session: Session, *, user_id: int, except_token: str = "") -> None:
    """End every sign-in of an account, but for one if its token is given; the caller commits."""
    ended = (UserSession.user_id == user_id) & (UserSession.token_sha256 != _hash(except_token))
    session.execute(delete(UserSession).where(ended))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
