"""Corrections: hours of closed periods and rates become signed adjustments of the next batch."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import Assignment, PayRate
from app.services.access.access import Actor
from app.services.paging import PageRequest
from app.services.payroll.payroll_corrections import correct_hours, correct_rate, list_corrections
from app.services.payroll.period_closing import close_period
from tests.app.pay_world import FIRST, LAST, add_period, approve_day, export
from tests.app.services.payroll.test_payroll_export import say
from tests.app.world import SYSTEM, add_world

NEXT = FIRST + timedelta(days=7)
LATER = datetime(2026, 3, 1, tzinfo=UTC)
ALL = PageRequest("entered_at")


@pytest.fixture
def closed(session: Session) -> int:
    """C1 was paid 8 hours of the first day; that period is closed, the next one is returned."""
    add_world(session)
    approve_day(session, 1, FIRST, "8")
    period = add_period(session)
    export(session, period)
    close_period(session, actor=SYSTEM, period_id=period, now=LATER)
    return add_period(session, NEXT, NEXT + timedelta(days=6))


def correct(session: Session, hours: str, day: date = FIRST, assignment_id: str = "A1") -> bool:
    return correct_hours(
        session,
        actor=SYSTEM,
        assignment_id=assignment_id,
        work_date=day,
        hours=Decimal(hours),
        reason="Signed paper sheet",
    )


def set_rate(session: Session, cents: int, day: date = FIRST) -> bool:
    return correct_rate(
        session,
        actor=SYSTEM,
        assignment_id="A1",
        starts_on=day,
        rate_cents=cents,
        reason="New contract",
    )


def test_corrected_hours_are_paid_as_the_difference(session: Session, closed: int) -> None:
    assert correct(session, "6.5")
    assert say(session, export(session, closed)) == [("C1", str(FIRST), "-1.50", -6000, True)]
    assert correct(session, "9")
    assert say(session, export(session, closed)) == [("C1", str(FIRST), "2.50", 10_000, True)]


def test_nobody_corrects_their_own_hours_or_rate_bug(session: Session, closed: int) -> None:
    """Check 6: payroll staff who are contractors too could have raised their own rate."""
    me = Actor(None, "C1", frozenset({"payroll"}), "C1")
    with pytest.raises(Refused, match="their own hours or rate"):
        correct_hours(
            session,
            actor=me,
            assignment_id="A1",
            work_date=FIRST,
            hours=Decimal(9),
            reason="x",
        )
    with pytest.raises(Refused, match="their own hours or rate"):
        correct_rate(
            session,
            actor=me,
            assignment_id="A1",
            starts_on=FIRST,
            rate_cents=9_900,
            reason="x",
        )
    assert list_corrections(session, ALL).total == 0


def test_late_hours_of_a_closed_period_are_an_adjustment(session: Session, closed: int) -> None:
    assert correct(session, "4", LAST, "A2")
    assert say(session, export(session, closed)) == [("C2", str(FIRST), "4.00", 16_000, True)]


def test_same_correction_again_changes_nothing(session: Session, closed: int) -> None:
    assert correct(session, "6.5")
    assert not correct(session, "6.5")
    assert list_corrections(session, ALL).total == 1


def test_correction_needs_a_closed_period_and_a_day_of_the_assignment(
    session: Session, closed: int
) -> None:
    with pytest.raises(Refused) as caught:
        correct(session, "4", NEXT)
    assert caught.value.code == "not_closed"
    session.get_one(Assignment, "A1").ends_on = FIRST
    session.commit()
    with pytest.raises(Refused) as caught:
        correct(session, "4", LAST)
    assert caught.value.code == "not_assigned"


def test_correction_may_not_fill_a_day_beyond_24_hours(session: Session, closed: int) -> None:
    session.add(
        Assignment(
            assignment_id="B1",
            contractor_id="C1",
            project_id="P2",
            hours_per_week=10,
            starts_on=FIRST,
            status="active",
        )
    )
    session.commit()
    with pytest.raises(Refused) as caught:
        correct(session, "16.01", FIRST, "B1")
    assert caught.value.code == "day_full"
    assert correct(session, "16", FIRST, "B1")


@pytest.mark.parametrize("hours", ["-1", "24.01", "1.005", "NaN"])
def test_correction_of_unusable_hours_is_refused(session: Session, hours: str) -> None:
    with pytest.raises(InvalidValue):
        correct(session, hours)


def test_corrections_need_their_permission_an_assignment_and_a_reason(session: Session) -> None:
    manager = Actor(None, "m", frozenset({"ops_manager"}))
    with pytest.raises(Forbidden):
        correct_hours(
            session,
            actor=manager,
            assignment_id="A1",
            work_date=FIRST,
            hours=Decimal(1),
            reason="x",
        )
    with pytest.raises(NotFound):
        correct(session, "1")
    with pytest.raises(InvalidValue):
        correct_rate(
            session, actor=SYSTEM, assignment_id="A1", starts_on=FIRST, rate_cents=1, reason=" "
        )
    with pytest.raises(InvalidValue):
        set_rate(session, -1)
    with pytest.raises(InvalidValue, match="or earlier"):
        set_rate(session, 1, date(2999, 1, 1))


def test_corrected_rate_is_paid_as_the_difference_of_the_days_since(
    session: Session, closed: int
) -> None:
    assert set_rate(session, 4500)
    assert say(session, export(session, closed)) == [
        ("C1", str(FIRST), "-8.00", -32_000, True),
        ("C1", str(FIRST), "8.00", 36_000, True),
    ]
    assert session.get_one(Assignment, "A1", populate_existing=True).pay_rate_cents == 4500
    assert not set_rate(session, 4500)


def test_rate_that_a_later_one_follows_ends_there(session: Session, closed: int) -> None:
    set_rate(session, 5000, FIRST + timedelta(days=1))
    with pytest.raises(Refused):
        export(session, closed)
    set_rate(session, 4100)
    assert session.get_one(Assignment, "A1", populate_existing=True).pay_rate_cents == 5000
    assert [line[3] for line in say(session, export(session, closed))] == [-32_000, 32_800]


def test_rate_that_the_roster_changes_holds_from_that_day_on(session: Session) -> None:
    """Check 22: a rate that an import brings."""
    add_world(session)
    before = session.query(PayRate).count()
    session.get_one(Assignment, "A1").pay_rate_cents = 5000
    session.commit()
    rows = session.query(PayRate).order_by(PayRate.id).all()[before:]
    assert [(row.subject_id, row.starts_on, row.rate_cents) for row in rows] == [
        ("A1", datetime.now(UTC).date(), 5000)
    ]
    approve_day(session, 1, FIRST, "1")
    assert say(session, export(session, add_period(session)))[0][3] == 4000


def test_list_of_corrections_says_who_and_why(session: Session, closed: int) -> None:
    correct(session, "6.5")
    set_rate(session, 4500)
    rows = list_corrections(session, ALL).rows
    assert {(row.kind, row.contractor, row.value, row.reason) for row in rows} == {
        ("hours", "Name C1", Decimal("6.50"), "Signed paper sheet"),
        ("rate", "Name C1", Decimal(4500), "New contract"),
    }
