"""How days and instants read, on pages and in messages alike."""

from __future__ import annotations

from datetime import UTC, date, datetime


def format_day(value: date) -> str:
    """Return a date as `Mon 23 Nov 2026`."""
    return f"{value:%a} {value.day} {value:%b %Y}"


def format_moment(value: datetime) -> str:
    """Return an instant as `22 Nov 2026, 14:05 UTC`."""
    instant = value.astimezone(UTC)
    return f"{instant.day} {instant:%b %Y, %H:%M} UTC"
