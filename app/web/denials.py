"""Notes every change that a person was denied, whichever part of the application said no."""

from __future__ import annotations

from flask import Flask, Response, g, request

from app.services.denials import is_denial, record_denial
from app.web.sessions import open_own_session


def init_denials(app: Flask) -> None:
    """Look at the answer of every request that would have changed something."""
    app.after_request(_note_denial)


def _note_denial(response: Response) -> Response:
    actor = g.get("actor")
    is_denied = is_denial(request.method, response.status_code)
    if is_denied and actor is not None and request.endpoint is not None:
        # The request's own session may hold what the view had begun.
        with open_own_session() as session:
            record_denial(
                session,
                actor=actor,
                endpoint=request.endpoint,
                method=request.method,
                path=request.path,
                status=response.status_code,
            )
    return response
