"""A contractor's pay week: its days, its hours, what is missing, and why a day takes no more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Contractor, PayGroup, TimeOff
from app.services.hours.timesheets import find_week
from tests.app.services.hours.hours_logging import LONG_AFTER, add_assignment, add_pay_week, log
from tests.app.world import add_world, pause_p1

PAUSE_DAY = date(2026, 3, 2)
BEFORE, AFTER = PAUSE_DAY - timedelta(days=1), PAUSE_DAY + timedelta(days=1)


def test_find_week_shows_hours_and_refusals(session: Session) -> None:
    add_world(session)
    log(session, BEFORE, "8")
    pause_p1(session)
    week = find_week(session, "C1", AFTER, now=LONG_AFTER)
    assert (week.bounds.starts_on, week.bounds.ends_on) == (PAUSE_DAY, date(2026, 3, 8))
    assert [row.codename for row in week.rows] == ["Chordus"]
    assert week.rows[0].status == "suspended"
    refusals = [day.refusal for day in week.rows[0].days]
    assert refusals[0] is None
    assert all(text is not None and "Chordus is paused" in text for text in refusals[1:])
    earlier = find_week(session, "C1", BEFORE, now=LONG_AFTER)
    assert (earlier.total, earlier.rows[0].days[6].hours) == (Decimal(8), Decimal(8))
    with pytest.raises(NotFound):
        find_week(session, "nobody", PAUSE_DAY)


def test_week_is_done_when_every_day_has_an_answer(session: Session) -> None:
    add_world(session)
    days = [date(2026, 2, 2) + timedelta(days=step) for step in range(7)]
    for day in days[:6]:
        log(session, day, "4")
    week = find_week(session, "C1", days[0], now=LONG_AFTER)
    assert (week.num_missing, week.is_over, week.is_done) == (1, True, False)
    log(session, days[6], "0")
    assert find_week(session, "C1", days[0], now=LONG_AFTER).is_done


def test_days_that_take_no_hours_and_days_of_leave_are_not_missing(session: Session) -> None:
    add_world(session)
    add_assignment(session, "B1", starts_on=date(2026, 3, 6))
    session.add(TimeOff(contractor_id="C1", starts_on=date(2026, 3, 7), ends_on=date(2026, 3, 31)))
    session.commit()
    pause_p1(session)
    week = find_week(session, "C1", PAUSE_DAY, now=LONG_AFTER)
    missing = [
        (row.assignment_id, day.work_date.day)
        for row in week.rows
        for day in row.days
        if day.is_missing
    ]
    assert missing == [("A1", 2), ("B1", 6)]


def test_days_to_come_keep_a_week_from_being_done(session: Session) -> None:
    add_world(session)
    now = datetime(2026, 2, 3, 12, tzinfo=UTC)
    for day in (2, 3):
        log(session, date(2026, 2, day), "8", now=now)
    week = find_week(session, "C1", date(2026, 2, 2), now=now)
    assert (week.num_missing, week.is_over, week.is_done) == (0, False, False)
    assert (week.today, week.total) == (date(2026, 2, 3), Decimal(16))


def test_week_of_a_group_goes_before_that_of_everybody(session: Session) -> None:
    add_world(session)
    add_pay_week(session, "Asia/Tokyo", first_weekday=6)
    group = PayGroup(name="Fridays", zone="America/New_York", first_weekday=4)
    session.add(group)
    session.flush()
    session.get_one(Contractor, "C2").pay_group_id = group.id
    session.commit()
    found = [find_week(session, person, date(2026, 2, 4)).bounds for person in ("C1", "C2")]
    assert [(one.starts_on.day, one.zone) for one in found] == [
        (1, "Asia/Tokyo"),
        (30, "America/New_York"),
    ]


def test_no_day_is_in_two_weeks_after_the_pay_week_was_moved(session: Session) -> None:
    add_world(session)
    log(session, date(2026, 2, 4), "8")
    log(session, date(2026, 2, 18), "8")
    add_pay_week(session, "Asia/Tokyo", first_weekday=3)
    spans = []
    for day in range(1, 29):
        bounds = find_week(session, "C1", date(2026, 2, day), now=LONG_AFTER).bounds
        assert date(2026, 2, day) in bounds.days
        if bounds not in spans:
            spans.append(bounds)
    assert [(one.starts_on.day, one.ends_on.day, one.zone) for one in spans] == [
        (29, 1, "Asia/Tokyo"),
        (2, 8, "UTC"),
        (9, 11, "Asia/Tokyo"),
        (12, 15, "Asia/Tokyo"),
        (16, 22, "UTC"),
        (23, 25, "Asia/Tokyo"),
        (26, 4, "Asia/Tokyo"),
    ]
