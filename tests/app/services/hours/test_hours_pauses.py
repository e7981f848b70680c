"""Hours and pauses: none of later time, to the minute, earlier ones until the cut-off."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Refused
from app.models import HoursEntry, Pause, Project, Timesheet
from app.services.access.access import Actor
from app.services.hours.hours import Shown
from app.services.hours.timesheet_payroll import select_in_force
from app.services.pauses.resuming import resume_pause
from tests.app.services.hours.hours_logging import (
    add_assignment,
    add_pay_week,
    get_refusal,
    log,
    sum_hours,
)
from tests.app.services.plans.crossing import cross
from tests.app.world import EFFECTIVE_AT, SYSTEM, add_entry, add_world, pause_p1

PAUSE_DAY = date(2026, 3, 2)
BEFORE, AFTER = PAUSE_DAY - timedelta(days=1), PAUSE_DAY + timedelta(days=1)


def test_log_hours_after_the_pause_is_refused_by_name(session: Session) -> None:
    """Check 7: hours."""
    add_world(session)
    pause_p1(session)
    code, sentence = get_refusal(lambda: log(session, AFTER, "0.01"))
    assert code == "paused"
    assert sentence == (
        "Chordus is paused since 2 Mar 2026, 09:00 UTC: no hours of later work can be entered."
    )
    assert sum_hours(session) == 0


def test_log_hours_before_the_pause_is_accepted_after_it(session: Session) -> None:
    add_world(session)
    pause_p1(session)
    log(session, BEFORE, "8")
    assert sum_hours(session) == 8


def test_log_hours_on_the_day_of_the_pause_up_to_its_minute(session: Session) -> None:
    add_world(session)
    pause_p1(session)
    code, sentence = get_refusal(lambda: log(session, PAUSE_DAY, "9.01"))
    assert code == "paused"
    assert "9.00 hours of this day came before" in sentence
    log(session, PAUSE_DAY, "9")
    assert sum_hours(session) == 9


def test_log_hours_on_the_day_of_the_pause_counts_all_paused_work(session: Session) -> None:
    add_world(session)
    add_assignment(session, "B1", "P1")
    pause_p1(session)
    log(session, PAUSE_DAY, "5")
    code, sentence = get_refusal(lambda: log(session, PAUSE_DAY, "4.01", assignment_id="B1"))
    assert code == "paused"
    assert "came before. 5.00 of them are entered on other work." in sentence
    log(session, PAUSE_DAY, "4", assignment_id="B1")


def test_log_hours_day_of_the_pause_is_the_pay_weeks_own(session: Session) -> None:
    add_world(session)
    add_pay_week(session, "Pacific/Honolulu")
    pause_p1(session)  # 23:00 of the day before there
    log(session, BEFORE, "23")
    code, sentence = get_refusal(lambda: log(session, PAUSE_DAY, "1"))
    assert code == "paused"
    assert "since 1 Mar 2026, 23:00 HST" in sentence


def test_log_hours_inside_a_pause_stays_refused_after_its_end(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=AFTER)
    code, sentence = get_refusal(lambda: log(session, AFTER, "8"))
    assert code == "paused"
    assert "was paused from 2 Mar 2026, 09:00 UTC on" in sentence


def test_log_hours_stays_refused_where_a_pause_found_the_project_paused(session: Session) -> None:
    add_world(session)
    session.get_one(Project, "P1").status = "paused"
    session.commit()
    opened = pause_p1(session)
    assert get_refusal(lambda: log(session, BEFORE, "8"))[0] == "not_open"
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=AFTER)
    assert session.get_one(Project, "P1").status == "paused"
    in_june = date(2027, 6, 1)
    assert get_refusal(lambda: log(session, in_june, "8"))[0] == "not_open"


def test_hours_cut_by_a_pause_after_the_look_are_not_overwritten_bug(database: Database) -> None:
    """Whether the page was an old one had been asked before the lock, so a pause came between."""
    with database.session() as session:
        add_world(session)
        log(session, PAUSE_DAY, "12")

    def change() -> None:
        with database.session() as session:
            refusal = get_refusal(lambda: log(session, PAUSE_DAY, "6", shown=Shown(Decimal(12))))
            assert refusal == (
                "changed",
                "Since you opened the page 9 h stand there; look again.",
            )

    def pause() -> None:
        with database.session() as session:
            pause_p1(session)

    assert cross(database, change, "FOR SHARE", pause) == []
    with database.session() as session:
        assert sum_hours(session) == 9
        assert log(session, PAUSE_DAY, "6", shown=Shown(Decimal(9)))
        assert sum_hours(session) == 6


@pytest.mark.parametrize("day", [PAUSE_DAY + timedelta(days=1), PAUSE_DAY + timedelta(days=300)])
def test_log_hours_zero_of_a_paused_day_is_no_answer_either(session: Session, day: date) -> None:
    add_world(session)
    pause_p1(session)
    assert get_refusal(lambda: log(session, day, "0"))[0] == "paused"


def test_log_hours_of_before_the_pause_come_late_and_are_flagged(session: Session) -> None:
    add_world(session)
    log(session, BEFORE, "8", now=EFFECTIVE_AT - timedelta(minutes=1))
    opened = pause_p1(session)
    log(session, BEFORE - timedelta(days=1), "3", now=EFFECTIVE_AT)
    log(session, PAUSE_DAY, "2", now=EFFECTIVE_AT + timedelta(hours=1))
    rows = session.execute(
        select(HoursEntry.work_date, HoursEntry.late_pause_id).order_by(HoursEntry.work_date)
    )
    assert [row.late_pause_id for row in rows] == [opened.pause_id, None, opened.pause_id]


def test_log_hours_of_after_a_resumed_pause_are_not_late(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=AFTER)
    session.get_one(Pause, opened.pause_id).resumed_at = EFFECTIVE_AT + timedelta(days=7)
    session.commit()
    log(session, PAUSE_DAY + timedelta(days=8), "8")
    assert session.scalars(select(HoursEntry.late_pause_id)).one() is None


def test_log_hours_of_before_the_pause_until_the_cut_off_only(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    cut_off = EFFECTIVE_AT + timedelta(days=3)
    session.get_one(Pause, opened.pause_id).late_hours_until = cut_off
    session.commit()
    log(session, BEFORE, "8", now=cut_off)
    code, sentence = get_refusal(
        lambda: log(session, BEFORE, "7", now=cut_off + timedelta(seconds=1))
    )
    assert code == "too_late"
    assert "could be entered until 5 Mar 2026, 09:00 UTC." in sentence


def test_pause_takes_hours_out_of_an_approved_week_and_none_out_of_a_locked_one(
    session: Session,
) -> None:
    add_world(session)
    for number, status in ((1, "approved"), (2, "locked"), (3, "submitted")):
        add_entry(session, f"A{number}", PAUSE_DAY, "12")
        add_entry(session, f"A{number}", AFTER, "8")
        session.execute(
            update(Timesheet)
            .where(Timesheet.contractor_id == f"C{number}")
            .values(status=status, approved_version=int(status != "submitted"))
        )
    session.commit()
    pause_p1(session)
    rows = session.execute(
        select(HoursEntry.assignment_id, HoursEntry.hours).order_by(HoursEntry.id)
    )
    assert [(row.assignment_id, float(row.hours)) for row in rows] == [
        ("A1", 9),
        ("A2", 12),
        ("A2", 8),
        ("A3", 9),
    ]
    in_force = session.scalars(select_in_force()).all()
    assert [(row.assignment_id, row.version, float(row.hours)) for row in in_force] == [
        ("A1", 2, 9)
    ]
    versions = select(Timesheet.status, Timesheet.version).order_by(Timesheet.contractor_id)
    assert session.execute(versions).all() == [("approved", 2), ("locked", 1), ("submitted", 2)]


def test_fifty_racing_a_pause_none_commits_after_it(database: Database) -> None:
    """Check 8. Fifty people enter twenty hours each, a thousand in all, while the pause comes."""
    num_people, num_days = 50, 20
    with database.session() as session:
        add_world(session, num_contractors=num_people)
    wide = Database(database.url.render_as_string(hide_password=False), pool_size=num_people + 1)
    barrier = Barrier(num_people + 1)

    def log_days(number: int) -> int:
        """Log an hour on each of the next days until refused; return how many went through."""
        actor = Actor(None, "x", frozenset({"contractor"}), f"C{number + 1}")
        order = {"assignment_id": f"A{number + 1}", "actor": actor}
        with wide.session() as session:
            barrier.wait()
            for day in range(1, num_days + 1):
                try:
                    log(session, PAUSE_DAY + timedelta(days=day), "1", **order)  # type: ignore[arg-type]  # named once
                except Refused:
                    return day - 1
        return num_days

    def pause() -> int:
        with wide.session() as session:
            barrier.wait()
            return pause_p1(session).num_hours_entries_removed

    with ThreadPoolExecutor(num_people + 1) as pool:
        logged = pool.map(log_days, range(num_people))
        removed = pool.submit(pause)
        assert sum(logged) == removed.result()
    wide.dispose()
    with database.session() as session:
        assert sum_hours(session) == 0
