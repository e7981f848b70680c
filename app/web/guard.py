"""Who may call a view: every route declares it, and one that does not is refused.

The guard runs before any view, before CSRF and before an object is looked up, so that a
refusal never tells whether something exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.errors import Forbidden
from app.services.access.access import Actor, Permission, require
from app.services.access.client_scopes import SCOPED_KEYS, check_object
from app.services.access.sign_ins import find_signed_in
from app.web.listing import is_fragment
from app.web.sessions import get_session, open_connection

log = structlog.get_logger()

View = TypeVar("View", bound=Callable[..., Any])


class Audience(Enum):
    """Who may call a view that needs no permission."""

    EVERYONE = "everyone"
    SIGNED_IN = "signed in"


Need = Permission | Audience

_FOREIGN_VIEWS: Mapping[str, Need] = MappingProxyType(
    {
        "static": Audience.EVERYONE,
        "bootstrap.static": Audience.EVERYONE,
        "htmx": Audience.EVERYONE,
        "security.login": Audience.EVERYONE,
        "security.logout": Audience.EVERYONE,
        # The library asks for a right password, or for a sign-in, by itself.
        "security.two_factor_setup": Audience.EVERYONE,
        "security.two_factor_token_validation": Audience.EVERYONE,
        "security.mf_recovery": Audience.EVERYONE,
        "security.two_factor_setup_validate": Audience.SIGNED_IN,
        "security.mf_recovery_codes": Audience.SIGNED_IN,
        "security.verify": Audience.SIGNED_IN,
    }
)
"""Views of libraries, which can't carry `permit`."""

SIGN_IN = "sign_in"
"""Where the browser's signed cookie carries the random id of its sign-in."""

_USER_ID = "_user_id"
"""Where Flask-Login puts the account's `fs_uniquifier`."""

_ATTRIBUTE = "redeploy_need"
_NARROWED = "redeploy_narrowed"


def permit(need: Need, *, narrowed: bool = False) -> Callable[[View], View]:
    """Declare what a view needs of its caller; goes below the route decorator.

    narrowed  the view shows whoever is limited to some clients no more than those; without it,
              and without a key of a client's object in its address, such a caller is refused
    """

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, need)
        setattr(view, _NARROWED, narrowed)
        return view

    return declare


def find_need(endpoint: str) -> Need | None:
    """Return what the view of `endpoint` needs; None when nobody declared it."""
    view = current_app.view_functions.get(endpoint)
    need: Need | None = getattr(view, _ATTRIBUTE, None)
    return need or _FOREIGN_VIEWS.get(endpoint)


def may_open(actor: Actor, endpoint: str) -> bool:
    """Tell whether `actor` may open a page whose address names no object."""
    need = find_need(endpoint)
    if not isinstance(need, Permission):
        return need is not None
    return actor.may(need) and (_is_narrowed(endpoint) or not actor.is_limited(need))


def get_actor() -> Actor:
    """Return who makes this request; only views that need someone signed in may ask."""
    actor: Actor = g.actor
    return actor


def init_guard(app: Flask) -> None:
    """Check every request of `app` before its view."""
    app.before_request(_check_request)
    app.context_processor(lambda: {"actor": g.get("actor")})
    app.jinja_env.globals.update(
        may_open=lambda endpoint: may_open(get_actor(), endpoint),
        sees_all_work=lambda: _sees_all_work(get_actor()),
    )


def _check_request() -> ResponseReturnValue | None:
    if request.endpoint is None:
        g.actor = find_actor()
        return None
    need = find_need(request.endpoint)
    if need is Audience.EVERYONE and request.endpoint in _FOREIGN_VIEWS:
        return None
    g.actor = find_actor()
    if need is Audience.EVERYONE:
        return None
    if g.actor is None:
        return _send_to_sign_in()
    if need is Audience.SIGNED_IN:
        return None
    if need is None:
        log.error("view without a declared permission", endpoint=request.endpoint)
        raise Forbidden(f"of {request.endpoint}, which nobody declared")
    require(g.actor, need)
    if g.actor.is_limited(need):
        _check_clients(g.actor, request.endpoint)
    return None


def _check_clients(actor: Actor, endpoint: str) -> None:
    """Refuse what is not of the actor's clients: objects as if they did not exist."""
    named = {name: key for name, key in (request.view_args or {}).items() if name in SCOPED_KEYS}
    if not named and not _is_narrowed(endpoint):
        raise Forbidden("of all clients")
    database_session = get_session()
    for name, key in named.items():
        check_object(database_session, actor.client_ids, name, key)
    database_session.rollback()


def _sees_all_work(actor: Actor) -> bool:
    return actor.may(Permission.VIEW_OPS) and not actor.is_limited(Permission.VIEW_OPS)


def _is_narrowed(endpoint: str) -> bool:
    return bool(getattr(current_app.view_functions.get(endpoint), _NARROWED, False))


def find_actor() -> Actor | None:
    """Return who is signed in as of now, None when nobody is: the account and the sign-in stand."""
    uniquifier, token = session.get(_USER_ID), session.get(SIGN_IN)
    if not isinstance(uniquifier, str) or not isinstance(token, str):
        return None
    with open_connection() as connection:
        return find_signed_in(connection, uniquifier=uniquifier, token=token, now=datetime.now(UTC))


def _send_to_sign_in() -> Response:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    address = url_for("security.login", next=None if wanted == "/" else wanted)
    if is_fragment():
        response = Response(status=401)
        response.headers["HX-Redirect"] = url_for("security.login")
        return response
    return redirect(address)
