"""Input that no page can use: refused in one place, before any view reads it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, request
from werkzeug.exceptions import UnsupportedMediaType

from app.errors import InvalidValue
from app.input_bounds import (
    FIRST_DAY,
    LAST_DAY,
    MAX_KEY,
    MAX_VERSION,
    KeyConverter,
    is_usable_day,
    read_whole,
)

__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "MAX_KEY",
    "MAX_VERSION",
    "init_input_limits",
    "is_usable_day",
    "read_whole",
]


def init_input_limits(app: Flask) -> None:
    """Bound the numbers in addresses, and refuse what no view of `app` can use."""
    app.url_map.converters["int"] = KeyConverter
    app.before_request(_refuse_unusable)


def _refuse_unusable() -> None:
    # Pages send forms; the library behind the sign-in would also take JSON.
    if request.is_json:
        raise UnsupportedMediaType
    if any("\0" in text for text in _list_texts()):
        raise InvalidValue("request", "a NUL character", "text")


def _list_texts() -> Iterator[str]:
    yield request.path
    for fields in (request.args, request.form):
        for name, texts in fields.lists():
            yield name
            yield from texts
