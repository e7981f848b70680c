"""Logging hours: own assignments only, within their dates, and none after a pause."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import Assignment, AuditEvent, Contractor, HoursEntry, Project
from app.services.access import Actor
from app.services.hours import log_hours
from app.services.resuming import resume_pause
from tests.app.services.crossing import cross
from tests.app.world import SYSTEM, add_account, add_world, pause_p1

PAUSE_DAY = date(2026, 3, 2)
BEFORE, AFTER = PAUSE_DAY - timedelta(days=1), PAUSE_DAY + timedelta(days=1)
WORKER = Actor(None, "C1", frozenset({"contractor"}), "C1")


def log(
    session: Session,
    day: date,
    hours: str,
    *,
    assignment_id: str = "A1",
    actor: Actor = WORKER,
    expected: str | None = None,
    now: datetime | None = None,
) -> bool:
    return log_hours(
        session,
        actor=actor,
        assignment_id=assignment_id,
        work_date=day,
        hours=Decimal(hours),
        expected=None if expected is None else Decimal(expected),
        now=now,
    )


def get_refusal(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code, caught.value.sentence


def sum_hours(session: Session) -> Decimal:
    return session.scalar(select(func.sum(HoursEntry.hours))) or Decimal(0)


def test_log_hours_keeps_hours_rate_and_who(session: Session) -> None:
    add_world(session)
    actor = add_account(session, "contractor", "C1")
    log(session, BEFORE, "7.25", actor=actor)
    entry = session.scalars(select(HoursEntry)).one()
    assert (entry.hours, entry.rate_cents, entry.currency) == (Decimal("7.25"), 4000, "USD")
    assert entry.entered_by == actor.user_id
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.subject_id) == ("hours.logged", "A1")
    assert event.after == {"work_date": str(BEFORE), "hours": "7.25"}


@pytest.mark.parametrize(
    ("assignment_cents", "project_cents", "expected"),
    [(5100, 5200, 5100), (None, 5200, 5200), (None, None, 4000)],
)
def test_log_hours_rate_is_the_nearest_one(
    session: Session, assignment_cents: int | None, project_cents: int | None, expected: int
) -> None:
    add_world(session)
    session.get_one(Assignment, "A1").pay_rate_cents = assignment_cents
    session.get_one(Project, "P1").pay_rate_cents = project_cents
    session.commit()
    log(session, BEFORE, "1")
    assert session.scalars(select(HoursEntry.rate_cents)).one() == expected


def test_log_hours_at_a_project_rate_in_another_currency_bug(session: Session) -> None:
    """6,000 yen an hour had gone to payroll as 6,000 dollars."""
    add_world(session)
    project = session.get_one(Project, "P1")
    project.pay_rate_cents, project.currency = 600_000, "JPY"
    session.commit()
    log(session, BEFORE, "1")
    entry = session.scalars(select(HoursEntry)).one()
    assert (entry.rate_cents, entry.currency) == (4000, "USD")


def test_log_hours_again_replaces_and_zero_takes_back(session: Session) -> None:
    add_world(session)
    log(session, BEFORE, "8")
    log(session, BEFORE, "6.5")
    assert sum_hours(session) == Decimal("6.5")
    log(session, BEFORE, "0")
    log(session, BEFORE, "0")
    assert session.scalar(select(func.count()).select_from(HoursEntry)) == 0
    actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-3:] == ["hours.logged", "hours.logged", "hours.taken_back"]


def test_log_hours_of_someone_else_reads_as_unknown(session: Session) -> None:
    add_world(session)
    messages = []
    for assignment_id in ("A2", "nope"):
        with pytest.raises(NotFound) as caught:
            log(session, BEFORE, "8", assignment_id=assignment_id)
        messages.append(str(caught.value).replace(assignment_id, "X"))
    assert messages[0] == messages[1]


def test_log_hours_needs_the_permission(session: Session) -> None:
    add_world(session)
    with pytest.raises(Forbidden):
        log(session, BEFORE, "8", actor=Actor(1, "m", frozenset({"ops_manager"}), "C1"))


@pytest.mark.parametrize("hours", ["-1", "24.01", "1.005", "NaN"])
def test_log_hours_impossible_number_is_refused(session: Session, hours: str) -> None:
    add_world(session)
    with pytest.raises(InvalidValue):
        log(session, BEFORE, hours)


def test_log_hours_outside_the_assignment_is_refused(session: Session) -> None:
    add_world(session)
    session.get_one(Assignment, "A1").ends_on = date(2026, 2, 10)
    session.commit()
    log(session, date(2026, 1, 5), "1")
    log(session, date(2026, 2, 10), "1")
    for day in (date(2026, 1, 4), date(2026, 2, 11)):
        code, _ = get_refusal(lambda day=day: log(session, day, "1"))  # type: ignore[misc]  # bound now
        assert code == "not_assigned"


def test_log_hours_after_the_pause_is_refused_by_name(session: Session) -> None:
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
    session.add(
        Assignment(
            assignment_id="B1",
            contractor_id="C1",
            project_id="P1",
            hours_per_week=5,
            starts_on=date(2026, 1, 5),
            status="active",
        )
    )
    session.commit()
    pause_p1(session)
    log(session, PAUSE_DAY, "5")
    code, sentence = get_refusal(lambda: log(session, PAUSE_DAY, "4.01", assignment_id="B1"))
    assert code == "paused"
    assert "came before. 5.00 of them are entered on other work." in sentence
    log(session, PAUSE_DAY, "4", assignment_id="B1")


def test_log_hours_day_of_the_pause_is_the_projects_own(session: Session) -> None:
    add_world(session)
    session.get_one(Project, "P1").utc_offset = -10.0
    session.commit()
    pause_p1(session)  # 23:00 of the day before, where the project is
    log(session, BEFORE, "23")
    code, sentence = get_refusal(lambda: log(session, PAUSE_DAY, "1"))
    assert code == "paused"
    assert "since 1 Mar 2026, 23:00" in sentence


def test_log_hours_inside_a_pause_stays_refused_after_its_end(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=AFTER)
    code, sentence = get_refusal(lambda: log(session, AFTER, "8"))
    assert code == "paused"
    assert "was paused from 2 Mar 2026, 09:00 UTC on" in sentence


@pytest.mark.parametrize("status", ["paused", "closed"])
def test_log_hours_on_a_project_that_is_not_open_is_refused(session: Session, status: str) -> None:
    add_world(session)
    session.get_one(Project, "P1").status = status
    session.commit()
    code, sentence = get_refusal(lambda: log(session, BEFORE, "8"))
    assert (code, sentence) == ("not_open", f"Chordus is {status}: no hours can be entered.")


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
    session.add(
        Assignment(
            assignment_id="B1",
            contractor_id="C1",
            project_id="P2",
            hours_per_week=20,
            starts_on=monday,
            status="active",
        )
    )
    session.commit()
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
    log(session, monday + timedelta(days=7), "8")


def test_log_hours_again_changes_nothing(session: Session) -> None:
    add_world(session)
    log(session, BEFORE, "8")
    num_events = session.scalar(select(func.count()).select_from(AuditEvent))
    assert not log(session, BEFORE, "8.00", expected="0")
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == num_events


def test_hours_cut_by_a_pause_after_the_look_are_not_overwritten_bug(database: Database) -> None:
    """Whether the page was an old one had been asked before the lock, so a pause came between."""
    with database.session() as session:
        add_world(session)
        log(session, PAUSE_DAY, "12")

    def change() -> None:
        with database.session() as session:
            refusal = get_refusal(lambda: log(session, PAUSE_DAY, "6", expected="12"))
            assert refusal == (
                "changed",
                "9 h stand there since you opened the page; look again.",
            )

    def pause() -> None:
        with database.session() as session:
            pause_p1(session)

    assert cross(database, change, "FOR SHARE", pause) == []
    with database.session() as session:
        assert sum_hours(session) == 9
        assert log(session, PAUSE_DAY, "6", expected="9")
        assert sum_hours(session) == 6


def test_hours_racing_a_pause_none_commits_after_it(database: Database) -> None:
    num_workers = 7
    with database.session() as session:
        add_world(session, num_contractors=num_workers)
    barrier = Barrier(num_workers + 1)

    def log_week(number: int) -> int:
        """Log an hour on each of the next days until refused; return how many went through."""
        actor = Actor(None, "x", frozenset({"contractor"}), f"C{number + 1}")
        with database.session() as session:
            barrier.wait()
            for day in range(1, 41):
                try:
                    log(
                        session,
                        PAUSE_DAY + timedelta(days=day),
                        "1",
                        assignment_id=f"A{number + 1}",
                        actor=actor,
                    )
                except Refused:
                    return day - 1
        return 40

    def pause() -> int:
        with database.session() as session:
            barrier.wait()
            return pause_p1(session).num_hours_entries_removed

    with ThreadPoolExecutor(num_workers + 1) as pool:
        logged = pool.map(log_week, range(num_workers))
        removed = pool.submit(pause)
        assert sum(logged) == removed.result()
    with database.session() as session:
        assert sum_hours(session) == 0


def test_two_entries_at_once_never_overfill_a_day(database: Database) -> None:
    with database.session() as session:
        add_world(session)
        for number in range(4):
            session.add(
                Assignment(
                    assignment_id=f"B{number}",
                    contractor_id="C1",
                    project_id="P2",
                    hours_per_week=5,
                    starts_on=PAUSE_DAY,
                    status="active",
                )
            )
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
