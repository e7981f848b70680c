"""The id of a request: in each log line, in the answer, and with the jobs that it asked for."""

from __future__ import annotations

import re
import secrets

from structlog.contextvars import bind_contextvars, get_contextvars

REQUEST_ID = "request_id"
"""Its key in log lines and among the arguments of a job."""

_SANE = re.compile(r"[A-Za-z0-9_-]{8,64}")


def choose_request_id(given: str | None) -> str:
    """Return the id that a proxy gave, or a new one where it gave none that is fit for a log."""
    if given is not None and _SANE.fullmatch(given):
        return given
    return secrets.token_hex(16)


def bind_request_id(request_id: str) -> None:
    """Give whatever this thread or task logs from now on this id."""
    bind_contextvars(**{REQUEST_ID: request_id})


def find_request_id() -> str | None:
    """Return the id of the request that is worked for; None = nobody's."""
    found: str | None = get_contextvars().get(REQUEST_ID)
    return found
