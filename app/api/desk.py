"""How an operation is declared: address, what it needs, what it takes, what it answers."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy, deepcopy
from functools import wraps
from typing import Any, TypeVar

from flask_smorest import Blueprint
from marshmallow import RAISE, Schema

from app.api.guard import Need, permit
from app.api.input_limits import take_files
from app.api.once import HEADER, MAX_KEY_LENGTH
from app.api.pages import Cut, PageQuery, build_page_schema, list_filters

View = TypeVar("View", bound=Callable[..., Any])

PREFIX = "/api/v1"

_KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same key again has no second effect and gets the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH},
}


def _build_parser() -> Any:
    """Return what reads bodies and addresses: it refuses whatever an operation does not know."""
    parser = copy(Blueprint.ARGUMENTS_PARSER)
    parser.DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(("json", "query", "files"), RAISE)
    return parser


class Desk(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """Operations of one subject."""

    ARGUMENTS_PARSER = _build_parser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, url_prefix=PREFIX, description=description)
        self._prepare_doc_cbks.append(_describe_key)

    def operation(
        self,
        method: str,
        rule: str,
        need: Need,
        answer: type[Schema] | None = None,
        *,
        query: type[Schema] | None = None,
        body: type[Schema] | None = None,
        files: type[Schema] | None = None,
        status: int = 200,
        mimetype: str | None = None,
    ) -> Callable[[View], View]:
        """Declare the view below as an operation.

        It is called with the query and the body, where there are any, then with the keys of
        the address by name; it returns what `answer` describes, or a file of `mimetype`.

        files  sent as a form instead of a JSON body
        """

        def declare(view: View) -> View:
            schema: Any = answer if mimetype is None else _describe_file(mimetype)
            wrapped = self.response(status, schema, content_type=mimetype)(view)
            if body is not None:
                wrapped = self.arguments(body)(wrapped)
            if files is not None:
                wrapped = take_files(self.arguments(files, location="files")(wrapped))
            if query is not None:
                wrapped = self.arguments(query, location="query")(wrapped)
            security = [] if need.is_public else [{"token": [need.scope] if need.scope else []}]
            wrapped = self.doc(operationId=view.__name__, security=security)(wrapped)
            self.route(rule, methods=[method])(permit(need)(wrapped))
            return view

        return declare

    def listing(
        self,
        rule: str,
        need: Need,
        row: type[Schema],
        cut: Cut,
        *,
        query: type[PageQuery] = PageQuery,
    ) -> Callable[[View], View]:
        """Declare the view below as a list that is read page by page.

        It is called with the filters of the query and the part of the list that is wanted, then
        with the keys of the address by name; it returns that part as a `Page`.
        """

        def declare(view: View) -> View:
            @wraps(view)
            def answer(given: dict[str, Any], **keys: Any) -> dict[str, Any]:
                return cut.build(view(list_filters(given), cut.read(given), **keys), given)

            self.operation("GET", rule, need, build_page_schema(row), query=query)(answer)
            return view

        return declare


def _describe_file(mimetype: str) -> dict[str, str]:
    """Return what an answer is that comes as it is kept."""
    is_json = mimetype == "application/json"
    return {"type": "object"} if is_json else {"type": "string", "format": "binary"}


def _describe_key(doc: dict[str, Any], _info: object, *, method: str, **_rest: Any) -> Any:
    """Say of every POST that it takes an idempotency key."""
    if method == "post":
        doc.setdefault("parameters", []).append(deepcopy(_KEY_PARAMETER))
    return doc
