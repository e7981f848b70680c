"""Who may call an operation: each declares a permission and a scope, or it is refused.

The only way in is `Authorization: Bearer`. There is no cookie, hence nothing that another
site's page could send along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app, g, request

from app.api.sessions import get_session
from app.config import Settings
from app.errors import Forbidden, NotFound
from app.services.access.access import Permission, require
from app.services.access.api_callers import (
    OpenedToken,
    TokenActor,
    TokenRefused,
    TooManyCalls,
    open_token,
)
from app.services.access.client_scopes import SCOPED_KEYS, check_object
from app.services.access.sign_in_tries import TryLimit, take_try

log = structlog.get_logger()

View = TypeVar("View", bound=Callable[..., Any])

WRONG_TOKENS_OF_AN_ADDRESS = 30
"""Tokens that open nothing, from one network address in five minutes; then comes 429."""

_ATTRIBUTE = "redeploy_need"
_SCHEME = "bearer"


@dataclass(frozen=True)
class Need:
    """What an operation asks of its caller.

    permission  of the account's roles, None = any account
    scope       of the token, None = any
    narrowed    it shows whoever is limited to some clients no more than those; without it, and
                without a key of a client's object in its address, such a caller is refused
    is_public   whether it asks for no token at all
    """

    permission: Permission | None = None
    scope: str | None = None
    narrowed: bool = False
    is_public: bool = False


PUBLIC = Need(is_public=True)
ANY_TOKEN = Need()


def permit(need: Need) -> Callable[[View], View]:
    """Declare what a view needs of its caller; goes below the route."""

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, need)
        return view

    return declare


def find_need(app: Flask, endpoint: str) -> Need | None:
    """Return what the view of `endpoint` needs; None when nobody declared it."""
    need: Need | None = getattr(app.view_functions.get(endpoint), _ATTRIBUTE, None)
    return need


def get_token() -> OpenedToken:
    """Return the token of this call."""
    token: OpenedToken = g.token
    return token


def get_actor() -> TokenActor:
    """Return who makes this call."""
    return get_token().actor


def get_client_ids() -> frozenset[str] | None:
    """Return the clients whose work the caller may see, None = all clients'."""
    return get_actor().client_ids


def get_user_id() -> int:
    """Return the account that the caller is; raises NotFound when it is none."""
    user_id = get_actor().user_id
    if user_id is None:
        raise NotFound("account", "of this token")
    return user_id


def get_contractor_id() -> str:
    """Return the contractor that the caller is; raises NotFound when it is none."""
    contractor_id = get_actor().contractor_id
    if contractor_id is None:
        raise NotFound("contractor", "of this account")
    return contractor_id


def init_guard(app: Flask) -> None:
    """Check every call of `app` before its view."""
    app.before_request(_check_call)


def _check_call() -> None:
    if request.endpoint is None:
        return
    need = find_need(current_app, request.endpoint)
    if need is not None and need.is_public:
        return
    g.token = _open_token()
    # Where the log of requests looks for who asks.
    g.actor = g.token.actor
    if need is None:
        log.error("operation without a declared permission", endpoint=request.endpoint)
        raise Forbidden(f"of {request.endpoint}, which nobody declared")
    if need.scope is not None and need.scope not in g.token.scopes:
        raise Forbidden(need.scope)
    if need.permission is not None:
        require(g.token.actor, need.permission)
        if g.token.actor.is_limited(need.permission):
            _check_clients(g.token.actor, is_narrowed=need.narrowed)


def _check_clients(actor: TokenActor, *, is_narrowed: bool) -> None:
    """Refuse what is not of the actor's clients: objects as if they did not exist."""
    named = {name: key for name, key in (request.view_args or {}).items() if name in SCOPED_KEYS}
    if not named and not is_narrowed:
        raise Forbidden("of all clients")
    session = get_session()
    for name, key in named.items():
        check_object(session, actor.client_ids, name, key)
    session.rollback()


def _open_token() -> OpenedToken:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != _SCHEME or not secret.strip():
        raise TokenRefused
    settings: Settings = current_app.extensions["redeploy.settings"]
    now = datetime.now(UTC)
    try:
        return open_token(
            get_session(),
            secret.strip(),
            now=now,
            calls_per_minute=settings.api_calls_per_minute,
        )
    except TokenRefused:
        _count_wrong_token(now)
        raise
    except TooManyCalls as error:
        # Whom the trail names for the call that was not made.
        g.actor = error.actor
        raise


def _count_wrong_token(now: datetime) -> None:
    """Count a try from this address; raises TooManyCalls when there were too many."""
    limit = TryLimit(f"token {request.remote_addr}", WRONG_TOKENS_OF_AN_ADDRESS)
    opens_at = take_try(get_session(), [limit], now=now)
    if opens_at is not None:
        raise TooManyCalls(max(1, int((opens_at - now).total_seconds() + 1)))
