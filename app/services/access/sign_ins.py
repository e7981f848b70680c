"""Sign-ins: each has a row, and ends the moment the row goes."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import (
    ARRAY,
    Connection,
    Function,
    Select,
    Text,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.models import ClientScope, Role, User, UserSession, users_roles
from app.services.access.access import Actor
from app.services.transaction import transaction

SIGN_IN_LASTS = timedelta(hours=12)
"""From the sign-in on, however busy the person is."""

_SEEN_STEP = timedelta(minutes=1)
_TOKEN_BYTES = 32


def _gather(texts: Select[str]) -> Function[list[str]]:
    """Return the one column of many rows as one array."""
    return func.array(texts.correlate(User).scalar_subquery(), type_=ARRAY(Text))


_SIGNED_IN = (
    select(
        User.id.label("user_id"),
        User.name,
        User.contractor_id,
        UserSession.id.label("sign_in_id"),
        UserSession.last_seen_at,
        _gather(
            select(Role.name)
            .join(users_roles, users_roles.c.role_id == Role.id)
            .where(users_roles.c.user_id == User.id)
        ).label("roles"),
        _gather(select(ClientScope.client_id).where(ClientScope.user_id == User.id)).label(
            "client_ids"
        ),
    )
    .join(UserSession, UserSession.user_id == User.id)
    .where(
        User.fs_uniquifier == bindparam("uniquifier"),
        User.active,
        UserSession.token_sha256 == bindparam("token_sha256"),
        UserSession.expires_at > bindparam("now", type_=UserSession.expires_at.type),
    )
)
"""Whoever has a sign-in, with the roles and clients of this moment."""


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


def find_signed_in(
    connection: Connection, *, uniquifier: str, token: str, now: datetime
) -> Actor | None:
    """Return who has this sign-in as of now; None once it, or the account, has ended.

    One statement, as every request begins with it, on a connection without a transaction.
    Notes to the minute that the sign-in was used.

    uniquifier  of the account, as its browser's cookie says
    """
    keys = {"uniquifier": uniquifier, "token_sha256": _hash(token), "now": now}
    found = connection.execute(_SIGNED_IN, keys).one_or_none()
    if found is None:
        return None
    if now - found.last_seen_at >= _SEEN_STEP:
        seen = update(UserSession).where(UserSession.id == found.sign_in_id)
        connection.execute(seen.values(last_seen_at=now))
    return Actor.of_account(
        found.user_id,
        found.name,
        roles=found.roles,
        contractor_id=found.contractor_id,
        client_ids=found.client_ids,
    )


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
