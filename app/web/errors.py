"""The one place where an error becomes HTTP: status, calm words, a way on."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import structlog
from flask import Flask, g, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from psycopg.errors import DiskFull
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.errors import Busy, Forbidden, InvalidValue, NotFound, Refused, Stale
from app.request_ids import find_request_id
from app.web.listing import is_fragment
from app.web.sessions import get_session
from solver.errors import InvalidInput, UnknownScope

log = structlog.get_logger()


@dataclass(frozen=True)
class ErrorPage:
    """What a person reads when a request fails."""

    status: int
    title: str
    sentence: str


_NOT_FOUND = ErrorPage(
    404,
    "There is nothing here",
    "The address may be mistyped, or what it named is not yours to see. "
    "Everything you can reach stands in the menu.",
)
_FORBIDDEN = ErrorPage(
    403,
    "This desk is not yours",
    "Your role does not include this page. If you need it for your work, ask an administrator.",
)
_CSRF = ErrorPage(
    400,
    "The form has gone stale",
    "It was opened before you signed in, or in another browser. Nothing was changed: "
    "go back, reload the page, and send it again.",
)
_TOO_MANY = ErrorPage(
    429,
    "Too many attempts",
    "Sign-in is on hold after several failures. Wait five minutes, then try again.",
)
_TOO_LARGE = ErrorPage(
    413,
    "That is too much at once",
    "Nothing was kept of it. Upload fewer or smaller files; the page says how much it takes.",
)
_BROKEN = ErrorPage(
    500,
    "Something broke on our side",
    "Nothing of this request was saved, and the fault is in the log. "
    "Try again in a moment; if it stays, tell your administrator the number below.",
)
_AWAY = ErrorPage(
    503,
    "The database does not answer",
    "It is being restarted, or too much is asked of it. What you sent may have been saved or not: "
    "look again in a moment, before you send it once more.",
)
_FULL = ErrorPage(
    503,
    "There is no room left",
    "The disk of the server is full, so nothing of this request was saved. "
    "Tell your administrator, and send it again once there is room.",
)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_RETRY_AFTER_S = 5
_TO_NOTICES = MappingProxyType(
    {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML show:top", "HX-Push-Url": "false"}
)
"""What was asked for stays as it is; the page's region for notices takes the error."""

_HTTP_PAGES = {
    page.status: page for page in (_NOT_FOUND, _FORBIDDEN, _TOO_LARGE, _TOO_MANY, _BROKEN)
}


def init_errors(app: Flask) -> None:
    """Render every error of `app` as a page, or as a notice where htmx asked for a part."""
    app.register_error_handler(NotFound, lambda _error: _render(_NOT_FOUND))
    app.register_error_handler(Forbidden, _render_forbidden)
    app.register_error_handler(InvalidValue, _render_invalid)
    app.register_error_handler(InvalidInput, _render_invalid)
    app.register_error_handler(UnknownScope, lambda _error: _render(_NOT_FOUND))
    app.register_error_handler(Refused, _render_refused)
    app.register_error_handler(Stale, _render_stale)
    app.register_error_handler(Busy, _render_busy)
    for error in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(error, _render_away)
    app.register_error_handler(OSError, _render_without_room)
    app.register_error_handler(CSRFError, lambda _error: _render(_CSRF))
    app.register_error_handler(HTTPException, _render_http)


def _render(page: ErrorPage) -> tuple[str, int, Mapping[str, str]]:
    # What the view had begun ends here: the menu asks the database, in a state that it can answer.
    get_session().rollback()
    # Of failures alone: pages of what is missing and of what is not yours read the same.
    number = find_request_id() if page.status >= 500 else None
    if is_fragment():
        body = render_template("errors/fragment.html", page=page, number=number)
        return body, page.status, _TO_NOTICES
    layout = "layout.html" if g.get("actor") else "alone.html"
    body = render_template("errors/page.html", page=page, layout=layout, number=number)
    return body, page.status, {}


def _render_forbidden(error: Forbidden) -> ResponseReturnValue:
    log.warning("refused", permission=error.permission, user_id=g.actor and g.actor.user_id)
    return _render(_FORBIDDEN)


def _render_invalid(error: InvalidValue | InvalidInput) -> ResponseReturnValue:
    return _render(ErrorPage(400, "That could not be read", f"Nothing was changed. {error}."))


def _render_refused(error: Refused) -> ResponseReturnValue:
    return _render(ErrorPage(409, "That is not possible now", error.sentence))


def _render_stale(error: Stale) -> ResponseReturnValue:
    sentence = f"{error.sentence} Nothing was changed: go back, reload, and look again."
    return _render(ErrorPage(409, "Someone was faster", sentence))


def _render_busy(error: Busy) -> ResponseReturnValue:
    sentence = f"{error.sentence} Nothing was changed."
    return _render(ErrorPage(409, "Others were faster", sentence))


def _render_without_room(error: OSError) -> ResponseReturnValue:
    """Answer where an upload or a file of ours finds no room; other errors of files are faults."""
    if error.errno not in _NO_ROOM:
        raise error
    log.error("the disk is full", error=type(error).__name__)
    return _render(_FULL)


def _render_away(error: SQLAlchemyError) -> ResponseReturnValue:
    """Answer where the database is away, or ends what it was asked, for reasons of its own."""
    if isinstance(getattr(error, "orig", None), DiskFull):
        log.error("the disk of the database is full")
        return _render(_FULL)
    log.error("the database did not answer", error=type(getattr(error, "orig", error)).__name__)
    body, status, headers = _render(_AWAY)
    return body, status, {"Retry-After": str(_RETRY_AFTER_S), **headers}


def _render_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    page = _HTTP_PAGES.get(status) or ErrorPage(
        status, error.name, "Nothing was changed. Go back and try another way."
    )
    body, _status, headers = _render(page)
    kept = {name: text for name, text in error.get_headers() if name.lower() != "content-type"}
    return body, status, {**kept, **headers}
