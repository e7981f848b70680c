"""Timesheets of everybody: who is missing, decisions on many and on one, the file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import Timesheet, User
from app.services.access.access import Actor
from app.services.hours.hours import log_hours
from app.services.hours.timesheet_verbs import submit_week
from app.services.hours.timesheets import find_week
from tests.app.web.conftest import CLIENT_NAME, Browser

MONDAY = date(2026, 2, 2)
LONG_AFTER = datetime(2027, 1, 4, 12, tzinfo=UTC)


@pytest.fixture
def submitted(session: Session, people: None) -> list[Timesheet]:
    """The weeks of Ada and Bo wait for a decision; Cy has not begun."""
    for number in (1, 2):
        actor = Actor(None, "x", frozenset({"contractor"}), f"C{number}")
        for step in range(7):
            log_hours(
                session,
                actor=actor,
                assignment_id=f"a{number}",
                work_date=MONDAY + timedelta(days=step),
                hours=Decimal(number),
                now=LONG_AFTER,
            )
        version = find_week(session, f"C{number}", MONDAY, now=LONG_AFTER).version
        submit_week(session, actor=actor, day=MONDAY, version=version, now=LONG_AFTER)
    session.execute(update(Timesheet).values(submitted_at=datetime.now(UTC)))
    session.commit()
    return list(session.scalars(select(Timesheet).order_by(Timesheet.contractor_id)))


def list_statuses(session: Session) -> list[str]:
    session.expire_all()
    rows = session.scalars(select(Timesheet.status).order_by(Timesheet.contractor_id)).all()
    session.rollback()
    return list(rows)


def choose(*sheets: Timesheet) -> list[str]:
    return [f"{sheet.id}:{sheet.version}" for sheet in sheets]


def test_list_says_who_submitted_and_who_did_not(ops: Browser, submitted: list[Timesheet]) -> None:
    page = ops.get(f"/timesheets/?day={MONDAY}")
    assert "All 3" in page.text
    assert "Not submitted 1" in page.text
    assert "To approve 2" in page.text
    missing = ops.get(f"/timesheets/?day={MONDAY}&state=missing")
    assert "Cy" in missing.text
    assert "Not begun" in missing.text
    assert "Bo" not in missing.text
    assert CLIENT_NAME not in page.body
    assert "Nothing matches" in ops.get(f"/timesheets/?day={MONDAY}&text=nobody").text


def test_list_narrows_by_project_and_comes_as_a_file(
    ops: Browser, submitted: list[Timesheet]
) -> None:
    page = ops.get(f"/timesheets/?day={MONDAY}&project=P2")
    assert "Cy" in page.text
    assert "Ada" not in page.text
    body = ops.get(f"/timesheets/?day={MONDAY}&format=csv").body
    assert body.splitlines()[1].startswith("C1,Ada,C1@example.org,2026-02-02,2026-02-08,UTC,7")
    assert body.splitlines()[3].endswith(",not begun")


def test_chosen_weeks_are_approved_and_locked(
    ops: Browser, payroll: Browser, session: Session, submitted: list[Timesheet]
) -> None:
    form = {"day": str(MONDAY), "row": choose(*submitted), "decision": "approve"}
    assert "2 weeks approved." in ops.post("/timesheets/decisions", form).text
    assert list_statuses(session) == ["approved", "approved"]
    again = session.scalars(select(Timesheet).order_by(Timesheet.contractor_id)).all()
    locking = {"day": str(MONDAY), "row": choose(again[0]), "decision": "lock"}
    session.rollback()
    assert ops.post("/timesheets/decisions", locking).status == 403
    assert "1 week locked." in payroll.post("/timesheets/decisions", locking).text
    assert list_statuses(session) == ["locked", "approved"]


def test_all_that_match_leaves_out_what_came_after_the_page(
    ops: Browser, session: Session, submitted: list[Timesheet]
) -> None:
    seen_at = datetime.now(UTC)
    submitted[1].submitted_at = seen_at + timedelta(seconds=1)
    session.commit()
    form = {
        "day": str(MONDAY),
        "all_matching": "1",
        "seen_at": seen_at.isoformat(),
        "decision": "approve",
    }
    assert "1 week approved." in ops.post("/timesheets/decisions", form).text
    assert list_statuses(session) == ["approved", "submitted"]


def test_rows_that_are_refused_are_named_with_the_reason(
    ops: Browser, session: Session, submitted: list[Timesheet]
) -> None:
    rows = [*choose(submitted[0]), f"{submitted[1].id}:1"]
    page = ops.post("/timesheets/decisions", {"row": rows, "decision": "approve"})
    assert page.status == 409
    assert "1 week approved." in page.text
    assert "Bo" in page.text
    assert "It has changed since you saw it" in page.text
    assert list_statuses(session) == ["approved", "submitted"]


def test_nobody_approves_their_own_week(
    ops: Browser, session: Session, submitted: list[Timesheet]
) -> None:
    manager = session.scalars(select(User).where(User.email == "ops_manager@vendor.example")).one()
    manager.contractor_id = "C2"
    session.commit()
    page = ops.post("/timesheets/decisions", {"row": choose(submitted[1]), "decision": "approve"})
    assert "Nobody decides on their own hours." in page.text


def test_week_is_sent_back_and_the_contractor_reads_why(
    ops: Browser, contractor: Browser, submitted: list[Timesheet]
) -> None:
    address = f"/timesheets/{submitted[0].id}"
    assert "Chordus" in ops.get(address).text
    form = {"row": choose(submitted[0]), "decision": "reject"}
    for reason in ("", f"Ask {CLIENT_NAME.lower()} first"):
        page = ops.post("/timesheets/decisions", form | {"reason": reason})
        assert "Nothing changed. Give a reason" in page.text
        assert CLIENT_NAME not in page.body
    ops.post("/timesheets/decisions", form | {"reason": "Tuesday was a holiday"})
    assert "Sent back: Tuesday was a holiday" in ops.get(address).text
    assert "Sent back by The ops_manager" in ops.get(address).text
    page = contractor.get(f"/my/hours?week={MONDAY}")
    assert "Sent back: Tuesday was a holiday" in page.text


@pytest.mark.parametrize(
    "form",
    [
        {"decision": "praise"},
        {"decision": "approve", "row": "1"},
        {"decision": "approve", "row": "x:1"},
        {"decision": "approve", "all_matching": "1", "seen_at": "noon"},
        {"decision": "approve", "all_matching": "1", "seen_at": "2026-01-01T00:00:00"},
        {"decision": "approve", "status": "locked"},
    ],
)
def test_form_that_no_page_sends_is_refused(ops: Browser, form: dict[str, str]) -> None:
    assert ops.post("/timesheets/decisions", form).status == 400


def test_nothing_chosen_is_said(ops: Browser) -> None:
    page = ops.post("/timesheets/decisions", {"decision": "approve"})
    assert "Choose at least one week." in page.text
    assert ops.get("/timesheets/987654").status == 404
