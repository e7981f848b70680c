"""Who calls the API: what a token opens at one call, counted against its rate."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from app.errors import AppError
from app.models import ApiToken, User
from app.services.access.access import Actor, Permission
from app.services.access.api_scopes import join_permissions
from app.services.transaction import transaction

RATE_WINDOW = timedelta(minutes=1)


class TokenRefused(AppError):
    """The call carries no token, or one that opens nothing: why is not told."""

    def __init__(self) -> None:
        super().__init__("This needs a token that works.")


@dataclass(frozen=True)
class TokenActor(Actor):
    """Whoever a token's account is, with what both its roles and the token's scopes allow."""

    granted: frozenset[Permission] = frozenset()

    def may(self, permission: Permission) -> bool:
        """Tell whether roles and scopes both carry the permission."""
        return permission in self.granted and super().may(permission)


class TooManyCalls(AppError):
    """The token has had its calls of this minute; `retry_after_s` is until the next.

    actor  whose token it is, None where too many tokens of an address open nothing
    """

    def __init__(self, retry_after_s: int, actor: TokenActor | None = None) -> None:
        self.retry_after_s = retry_after_s
        self.actor = actor
        super().__init__(f"Too many calls: wait {retry_after_s} s.")


@dataclass(frozen=True)
class OpenedToken:
    """A token that works, at one call."""

    token_id: int
    name: str
    scopes: frozenset[str]
    expires_at: datetime
    actor: TokenActor


def open_token(
    session: Session, secret: str, *, now: datetime, calls_per_minute: int
) -> OpenedToken:
    """Return what a token opens, and count the call.

    Account, roles and revocation are read anew at each call: what ended a moment ago opens
    nothing. Raises TokenRefused, or TooManyCalls.
    """
    is_over = ApiToken.window_started_at.is_(None) | (
        ApiToken.window_started_at <= now - RATE_WINDOW
    )
    with transaction(session):
        row = session.execute(
            update(ApiToken)
            .where(
                ApiToken.token_sha256 == hash_secret(secret),
                ApiToken.revoked_at.is_(None),
                ApiToken.expires_at > now,
            )
            .values(
                last_used_at=now,
                window_started_at=case((is_over, now), else_=ApiToken.window_started_at),
                num_calls=case((is_over, 1), else_=ApiToken.num_calls + 1),
            )
            .returning(
                ApiToken.id,
                ApiToken.user_id,
                ApiToken.name,
                ApiToken.scopes,
                ApiToken.expires_at,
                ApiToken.window_started_at,
                ApiToken.num_calls,
            ),
            execution_options={"synchronize_session": False},
        ).one_or_none()
        user = None if row is None else session.get(User, row.user_id, populate_existing=True)
        if row is None or user is None or not user.active:
            raise TokenRefused
        actor = TokenActor(**vars(Actor.of_user(user)), granted=join_permissions(row.scopes))
        if row.num_calls > calls_per_minute:
            left = row.window_started_at + RATE_WINDOW - now
            raise TooManyCalls(max(1, int(left.total_seconds() + 1)), actor)
    return OpenedToken(row.id, row.name, frozenset(row.scopes), row.expires_at, actor)


def hash_secret(secret: str) -> str:
    """Return what the database keeps of a token, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
