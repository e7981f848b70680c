"""Each request has an id and a line in the log: what was asked, the answer, how long it took."""

from __future__ import annotations

import logging
import time

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import clear_contextvars

from app.request_ids import bind_request_id, choose_request_id, find_request_id

HEADER = "X-Request-Id"

QUIET_ENDPOINTS = frozenset(
    {"static", "bootstrap.static", "htmx", "site.healthz", "site.readyz", "metrics.metrics"}
)
"""What machines ask for every few seconds; of these only failures are worth a line."""

log = structlog.get_logger()


def init_request_log(app: Flask) -> None:
    """Give each request of `app` its id; goes before anything else that may log or refuse."""
    app.before_request(_begin)
    app.after_request(_end)
    # A thread serves one request after the other.
    app.teardown_request(lambda _error: clear_contextvars())


def describe_route() -> str:
    """Return the rule of the route that was asked for, without ids; `none` when there is none."""
    return "none" if request.url_rule is None else request.url_rule.rule


def measure_duration_s() -> float:
    """Return the seconds since the request began."""
    duration_s: float = time.perf_counter() - g.began_at
    return duration_s


def _begin() -> None:
    g.began_at = time.perf_counter()
    clear_contextvars()
    bind_request_id(choose_request_id(request.headers.get(HEADER)))


def _end(response: Response) -> Response:
    response.headers[HEADER] = find_request_id() or ""
    is_quiet = request.endpoint in QUIET_ENDPOINTS and response.status_code < 500
    actor = g.get("actor")
    # The route and not the address: that holds ids, and what people searched for.
    log.log(
        logging.DEBUG if is_quiet else logging.INFO,
        "request",
        method=request.method,
        route=describe_route(),
        status=response.status_code,
        duration_ms=round(measure_duration_s() * 1000, 1),
        user_id=actor and actor.user_id,
    )
    return response
