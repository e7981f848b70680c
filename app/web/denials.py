"""Notes every change that a person was refused, whichever part of the application said no.

A view that answers a refusal with a page or a notice of its own need not think of this: what is
shown while a domain error is being handled is that refusal, and so is every notice `bad`.
A notice `noted` looks the same; of what it says, the trail knows already.
"""

from __future__ import annotations

import sys

from flask import Flask, Response, before_render_template, g, message_flashed, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.errors import Busy, Forbidden, InvalidValue, NotFound, Refused, Stale
from app.services.access.denials import is_denial, record_denial
from app.web.guard import find_actor
from app.web.sessions import open_own_session
from solver.errors import InvalidInput, UnknownScope

_CODES: tuple[tuple[type[Exception], str], ...] = (
    (InvalidValue, "invalid"),
    (InvalidInput, "invalid"),
    (NotFound, "not_found"),
    (UnknownScope, "not_found"),
    (Forbidden, "forbidden"),
    (Stale, "stale"),
    (Busy, "busy"),
    (CSRFError, "csrf"),
)
_OF_STATUS = {400: "invalid", 404: "not_found", 409: "refused", 429: "too_many"}


def init_denials(app: Flask) -> None:
    """Look at the answer of every request that would have changed something."""
    app.after_request(_note_denial)
    before_render_template.connect(_note_page, app)
    message_flashed.connect(_note_message, app)


def note_refusal(reason: BaseException | str) -> None:
    """Remember that this request was refused: by a domain error, or by a rule's code."""
    code = reason if isinstance(reason, str) else _find_code(reason)
    if code is not None:
        g.refusal = code


def _note_page(_app: Flask, **_others: object) -> None:
    error = sys.exception()
    if error is not None:
        note_refusal(error)


def _note_message(_app: Flask, category: str, **_others: object) -> None:
    if category == "bad":
        note_refusal(sys.exception() or "invalid")


def _find_code(error: BaseException) -> str | None:
    if isinstance(error, Refused):
        return error.code
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    if isinstance(error, HTTPException):
        return error.name.lower().replace(" ", "_")
    return None


def _note_denial(response: Response) -> Response:
    status, code = response.status_code, g.get("refusal")
    if request.endpoint is None or not is_denial(request.method, status, code):
        return response
    # Pages of the sign-in are everybody's: the guard has not asked who sends them.
    actor = g.actor if "actor" in g else find_actor()
    if actor is not None:
        # The request's own session may hold what the view had begun.
        with open_own_session() as session:
            record_denial(
                session,
                actor=actor,
                endpoint=request.endpoint,
                method=request.method,
                path=request.path,
                status=status,
                code=code or _OF_STATUS.get(status, "refused"),
            )
    return response
