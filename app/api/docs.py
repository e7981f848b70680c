"""The description of the API: for programs as OpenAPI, for people as one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Flask, Response, json, render_template

from app.api.desk import PREFIX
from app.api.guard import PUBLIC, permit
from app.services.access.api_scopes import SCOPES

Description = Mapping[str, Any]

_PROBLEMS = (
    ("no_token", 401, "The call carries no token, or one that opens nothing."),
    ("forbidden", 403, "The token's scopes or its account's roles do not allow the call."),
    ("not_found", 404, "There is no such thing, or it is not yours to see: both read the same."),
    ("method_not_allowed", 405, "The address takes other methods; the header Allow names them."),
    ("invalid", 422, "Values break their contract; `errors` names each of them."),
    ("stale", 409, "Somebody else changed it since it was read."),
    ("busy", 409, "Others were changing the same things; try again."),
    ("key_reused", 422, "The idempotency key came with another request before."),
    ("call_running", 409, "The first call with the idempotency key goes on still."),
    ("answer_lost", 409, "The first call was carried out, but its answer was never kept."),
    ("too_many_calls", 429, "The token has had its calls of this minute; Retry-After says when."),
    ("away", 503, "The database does not answer; send the call again with the same key."),
)
"""Code, status and meaning of what every operation may answer; others name a rule (409)."""


@dataclass(frozen=True)
class Operation:
    """One operation as the page shows it."""

    method: str
    path: str
    summary: str
    scope: str


def init_docs(app: Flask, describe: Callable[[], Description]) -> None:
    """Serve the description of `app`; `describe` returns it as OpenAPI."""

    @cache
    def write() -> str:
        return json.dumps(describe())

    @permit(PUBLIC)
    def openapi() -> Response:
        return Response(write(), mimetype="application/json")

    @permit(PUBLIC)
    def docs() -> str:
        return render_template(
            "api/docs.html",
            desks=_list_desks(describe()),
            scopes={name: scope.meaning for name, scope in SCOPES.items()},
            problems=_PROBLEMS,
        )

    app.add_url_rule(f"{PREFIX}/openapi.json", "openapi", openapi)
    app.add_url_rule(f"{PREFIX}/docs", "docs", docs)


def _list_desks(description: Description) -> list[tuple[str, str, list[Operation]]]:
    """Return name, meaning and operations of each subject."""
    found: dict[str, list[Operation]] = {}
    for tag, operation in _list_operations(description):
        found.setdefault(tag, []).append(operation)
    return [
        (tag["name"].replace("_", " "), tag["description"], found.get(tag["name"], []))
        for tag in description["tags"]
    ]


def _list_operations(description: Description) -> Iterator[tuple[str, Operation]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            scopes = [name for need in operation["security"] for name in need["token"]]
            yield (
                operation["tags"][0],
                Operation(method.upper(), path, operation["summary"], ", ".join(scopes)),
            )
