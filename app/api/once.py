"""The header `Idempotency-Key`: a POST that comes again has no second effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import wraps
from hashlib import file_digest
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, make_response, request

from app.api.guard import find_need, get_token, permit
from app.api.sessions import get_session, open_own_session
from app.errors import InvalidValue
from app.services.access.api_calls import (
    KeptAnswer,
    KeyedCall,
    find_answer,
    hold_key,
    keep_answer,
    mark_changes,
)

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 255

REPLAYED = "Idempotent-Replayed"
"""Header of an answer that was given before."""

View = Callable[..., Any]


def init_once(app: Flask) -> None:
    """Let every POST of `app` carry a key; call it after the last route is registered."""
    endpoints = {
        rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())
    }
    for endpoint in endpoints:
        need = find_need(app, endpoint)
        view = _answer_once(app.view_functions[endpoint])
        app.view_functions[endpoint] = view if need is None else permit(need)(view)


def keep_secret() -> None:
    """Keep what this call answers out of the database: a secret is shown once, to the first call.

    The same key again changes nothing and finds the answer lost.
    """
    g.is_secret = True


def _answer_once(view: View) -> View:
    @wraps(view)
    def answer(*args: Any, **parts: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return make_response(view(*args, **parts))
        call = _read_call(key)
        now = datetime.now(UTC)
        with open_own_session() as own, hold_key(own, call):
            kept = find_answer(get_session(), call, now=now)
            if kept is not None:
                return _repeat(kept)
            with mark_changes(get_session(), call, now=now) as mark:
                response = make_response(view(*args, **parts))
            is_over = mark.is_written or response.status_code < HTTPStatus.BAD_REQUEST
            if is_over and not g.get("is_secret", False):
                keep_answer(get_session(), call, _keep(response), now=now)
            return response

    return answer


def _read_call(key: str) -> KeyedCall:
    if not 0 < len(key) <= MAX_KEY_LENGTH or not key.isprintable():
        expected = f"1 to {MAX_KEY_LENGTH} printable characters"
        raise InvalidValue(f"header.{HEADER}", key, expected)
    path = request.full_path.encode(errors="replace")
    return KeyedCall.of(get_token().token_id, key, path, *_list_contents())


def _list_contents() -> Iterator[bytes]:
    """Yield what the call holds; of files their digests, as each sending bounds them anew."""
    if request.mimetype != "multipart/form-data":
        yield request.get_data(cache=True)
        return
    for field, file in request.files.items(multi=True):
        yield f"{field} {file.filename}".encode(errors="replace")
        yield file_digest(file.stream, "sha256").digest()  # type: ignore[arg-type]  # a spooled file reads like any
        file.stream.seek(0)


def _keep(response: Response) -> KeptAnswer:
    body = response.get_data(as_text=True)
    return KeptAnswer(response.status_code, body, response.headers.get("Location"))


def _repeat(kept: KeptAnswer) -> Response:
    response = Response(kept.body, status=kept.status, mimetype="application/json")
    response.headers[REPLAYED] = "true"
    if kept.location is not None:
        response.headers["Location"] = kept.location
    return response
