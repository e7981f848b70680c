"""Input that no operation can use: refused in one place, before any view reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from flask import Flask, current_app, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from app.config import Settings
from app.errors import InvalidValue
from app.input_bounds import KeyConverter

MAX_REQUEST_BYTES = 2 * 1024 * 1024

FORM_BYTES = 64 * 1024
"""What a form takes beside its files."""

View = TypeVar("View", bound=Callable[..., Any])

_TAKES_FILES = "redeploy_takes_files"

_MAX_DEPTH = 12
"""How deep a body may nest; the deepest that an operation knows has four levels."""


def take_files(view: View) -> View:
    """Let a view's request be a form of files, as large as an upload may be."""
    setattr(view, _TAKES_FILES, True)
    return view


def init_input_limits(app: Flask) -> None:
    """Bound the numbers in addresses, and refuse what no view of `app` can use."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    app.url_map.converters["int"] = KeyConverter
    app.before_request(_refuse_unusable)


def _refuse_unusable() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    takes_files = hasattr(view, _TAKES_FILES)
    if takes_files:
        _check_form()
    body = None if takes_files else _read_body()
    if not all(map(_is_text, _list_address_texts())):
        raise InvalidValue("address", "a character that no text has", "text")
    if not all(map(_is_text, _list_texts(body))):
        raise InvalidValue("body", "a character that no text has", "text")


def _check_form() -> None:
    """Let the request hold files, and nothing but files."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    settings: Settings = current_app.extensions["redeploy.settings"]
    request.max_content_length = settings.import_max_bytes + FORM_BYTES
    if request.form:
        raise InvalidValue(f"form.{next(iter(request.form))}", "a text", "files alone")


def _read_body() -> object:
    """Return what the body holds, None without one; an operation reads it again by its schema."""
    content = request.get_data(cache=True)
    if not content:
        return None
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        return json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadRequest from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _list_address_texts() -> Iterator[str]:
    yield request.path
    for name, texts in request.args.lists():
        yield name
        yield from texts


def _list_texts(value: object) -> Iterator[str]:
    """Yield every text in a JSON value; raises BadRequest where it nests too deep."""
    level, depth = [value], 0
    while level:
        if depth > _MAX_DEPTH:
            raise BadRequest
        deeper: list[object] = []
        for item in level:
            if isinstance(item, str):
                yield item
            elif isinstance(item, dict):
                yield from item
                deeper += item.values()
            elif isinstance(item, list):
                deeper += item
        level, depth = deeper, depth + 1


def _is_text(text: str) -> bool:
    """Tell whether the database can keep the text: no NUL, and no half of a character."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
