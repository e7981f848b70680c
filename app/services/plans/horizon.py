"""The dates of a plan, without the optimiser's imports (they would slow every page)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MAX_WEEKS = 104
"""As in `solver.affected`; a test compares them."""


MAX_DAYS_BACK = 31
MAX_DAYS_AHEAD = 365
"""How far from now a pause may take effect: a mistyped year must not take hours back."""


@dataclass(frozen=True)
class PlanDates:
    """The day planned from, and the horizon: first Monday on or after it, last Sunday included.

    pause_date  in UTC the pause's own day, or the day of the request where that is later:
                nobody can be placed in weeks that are over
    """

    pause_date: date
    horizon_starts_on: date
    horizon_ends_on: date


def get_pause_date(effective_at: datetime) -> date:
    """Return the day on which a pause takes effect, in UTC."""
    return effective_at.astimezone(UTC).date()


def is_near(effective_at: datetime, now: datetime) -> bool:
    """Return whether a pause may take effect at this instant."""
    return -timedelta(MAX_DAYS_BACK) <= effective_at - now <= timedelta(MAX_DAYS_AHEAD)


def build_plan_dates(effective_at: datetime, weeks: int, *, now: datetime) -> PlanDates:
    """Return the dates of a plan, made now, of the pause that takes effect at an instant."""
    pause_date = get_pause_date(max(effective_at, now))
    monday = pause_date + timedelta(days=-pause_date.weekday() % 7)
    return PlanDates(pause_date, monday, monday + timedelta(days=7 * weeks - 1))
