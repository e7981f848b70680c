"""Logging hours in tests: C1's day on A1, at a moment when every day of 2026 is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import Assignment, HoursEntry, PayGroup
from app.services.access.access import Actor
from app.services.hours.hours import Shown, log_hours

WORKER = Actor(None, "C1", frozenset({"contractor"}), "C1")
LONG_AFTER = datetime(2027, 1, 4, 12, tzinfo=UTC)


def log(
    session: Session,
    day: date,
    hours: str | None,
    *,
    assignment_id: str = "A1",
    actor: Actor = WORKER,
    shown: Shown | None = None,
    now: datetime = LONG_AFTER,
) -> bool:
    """Log the hours of a day; None takes them back."""
    return log_hours(
        session,
        actor=actor,
        assignment_id=assignment_id,
        work_date=day,
        hours=None if hours is None else Decimal(hours),
        shown=shown,
        now=now,
    )


def get_refusal(act: Callable[[], object]) -> tuple[str, str]:
    """Return code and sentence of the refusal that the act meets."""
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code, caught.value.sentence


def sum_hours(session: Session) -> Decimal:
    """Return all hours that stand."""
    return session.scalar(select(func.sum(HoursEntry.hours))) or Decimal(0)


def add_pay_week(session: Session, zone: str, *, first_weekday: int = 0) -> None:
    """Give everybody a pay week of their own."""
    session.add(PayGroup(name=zone, zone=zone, first_weekday=first_weekday, is_default=True))
    session.commit()


def add_assignment(
    session: Session,
    assignment_id: str,
    project_id: str = "P2",
    *,
    contractor_id: str = "C1",
    starts_on: date = date(2026, 1, 5),
) -> None:
    """Give a contractor one more active assignment."""
    session.add(
        Assignment(
            assignment_id=assignment_id,
            contractor_id=contractor_id,
            project_id=project_id,
            hours_per_week=5,
            starts_on=starts_on,
            status="active",
        )
    )
    session.commit()
