"""Input that no page can use: refused in one place, before any view reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import Flask, request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.routing import IntegerConverter, ValidationError

from app.errors import InvalidValue

MAX_KEY = 2**63 - 1
"""The largest key that the database draws."""

MAX_VERSION = 2**31 - 1
"""The largest version of a row that the database counts."""

FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2100, 12, 31)
"""Days that a page takes; weeks and horizons around them stay within the calendar."""


class KeyConverter(IntegerConverter):
    """A key in an address; what no key can be is an address that does not exist."""

    def to_python(self, value: str) -> int:
        """Return the key; raise ValidationError when it is too large to be one."""
        key = read_whole(value, MAX_KEY)
        if key is None:
            raise ValidationError
        return key


def read_whole(text: str, most: int) -> int | None:
    """Return the whole number in `text`; None when it is none from 0 to `most`."""
    if not text.isdecimal() or len(text) > len(str(most)):
        return None
    number = int(text)
    return number if number <= most else None


def is_usable_day(day: date) -> bool:
    """Tell whether pages can reckon with the day."""
    return FIRST_DAY <= day <= LAST_DAY


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
