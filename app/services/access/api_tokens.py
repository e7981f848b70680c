"""API tokens: made by an account for itself, shown once, kept as a hash, revoked at once."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import ApiToken, User
from app.services.access.access import Actor
from app.services.access.api_callers import hash_secret
from app.services.access.api_scopes import list_scopes
from app.services.auditing.audit import record
from app.services.transaction import retried, transaction

MAX_DAYS = 365
"""How long a token may live."""

MAX_NAME = 80
MOST_TOKENS = 20
"""Working tokens of one account."""

_START = "rdp_"
"""How every token begins: scanners for leaked secrets find it by that."""

_TOKEN_BYTES = 32
_HINT_CHARACTERS = 10


@dataclass(frozen=True)
class MadeToken:
    """A new token; `secret` is what the program sends, and can't be read again."""

    token_id: int
    secret: str


@dataclass(frozen=True)
class TokenRow:
    """A token as its account sees it; `state` is `works`, `expired` or `revoked`."""

    token_id: int
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    state: str


@retried
def make_token(
    session: Session,
    *,
    actor: Actor,
    name: str,
    scopes: Collection[str],
    num_days: int,
    now: datetime | None = None,
) -> MadeToken:
    """Make a token of the actor's own account that works for `num_days`, 1..MAX_DAYS.

    now  an instant with its zone, None = this one

    Raises InvalidValue for a scope of which the actor's roles carry nothing too, or Refused
    (`no_account`, `too_many_tokens`).
    """
    instant = now or datetime.now(UTC)
    _check_wish(actor, name, scopes, num_days)
    secret = _START + secrets.token_urlsafe(_TOKEN_BYTES)
    with transaction(session):
        # The account's row stands for the tokens that are made beside this one.
        session.get_one(User, actor.user_id, with_for_update=True, populate_existing=True)
        working = select(func.count()).where(*_list_conditions(actor.user_id, instant))
        if (session.scalar(working) or 0) >= MOST_TOKENS:
            sentence = f"An account has at most {MOST_TOKENS} tokens: revoke one first."
            raise Refused("too_many_tokens", sentence)
        token = ApiToken(
            user_id=actor.user_id,
            name=name.strip(),
            hint=secret[:_HINT_CHARACTERS],
            token_sha256=hash_secret(secret),
            scopes=sorted(scopes),
            created_at=instant,
            expires_at=instant + timedelta(days=num_days),
        )
        session.add(token)
        session.flush()
        record(
            session,
            actor=actor,
            action="token.made",
            subject=("api_token", token.id),
            after={"name": token.name, "scopes": token.scopes, "expires_at": token.expires_at},
        )
    return MadeToken(token.id, secret)


@retried
def revoke_token(
    session: Session, *, actor: Actor, token_id: int, now: datetime | None = None
) -> bool:
    """Let a token of the actor's own account stop working; twice is as once.

    Returns whether it worked until now. Raises NotFound for somebody else's token.
    """
    with transaction(session):
        token = session.get(ApiToken, token_id, with_for_update=True, populate_existing=True)
        if token is None or token.user_id != actor.user_id:
            raise NotFound("token", token_id)
        if token.revoked_at is not None:
            return False
        _revoke(session, actor, token, now or datetime.now(UTC))
    return True


def revoke_tokens_of(session: Session, *, actor: Actor, user_id: int) -> None:
    """Revoke every token of an account, as disabling it does; the caller commits."""
    tokens = session.scalars(
        select(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id)
        .with_for_update()
    )
    now = datetime.now(UTC)
    for token in tokens.all():
        _revoke(session, actor, token, now)


def list_tokens(session: Session, user_id: int, *, now: datetime) -> list[TokenRow]:
    """Return the tokens of an account, those that work first, the latest first in each."""
    rows = session.scalars(
        select(ApiToken)
        .where(ApiToken.user_id == user_id)
        .order_by(ApiToken.id.desc())
        .execution_options(populate_existing=True)
    )
    found = [_build_row(token, now) for token in rows]
    return sorted(found, key=lambda row: row.state != "works")


def _check_wish(actor: Actor, name: str, scopes: Collection[str], num_days: int) -> None:
    if actor.user_id is None:
        raise Refused("no_account", "A token belongs to an account.")
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise InvalidValue("name", name, f"what the token is for, at most {MAX_NAME} characters")
    allowed = list_scopes(actor)
    if not scopes or not set(scopes) <= set(allowed):
        expected = "some of " + ", ".join(allowed) if allowed else "nothing: no role allows any"
        raise InvalidValue("scopes", ", ".join(scopes), expected)
    if not 1 <= num_days <= MAX_DAYS:
        raise InvalidValue("num_days", num_days, f"a number from 1 to {MAX_DAYS}")


def _list_conditions(user_id: int | None, now: datetime) -> Sequence[ColumnElement[bool]]:
    """Return the conditions that a token of the account works."""
    return (
        ApiToken.user_id == user_id,
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > now,
    )


def _revoke(session: Session, actor: Actor, token: ApiToken, now: datetime) -> None:
    token.revoked_at = now
    record(
        session,
        actor=actor,
        action="token.revoked",
        subject=("api_token", token.id),
        before={"name": token.name, "scopes": token.scopes},
        after={"user_id": token.user_id},
    )


def _build_row(token: ApiToken, now: datetime) -> TokenRow:
    state = "expired" if token.expires_at <= now else "works"
    return TokenRow(
        token_id=token.id,
        name=token.name,
        hint=token.hint,
        scopes=tuple(token.scopes),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        state=state if token.revoked_at is None else "revoked",
    )
