"""The dates of a plan, without the optimiser's imports (they would slow every page)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MAX_WEEKS = 104
"""As in `solver.affected`; a test compares them."""


@dataclass(frozen=True)
class PlanDates:
    """Pause date (UTC) and the horizon: first Monday on or after it, last Sunday included."""

    pause_date: date
    horizon_starts_on: date
    horizon_ends_on: date


def get_pause_date(effective_at: datetime) -> date:
    """Return the day on which a pause takes effect, in UTC."""
    return effective_at.astimezone(UTC).date()


def build_plan_dates(effective_at: datetime, weeks: int) -> PlanDates:
    """Return the dates of a plan of the pause that takes effect at this instant."""
    pause_date = get_pause_date(effective_at)
    monday = pause_date + timedelta(days=-pause_date.weekday() % 7)
    return PlanDates(pause_date, monday, monday + timedelta(days=7 * weeks - 1))
