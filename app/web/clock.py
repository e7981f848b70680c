"""The day that pages mean by today."""

from __future__ import annotations

from datetime import UTC, date, datetime


def get_today() -> date:
    """Return the current day in UTC, the zone that every page states."""
    return datetime.now(UTC).date()
