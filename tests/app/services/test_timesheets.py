"""A contractor's week: its hours, and why a day takes no more."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound
from app.services.access import Actor
from app.services.hours import log_hours
from app.services.timesheets import find_week
from tests.app.world import add_world, pause_p1

PAUSE_DAY = date(2026, 3, 2)
BEFORE, AFTER = PAUSE_DAY - timedelta(days=1), PAUSE_DAY + timedelta(days=1)
WORKER = Actor(None, "C1", frozenset({"contractor"}), "C1")


def test_find_week_shows_hours_and_refusals(session: Session) -> None:
    add_world(session)
    log_hours(session, actor=WORKER, assignment_id="A1", work_date=BEFORE, hours=Decimal(8))
    pause_p1(session)
    week = find_week(session, "C1", PAUSE_DAY)
    assert [row.codename for row in week.rows] == ["Chordus"]
    assert week.rows[0].status == "suspended"
    refusals = [day.refusal for day in week.rows[0].days]
    assert refusals[0] is None
    assert all(text is not None and "Chordus is paused" in text for text in refusals[1:])
    earlier = find_week(session, "C1", PAUSE_DAY - timedelta(days=7))
    assert (earlier.total, earlier.rows[0].days[6].hours) == (Decimal(8), Decimal(8))


def test_find_week_needs_a_monday_and_a_contractor(session: Session) -> None:
    add_world(session)
    with pytest.raises(InvalidValue):
        find_week(session, "C1", AFTER)
    with pytest.raises(NotFound):
        find_week(session, "nobody", PAUSE_DAY)
