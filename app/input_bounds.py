"""What numbers and days a request may name; pages and the JSON API share these bounds."""

from __future__ import annotations

from datetime import date

from werkzeug.routing import IntegerConverter, ValidationError

MAX_KEY = 2**63 - 1
"""The largest key that the database draws."""

MAX_VERSION = 2**31 - 1
"""The largest version of a row that the database counts."""

MOST_HOURS = 168
"""Hours of a week: the most that a request may ask of one person."""

FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2100, 12, 31)
"""Days that a request takes; weeks and horizons around them stay within the calendar."""


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
    """Tell whether services can reckon with the day."""
    return FIRST_DAY <= day <= LAST_DAY
