"""The one place where an error becomes JSON: problem details as RFC 9457 describes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, json
from marshmallow import Schema, fields
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.api.denials import note_refusal
from app.errors import Busy, Forbidden, InvalidValue, NotFound, Refused, Stale
from app.services.access.api_callers import TokenRefused, TooManyCalls
from app.services.access.api_calls import AnswerLost, CallRunning, KeyReused
from solver.errors import InvalidInput, UnknownScope

log = structlog.get_logger()

MIMETYPE = "application/problem+json"

_DOCS = "/api/v1/docs"


class FaultSchema(Schema):
    """One value of a request that breaks its contract."""

    field = fields.String(required=True)
    expected = fields.String(required=True)


class ProblemSchema(Schema):
    """What went wrong; only `errors` differs from one `code` to the next."""

    type = fields.String(required=True, metadata={"format": "uri-reference"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(
        required=True, metadata={"description": "Names the rule; programs go by it."}
    )
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(FaultSchema))


@dataclass(frozen=True)
class Problem:
    """An error as a caller reads it; `errors` are (field, what was expected)."""

    status: int
    code: str
    title: str
    detail: str
    errors: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


_NOT_FOUND = Problem(
    404,
    "not_found",
    "Not found",
    "There is no such thing, or it is not yours to see.",
)
_AWAY = Problem(
    503,
    "away",
    "The database does not answer",
    "What was sent may have been saved or not: send it again with the same idempotency key.",
    headers={"Retry-After": "5"},
)
_UNCHANGED = "Nothing was changed."


def init_problems(app: Flask) -> None:
    """Answer every error of `app` with a problem."""
    app.register_error_handler(NotFound, lambda _error: answer(_NOT_FOUND))
    app.register_error_handler(UnknownScope, lambda _error: answer(_NOT_FOUND))
    app.register_error_handler(Forbidden, _answer_forbidden)
    app.register_error_handler(InvalidValue, _answer_invalid)
    app.register_error_handler(InvalidInput, _answer_invalid_input)
    app.register_error_handler(Refused, _answer_refused)
    app.register_error_handler(Stale, _answer_stale)
    app.register_error_handler(Busy, _answer_busy)
    app.register_error_handler(TokenRefused, _answer_no_token)
    app.register_error_handler(TooManyCalls, _answer_too_many)
    app.register_error_handler(KeyReused, _answer_key_reused)
    app.register_error_handler(CallRunning, _answer_call_running)
    app.register_error_handler(AnswerLost, _answer_lost)
    for error in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(error, _answer_away)
    app.register_error_handler(HTTPException, _answer_http)


def answer(problem: Problem) -> Response:
    """Return the problem as a response."""
    note_refusal(problem.code)
    body: dict[str, Any] = {
        "type": f"{_DOCS}#{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [
            {"field": name, "expected": expected} for name, expected in problem.errors
        ]
    response = Response(json.dumps(body), status=problem.status, mimetype=MIMETYPE)
    response.headers.update(problem.headers)
    return response


def _answer_forbidden(error: Forbidden) -> Response:
    token = g.get("token")
    log.warning("refused", permission=error.permission, token_id=token and token.token_id)
    detail = "The token's scopes or its account's roles do not allow this."
    headers = {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}
    return answer(Problem(403, "forbidden", "Not allowed", detail, headers=headers))


def _answer_invalid(error: InvalidValue) -> Response:
    errors = ((error.field, error.expected),)
    return answer(Problem(422, "invalid", "Not usable", _UNCHANGED, errors))


def _answer_invalid_input(error: InvalidInput) -> Response:
    errors = tuple((problem.place, problem.expected) for problem in error.problems)
    return answer(Problem(422, "invalid", "Not usable", _UNCHANGED, errors))


def _answer_refused(error: Refused) -> Response:
    return answer(Problem(409, error.code, "Not possible now", error.sentence))


def _answer_stale(error: Stale) -> Response:
    return answer(Problem(409, "stale", "Someone was faster", f"{error.sentence} {_UNCHANGED}"))


def _answer_busy(error: Busy) -> Response:
    detail = f"{error.sentence} {_UNCHANGED}"
    return answer(Problem(409, "busy", "Others were faster", detail, headers=_retry_after(1)))


def _answer_no_token(_error: TokenRefused) -> Response:
    detail = "Send a token that works as `Authorization: Bearer ...`."
    headers = {"WWW-Authenticate": "Bearer"}
    return answer(Problem(401, "no_token", "Who is calling?", detail, headers=headers))


def _answer_too_many(error: TooManyCalls) -> Response:
    headers = _retry_after(error.retry_after_s)
    return answer(Problem(429, "too_many_calls", "Too many calls", str(error), headers=headers))


def _answer_key_reused(error: KeyReused) -> Response:
    return answer(Problem(422, "key_reused", "Key used before", error.sentence))


def _answer_call_running(error: CallRunning) -> Response:
    title = "Still being answered"
    return answer(Problem(409, "call_running", title, error.sentence, headers=_retry_after(5)))


def _answer_lost(error: AnswerLost) -> Response:
    return answer(Problem(409, "answer_lost", "The answer was lost", error.sentence))


def _answer_away(error: SQLAlchemyError) -> Response:
    log.error("the database did not answer", error=type(getattr(error, "orig", error)).__name__)
    return answer(_AWAY)


def _answer_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status == HTTPStatus.NOT_FOUND:
        return answer(_NOT_FOUND)
    errors = tuple(_list_faults(getattr(error, "data", {}).get("messages", {})))
    headers = {name: text for name, text in error.get_headers() if name.lower() != "content-type"}
    code = "invalid" if errors else error.name.lower().replace(" ", "_")
    title = "Not usable" if errors else error.name
    return answer(Problem(status, code, title, _UNCHANGED, errors, headers))


def _list_faults(messages: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield (field, what is wrong) of the nested messages that marshmallow collects."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            # The outermost name says whether it was the body or the address.
            yield from _list_faults(inner, f"{place}.{name}".lstrip(".") if place else f"{name}")
    elif isinstance(messages, list):
        for message in messages:
            yield place.removesuffix("._schema"), str(message)
    elif messages:
        yield place, str(messages)


def _retry_after(num_seconds: int) -> dict[str, str]:
    return {"Retry-After": str(num_seconds)}
