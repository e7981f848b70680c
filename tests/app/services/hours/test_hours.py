"""Logging hours: own assignments only, missing and zero apart, at the rate of the day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Forbidden, InvalidValue, NotFound
from app.models import Assignment, AuditEvent, HoursEntry, Project
from app.services.access.access import Actor
from app.services.hours.hours import Shown
from tests.app.services.hours.hours_logging import get_refusal, log, sum_hours
from tests.app.world import add_account, add_world

PAUSE_DAY = date(2026, 3, 2)
BEFORE, AFTER = PAUSE_DAY - timedelta(days=1), PAUSE_DAY + timedelta(days=1)


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


def test_log_hours_again_replaces_and_none_takes_back(session: Session) -> None:
    add_world(session)
    log(session, BEFORE, "8")
    log(session, BEFORE, "6.5")
    assert sum_hours(session) == Decimal("6.5")
    assert log(session, BEFORE, None)
    assert not log(session, BEFORE, None)
    assert session.scalar(select(func.count()).select_from(HoursEntry)) == 0
    actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-3:] == ["hours.logged", "hours.logged", "hours.taken_back"]


def test_log_hours_of_someone_else_reads_as_unknown(session: Session) -> None:
    """Check 2: hours."""
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


def test_log_hours_zero_is_an_answer_and_not_missing(session: Session) -> None:
    add_world(session)
    assert log(session, BEFORE, "0")
    assert session.scalars(select(HoursEntry.hours)).all() == [Decimal(0)]
    assert not log(session, BEFORE, "0", shown=Shown(None))
    assert get_refusal(lambda: log(session, BEFORE, "3", shown=Shown(None))) == (
        "changed",
        "Since you opened the page 0 h stand there; look again.",
    )
    log(session, BEFORE, None, shown=Shown(Decimal(0)))
    assert get_refusal(lambda: log(session, BEFORE, "3", shown=Shown(Decimal(0)))) == (
        "changed",
        "Since you opened the page nothing stands there; look again.",
    )


def test_log_hours_again_changes_nothing(session: Session) -> None:
    add_world(session)
    log(session, BEFORE, "8")
    num_events = session.scalar(select(func.count()).select_from(AuditEvent))
    assert not log(session, BEFORE, "8.00", shown=Shown(None))
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == num_events
