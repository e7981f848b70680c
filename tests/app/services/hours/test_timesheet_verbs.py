"""Weeks handed in, approved, rejected, locked, reopened; what payroll may take of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import ApprovedHours, AuditEvent, Message, Timesheet
from app.services.access.access import Actor
from app.services.hours.timesheet_payroll import select_in_force
from app.services.hours.timesheet_verbs import (
    SheetOutcome,
    SheetVersion,
    approve_sheets,
    lock_sheets,
    reject_sheets,
    reopen_sheets,
    submit_week,
)
from app.services.hours.timesheets import find_week
from tests.app.services.hours.hours_logging import LONG_AFTER, WORKER, add_pay_week, log
from tests.app.world import SYSTEM, add_world

MONDAY = date(2026, 2, 2)
DAYS = tuple(MONDAY + timedelta(days=step) for step in range(7))
MANAGER = Actor(None, "A manager", frozenset({"ops_manager"}))
PAYROLL = Actor(None, "Payroll", frozenset({"payroll"}))


def fill(session: Session, number: int = 1, hours: str = "4") -> None:
    """Enter the same hours on each day of the week."""
    actor = Actor(None, "x", frozenset({"contractor"}), f"C{number}")
    for day in DAYS:
        log(session, day, hours, assignment_id=f"A{number}", actor=actor)


def submit(session: Session, number: int = 1, *, now: datetime = LONG_AFTER) -> bool:
    actor = Actor(None, "x", frozenset({"contractor"}), f"C{number}")
    version = find_week(session, f"C{number}", MONDAY, now=now).version
    return submit_week(session, actor=actor, day=MONDAY, version=version, now=now)


def see(session: Session) -> list[SheetVersion]:
    """Return the sheets as they are now."""
    rows = session.execute(select(Timesheet.id, Timesheet.version).order_by(Timesheet.id))
    seen = [SheetVersion(*row) for row in rows]
    session.rollback()
    return seen


def approve(session: Session) -> tuple[SheetOutcome, ...]:
    return approve_sheets(session, actor=MANAGER, sheets=see(session))


def get_status(session: Session) -> str:
    session.expire_all()
    return session.scalars(select(Timesheet.status)).one()


def list_in_force(session: Session) -> list[tuple[int, int, float]]:
    """Return (version, day of the month, hours) of what payroll may take."""
    rows = session.scalars(select_in_force().order_by(ApprovedHours.work_date))
    return [(row.version, row.work_date.day, float(row.hours)) for row in rows]


def test_week_goes_from_hours_to_payroll(session: Session) -> None:
    add_world(session)
    fill(session)
    assert list_in_force(session) == []
    assert submit(session)
    assert list_in_force(session) == []
    assert [one.ok for one in approve(session)] == [True]
    assert list_in_force(session) == [(1, day.day, 4) for day in DAYS]
    assert lock_sheets(session, actor=PAYROLL, sheets=see(session))[0].ok
    assert get_status(session) == "locked"
    assert len(list_in_force(session)) == 7
    actions = session.scalars(
        select(AuditEvent.action)
        .where(AuditEvent.subject_kind == "timesheet")
        .order_by(AuditEvent.id)
    ).all()
    assert actions == ["timesheet.submitted", "timesheet.approved", "timesheet.locked"]


def test_submit_of_a_week_with_a_missing_day_is_refused(session: Session) -> None:
    add_world(session)
    with pytest.raises(Refused, match="7 days have no hours yet; enter 0 for a day off"):
        submit(session)
    fill(session)
    log(session, DAYS[3], None)
    with pytest.raises(Refused, match="1 day has no hours yet"):
        submit(session)
    log(session, DAYS[3], "0")
    assert submit(session)


def test_submit_before_the_week_is_over_there_is_refused(session: Session) -> None:
    add_world(session)
    add_pay_week(session, "Pacific/Kiritimati")
    last_begins = datetime(2026, 2, 7, 10, tzinfo=UTC)
    for day in DAYS:
        log(session, day, "4", now=last_begins)
    with pytest.raises(Refused, match="not over in Pacific/Kiritimati"):
        submit(session, now=last_begins - timedelta(seconds=1))
    assert submit(session, now=last_begins)


def test_submit_again_changes_nothing_and_an_old_page_submits_nothing(session: Session) -> None:
    add_world(session)
    fill(session)
    seen = find_week(session, "C1", MONDAY).version
    log(session, DAYS[0], "5")
    order = {"actor": WORKER, "day": MONDAY, "now": LONG_AFTER}
    with pytest.raises(Refused, match="has changed since"):
        submit_week(session, version=seen, **order)  # type: ignore[arg-type]  # named once for both
    assert submit_week(session, version=seen + 1, **order)  # type: ignore[arg-type]  # as above
    assert not submit_week(session, version=seen + 1, **order)  # type: ignore[arg-type]  # as above
    submitted = AuditEvent.action == "timesheet.submitted"
    assert session.scalar(select(func.count()).where(submitted)) == 1


def test_submit_needs_a_contractor_with_the_permission(session: Session) -> None:
    add_world(session)
    for actor, error in (
        (MANAGER, Forbidden),
        (Actor(None, "x", frozenset({"contractor"})), NotFound),
    ):
        with pytest.raises(error):
            submit_week(session, actor=actor, day=MONDAY, version=0)


def test_reject_gives_the_week_back_with_its_reason(session: Session) -> None:
    add_world(session)
    fill(session)
    submit(session)
    assert reject_sheets(session, actor=MANAGER, sheets=see(session), reason=" Two long ")[0].ok
    week = find_week(session, "C1", MONDAY, now=LONG_AFTER)
    assert (week.status, week.reason, week.is_editable) == ("rejected", "Two long", True)
    assert [one.kind for one in session.scalars(select(Message))] == ["hours_rejected"]
    log(session, DAYS[0], "3")
    assert submit(session)
    assert approve(session)[0].ok
    assert list_in_force(session)[0] == (1, 2, 3)


@pytest.mark.parametrize("verb", [reject_sheets, reopen_sheets])
@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_giving_back_needs_a_reason(
    session: Session, verb: Callable[..., object], reason: str
) -> None:
    with pytest.raises(InvalidValue):
        verb(session, actor=SYSTEM, sheets=[], reason=reason)


def test_reopened_week_gets_a_new_version_and_leaves_the_old_one_as_it_was(
    session: Session,
) -> None:
    add_world(session)
    fill(session)
    submit(session)
    approve(session)
    assert lock_sheets(session, actor=PAYROLL, sheets=see(session))[0].ok
    assert get_status(session) == "locked"
    refused = reopen_sheets(session, actor=MANAGER, sheets=see(session), reason="A slip")
    assert refused[0].sentence == "It is locked: only payroll can reopen it."
    assert reopen_sheets(session, actor=PAYROLL, sheets=see(session), reason="A slip")[0].ok
    assert list_in_force(session) == []
    log(session, DAYS[1], "7.5")
    submit(session)
    approve(session)
    assert list_in_force(session)[:2] == [(2, 2, 4.0), (2, 3, 7.5)]
    first = select(func.sum(ApprovedHours.hours)).where(ApprovedHours.version == 1)
    assert session.scalar(first) == 28


def test_manager_reopens_what_is_approved(session: Session) -> None:
    add_world(session)
    fill(session)
    submit(session)
    approve(session)
    assert reopen_sheets(session, actor=MANAGER, sheets=see(session), reason="A slip")[0].ok
    assert get_status(session) == "reopened"
    assert [one.kind for one in session.scalars(select(Message))] == ["hours_reopened"]


def test_each_row_of_many_has_its_outcome(session: Session) -> None:
    add_world(session, num_contractors=4)
    for number in (1, 2, 3, 4):
        fill(session, number)
    for number in (1, 2, 3):
        submit(session, number)
    sheets = see(session)
    stale = SheetVersion(sheets[1].timesheet_id, sheets[1].version - 1)
    own = Actor(None, "C3 as well", frozenset({"ops_manager"}), "C3")
    wanted = [sheets[0], stale, sheets[2], sheets[3], SheetVersion(987_654, 1)]
    outcomes = approve_sheets(session, actor=own, sheets=wanted)
    assert [one.sentence for one in outcomes] == [
        "Approved.",
        "It has changed since you saw it; look again.",
        "Nobody decides on their own hours.",
        "It is open, not submitted.",
        "There is no such week.",
    ]
    assert [one.ok for one in outcomes] == [True, False, False, False, False]
    again = approve_sheets(session, actor=own, sheets=wanted[:1])
    assert again[0].ok
    assert session.scalar(select(func.count(ApprovedHours.id))) == 7


@pytest.mark.parametrize(
    ("verb", "actor"),
    [
        (approve_sheets, PAYROLL),
        (reject_sheets, PAYROLL),
        (lock_sheets, MANAGER),
        (reopen_sheets, WORKER),
        (approve_sheets, WORKER),
    ],
)
def test_each_verb_needs_its_permission(
    session: Session, verb: Callable[..., object], actor: Actor
) -> None:
    reason = {} if verb in {approve_sheets, lock_sheets} else {"reason": "x"}
    with pytest.raises(Forbidden):
        verb(session, actor=actor, sheets=[], **reason)


def test_approved_hours_are_kept_by_the_database(session: Session) -> None:
    add_world(session)
    fill(session)
    submit(session)
    approve(session)
    for statement in (
        "UPDATE approved_hours SET hours = 1",
        "DELETE FROM approved_hours",
        "TRUNCATE approved_hours CASCADE",
    ):
        with pytest.raises(DBAPIError, match="keeps what it holds"):
            session.execute(text(statement))
        session.rollback()
    assert session.scalar(select(func.count(ApprovedHours.id))) == 7
