"""Notes every change that a program was refused, whichever part of the application said no."""

from __future__ import annotations

from flask import Flask, Response, g, request

from app.api.sessions import open_own_session
from app.services.access.denials import is_denial, record_denial


def init_denials(app: Flask) -> None:
    """Look at the answer of every call that would have changed something."""
    app.after_request(_note_denial)


def note_refusal(code: str) -> None:
    """Remember which rule refused this call, or a part of it."""
    g.refusal = code


def _note_denial(response: Response) -> Response:
    actor, code = g.get("actor"), g.get("refusal")
    is_denied = is_denial(request.method, response.status_code, code)
    if is_denied and actor is not None and request.endpoint is not None:
        # The call's own session may hold what the view had begun.
        with open_own_session() as session:
            record_denial(
                session,
                actor=actor,
                endpoint=f"api.{request.endpoint}",
                method=request.method,
                path=request.path,
                status=response.status_code,
                code=code or "refused",
            )
    return response
