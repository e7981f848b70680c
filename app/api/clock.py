"""The day that operations mean by today."""

from __future__ import annotations

from datetime import UTC, date, datetime


def get_today() -> date:
    """Return the current day in UTC."""
    return datetime.now(UTC).date()
