"""Everybody's weeks around a day: who owes one, who submitted, and reminding the others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.errors import Forbidden
from app.models import Assignment, Contractor, Message, PayGroup, Timesheet
from app.services.access.access import Actor
from app.services.desk.timesheet_filter import SheetFilter
from app.services.desk.timesheets import (
    SheetRow,
    count_states,
    list_missing,
    list_sheets,
    list_versions,
)
from app.services.hours.timesheet_reminders import remind_missing
from app.services.paging import PageRequest
from tests.app.services.hours.hours_logging import add_pay_week, log
from tests.app.world import EFFECTIVE_AT, SYSTEM, add_entry, add_world, pause_p1

DAY = date(2026, 2, 4)


def find(session: Session, narrowed: SheetFilter) -> list[SheetRow]:
    page = list_sheets(session, narrowed, PageRequest("contractor"))
    assert page.total == len(page.rows)
    return list(page.rows)


def list_people(session: Session, narrowed: SheetFilter) -> list[str]:
    return sorted(row.contractor_id for row in find(session, narrowed))


def test_everybody_with_work_is_listed_once(session: Session) -> None:
    add_world(session)
    log(session, DAY, "8")
    log(session, DAY + timedelta(days=1), "1.5")
    rows = {row.contractor_id: row for row in find(session, SheetFilter(DAY))}
    assert sorted(rows) == ["C1", "C2", "C3"]
    assert (rows["C1"].status, float(rows["C1"].hours)) == ("open", 9.5)
    assert (rows["C2"].timesheet_id, rows["C2"].status) == (None, "none")
    assert {row.starts_on for row in rows.values()} == {date(2026, 2, 2)}
    assert {row.ends_on for row in rows.values()} == {date(2026, 2, 8)}


def test_weeks_begin_where_each_group_begins_them(session: Session) -> None:
    add_world(session)
    add_pay_week(session, "Asia/Tokyo", first_weekday=6)
    group = PayGroup(name="Thursdays", zone="UTC", first_weekday=3)
    session.add(group)
    session.flush()
    session.get_one(Contractor, "C2").pay_group_id = group.id
    session.commit()
    for day, starts in ((DAY, {"C1": 1, "C2": 29}), (date(2026, 2, 5), {"C1": 1, "C2": 5})):
        rows = {row.contractor_id: row for row in find(session, SheetFilter(day))}
        assert {person: rows[person].starts_on.day for person in starts} == starts
        assert (rows["C1"].zone, rows["C2"].zone) == ("Asia/Tokyo", "UTC")


def test_who_was_stopped_all_week_or_has_no_work_owes_nothing(session: Session) -> None:
    add_world(session)
    session.get_one(Assignment, "A2").ends_on = date(2026, 2, 20)
    session.commit()
    pause_p1(session)
    assert list_people(session, SheetFilter(DAY)) == ["C1", "C2", "C3"]
    assert list_people(session, SheetFilter(EFFECTIVE_AT.date())) == ["C1", "C3"]
    assert list_people(session, SheetFilter(date(2026, 3, 10))) == []
    session.get_one(Contractor, "C1").status = "inactive"
    session.commit()
    assert list_people(session, SheetFilter(DAY)) == ["C2", "C3"]


def test_states_are_counted_and_narrowed(session: Session) -> None:
    add_world(session, num_contractors=5)
    for number, status in enumerate(("rejected", "submitted", "approved", "locked"), start=1):
        add_entry(session, f"A{number}", DAY, "1")
        session.execute(
            update(Timesheet).where(Timesheet.contractor_id == f"C{number}").values(status=status)
        )
    session.commit()
    narrowed = SheetFilter(DAY)
    counts = {"missing": 2, "submitted": 1, "approved": 1, "locked": 1}
    assert count_states(session, narrowed) == counts
    assert count_states(session, SheetFilter(DAY, state="locked")) == counts
    people = {state: list_people(session, SheetFilter(DAY, state=state)) for state in counts}
    assert people == {
        "missing": ["C1", "C5"],
        "submitted": ["C2"],
        "approved": ["C3"],
        "locked": ["C4"],
    }
    assert list_people(session, SheetFilter(DAY, text="c3")) == ["C3"]
    assert list_people(session, SheetFilter(DAY, project_id="P2")) == []
    assert list_people(session, SheetFilter(DAY, project_id="P1")) == [f"C{n}" for n in range(1, 6)]
    assert len(list_versions(session, SheetFilter(DAY))) == 4
    assert list_missing(session, narrowed) == [("C1", date(2026, 2, 2)), ("C5", date(2026, 2, 2))]


def test_late_hours_are_found(session: Session) -> None:
    add_world(session)
    pause_p1(session)
    log(session, DAY, "3")
    add_entry(session, "A2", DAY, "3")
    assert [
        (row.contractor_id, row.num_late) for row in find(session, SheetFilter(DAY, late=True))
    ] == [("C1", 1)]


def test_who_has_not_submitted_is_reminded_once_a_day(session: Session) -> None:
    add_world(session)
    add_entry(session, "A1", DAY, "1")
    session.execute(update(Timesheet).values(status="submitted", submitted_at=datetime.now(UTC)))
    session.commit()
    order = {"actor": SYSTEM, "narrowed": SheetFilter(DAY)}
    told = [
        remind_missing(session, today=date(2026, 2, day), **order)  # type: ignore[arg-type]  # named once
        for day in (9, 9, 10)
    ]
    assert told == [2, 0, 2]
    rows = session.scalars(select(Message).order_by(Message.id)).all()
    assert [(row.kind, row.contractor_id) for row in rows[:2]] == [
        ("hours_missing", "C2"),
        ("hours_missing", "C3"),
    ]
    with pytest.raises(Forbidden):
        remind_missing(
            session,
            actor=Actor(None, "x", frozenset({"payroll"})),
            narrowed=SheetFilter(DAY),
            today=DAY,
        )
