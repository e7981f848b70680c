"""Hours that an assignment's dates, states, the calendar, or the limits of day and week refuse."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Refused
from app.models import Assignment, Contractor, Project, Timesheet
from tests.app.services.hours.hours_logging import (
    add_assignment,
    add_pay_week,
    get_refusal,
    log,
    sum_hours,
)
from tests.app.world import add_world

PAUSE_DAY = date(2026, 3, 2)
BEFORE, AFTER = PAUSE_DAY - timedelta(days=1), PAUSE_DAY + timedelta(days=1)


def test_log_hours_outside_the_assignment_is_refused(session: Session) -> None:
    add_world(session)
    session.get_one(Assignment, "A1").ends_on = date(2026, 2, 10)
    session.commit()
    log(session, date(2026, 1, 5), "1")
    log(session, date(2026, 2, 10), "1")
    for day in (date(2026, 1, 4), date(2026, 2, 11)):
        code, _ = get_refusal(lambda day=day: log(session, day, "1"))  # type: ignore[misc]  # bound now
        assert code == "not_assigned"


@pytest.mark.parametrize("status", ["paused", "closed"])
def test_log_hours_on_a_project_that_is_not_open_is_refused(session: Session, status: str) -> None:
    add_world(session)
    session.get_one(Project, "P1").status = status
    session.commit()
    code, sentence = get_refusal(lambda: log(session, BEFORE, "8"))
    assert (code, sentence) == ("not_open", f"Chordus is {status}: no hours can be entered.")


def test_log_hours_of_an_ended_assignment_or_inactive_person_is_refused(session: Session) -> None:
    add_world(session)
    assignment = session.get_one(Assignment, "A1")
    assignment.status, assignment.ends_on = "ended", date(2026, 12, 31)
    session.commit()
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    log(session, PAUSE_DAY, "8", now=noon)
    code, sentence = get_refusal(lambda: log(session, AFTER, "8", now=noon))
    assert (code, sentence) == ("not_assigned", "The assignment has ended.")
    session.get_one(Contractor, "C1").status = "inactive"
    session.commit()
    assert get_refusal(lambda: log(session, BEFORE, "8"))[0] == "inactive"


def test_log_hours_beyond_a_day_or_a_week_is_refused(session: Session) -> None:
    add_world(session)
    monday = date(2026, 2, 2)
    add_assignment(session, "B1")
    log(session, monday, "20")
    code, _ = get_refusal(lambda: log(session, monday, "4.01", assignment_id="B1"))
    assert code == "day_full"
    log(session, monday, "4", assignment_id="B1")
    log(session, monday + timedelta(days=6), "16")
    code, sentence = get_refusal(
        lambda: log(session, monday + timedelta(days=3), "0.01", assignment_id="B1")
    )
    assert code == "week_full"
    assert "40 are the most" in sentence
    log(session, monday + timedelta(days=3), "0", assignment_id="B1")
    log(session, monday + timedelta(days=7), "8")


@pytest.mark.parametrize(
    ("zone", "first_hour_there"),
    [
        ("UTC", datetime(2026, 3, 3, 0, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("Etc/GMT+12", datetime(2026, 3, 3, 12, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("hours", ["0", "8"])
def test_log_hours_of_a_day_to_come_is_refused_until_it_begins(
    session: Session, zone: str, first_hour_there: datetime, hours: str
) -> None:
    add_world(session)
    add_pay_week(session, zone)
    code, sentence = get_refusal(
        lambda: log(session, AFTER, hours, now=first_hour_there - timedelta(seconds=1))
    )
    assert (code, sentence) == ("future", f"2026-03-03 is still to come in {zone}.")
    assert log(session, AFTER, hours, now=first_hour_there)


@pytest.mark.parametrize(
    ("day", "length", "too_long"),
    [(date(2026, 3, 29), "23", "23.01"), (date(2026, 10, 25), "24", "24.01")],
)
def test_log_hours_day_has_the_hours_that_its_clocks_leave(
    session: Session, day: date, length: str, too_long: str
) -> None:
    add_world(session)
    add_pay_week(session, "Europe/Berlin")
    add_assignment(session, "B1")
    log(session, day, "20")
    left = Decimal(length) - 20
    code, _ = get_refusal(
        lambda: log(session, day, str(Decimal(too_long) - 20), assignment_id="B1")
    )
    assert code == "day_full"
    log(session, day, str(left), assignment_id="B1")


def test_log_hours_week_begins_with_the_pay_weeks_own_day(session: Session) -> None:
    add_world(session)
    add_pay_week(session, "UTC", first_weekday=6)
    log(session, date(2026, 2, 1), "20")  # a Sunday
    log(session, date(2026, 2, 7), "20")
    assert get_refusal(lambda: log(session, date(2026, 2, 4), "0.01"))[0] == "week_full"
    log(session, date(2026, 2, 8), "20")
    log(session, date(2026, 1, 31), "20")


@pytest.mark.parametrize("status", ["submitted", "approved", "locked"])
@pytest.mark.parametrize("hours", [None, "7"])
def test_log_hours_in_a_closed_week_is_refused(
    session: Session, status: str, hours: str | None
) -> None:
    add_world(session)
    log(session, BEFORE, "8")
    session.execute(update(Timesheet).values(status=status))
    session.commit()
    code, sentence = get_refusal(lambda: log(session, BEFORE, hours))
    assert code == "sheet_closed"
    assert sentence == (
        f"The week from 2026-02-23 to 2026-03-01 is {status}: its hours can't change."
    )
    assert not log(session, BEFORE, "8")
    assert sum_hours(session) == 8


def test_each_change_of_hours_moves_the_sheet_by_a_version(session: Session) -> None:
    add_world(session)
    for hours in ("8", "8", "7", None, None):
        log(session, BEFORE, hours)
    sheet = session.scalars(select(Timesheet)).one()
    assert (sheet.starts_on, sheet.ends_on, sheet.zone) == (
        date(2026, 2, 23),
        date(2026, 3, 1),
        "UTC",
    )
    assert (sheet.status, sheet.version) == ("open", 4)


def test_two_entries_at_once_never_overfill_a_day(database: Database) -> None:
    with database.session() as session:
        add_world(session)
        for number in range(4):
            add_assignment(session, f"B{number}")
        session.get_one(Contractor, "C1").max_weekly_hours = 100
        session.commit()
    barrier = Barrier(4)

    def log_ten(number: int) -> bool:
        with database.session() as session:
            barrier.wait()
            try:
                log(session, PAUSE_DAY, "10", assignment_id=f"B{number}")
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(log_ten, range(4))) == 2
    with database.session() as session:
        assert sum_hours(session) == 20
