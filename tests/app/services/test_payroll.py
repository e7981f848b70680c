"""Payroll: every hour in exactly one immutable batch, sums exact."""

from __future__ import annotations

import csv
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier

import psycopg.errors
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import Assignment, AuditEvent, Contractor, ExportBatch, HoursEntry
from app.services.access import Actor
from app.services.hours import log_hours
from app.services.payroll import (
    MAX_PERIOD_DAYS,
    export_period,
    find_period,
    get_batch_file,
    list_batches,
)
from app.services.payroll_lines import CurrencyTotal, sum_by_currency
from tests.app.world import SYSTEM, add_account, add_world

FIRST, LAST = date(2026, 2, 2), date(2026, 2, 8)
NUM_CLERKS = 6


def add_hours(session: Session, number: int, day: date, hours: str) -> None:
    log_hours(
        session,
        actor=Actor(None, "x", frozenset({"contractor"}), f"C{number}"),
        assignment_id=f"A{number}",
        work_date=day,
        hours=Decimal(hours),
    )


def export(session: Session, first: date = FIRST, last: date = LAST) -> int:
    return export_period(session, actor=SYSTEM, starts_on=first, ends_on=last).batch_id


def test_export_holds_exactly_the_open_hours_of_the_period(session: Session) -> None:
    add_world(session)
    for day in (FIRST - timedelta(days=1), FIRST, LAST, LAST + timedelta(days=1)):
        add_hours(session, 1, day, "7.5")
    clerk = add_account(session, "payroll")
    batch = export_period(session, actor=clerk, starts_on=FIRST, ends_on=LAST)
    assert (batch.number, batch.line_count, batch.created_by) == (1, 2, clerk.name)
    assert batch.totals == (CurrencyTotal("USD", 2, Decimal("15.00"), 60_000),)
    file = get_batch_file(session, batch.batch_id)
    rows = list(csv.reader(file.content.decode().splitlines()))
    assert rows[1:] == [
        ["pay-C1", "Name C1", "Chordus", str(day), "7.50", "40.00", "300.00", "USD"]
        for day in (FIRST, LAST)
    ]
    assert file.sha256 == hashlib.sha256(file.content).hexdigest() == batch.sha256
    left = session.scalars(
        select(HoursEntry.work_date).where(HoursEntry.export_batch_id.is_(None))
    ).all()
    assert sorted(left) == [FIRST - timedelta(days=1), LAST + timedelta(days=1)]


def test_export_keeps_currencies_apart(session: Session) -> None:
    add_world(session)
    session.get_one(Contractor, "C2").currency = "EUR"
    session.commit()
    add_hours(session, 1, FIRST, "1")
    add_hours(session, 2, FIRST, "2")
    period = find_period(session, FIRST, LAST)
    assert [(total.currency, total.amount_cents) for total in period.open_totals] == [
        ("EUR", 8000),
        ("USD", 4000),
    ]


def test_export_rounds_each_line_half_up(session: Session) -> None:
    add_world(session, contractor={"pay_rate_cents": 3333})
    add_hours(session, 1, FIRST, "0.50")
    add_hours(session, 1, LAST, "0.50")
    assert find_period(session, FIRST, LAST).open_totals[0].amount_cents == 2 * 1667


def test_export_again_takes_only_what_came_later(session: Session) -> None:
    add_world(session)
    add_hours(session, 1, FIRST, "8")
    first = export(session)
    with pytest.raises(Refused, match="No open hours") as caught:
        export(session)
    assert caught.value.code == "nothing_to_export"
    add_hours(session, 2, FIRST, "8")
    second = export(session)
    batches = list_batches(session)
    assert [(batch.batch_id, batch.number) for batch in batches] == [(second, 2), (first, 1)]
    numbers = [line.batch_number for line in find_period(session, FIRST, LAST).lines]
    assert numbers == [1, 2]


def test_export_without_a_usable_payroll_id_writes_nothing(session: Session) -> None:
    add_world(session)
    session.get_one(Contractor, "C2").payroll_id = ""
    session.get_one(Contractor, "C3").payroll_id = "=1+1"
    session.commit()
    for number in (1, 2, 3):
        add_hours(session, number, FIRST, "8")
    with pytest.raises(Refused, match="Name C2, Name C3") as caught:
        export(session)
    assert caught.value.code == "payroll_id_unusable"
    assert find_period(session, FIRST, LAST).without_id == ("Name C2", "Name C3")
    assert session.scalar(select(func.count()).select_from(ExportBatch)) == 0


def test_export_bad_period_and_missing_permission(session: Session) -> None:
    with pytest.raises(InvalidValue):
        export(session, LAST, FIRST)
    with pytest.raises(InvalidValue, match=r"2026-04-04 or earlier \(62 days\)"):
        find_period(session, FIRST, FIRST + timedelta(days=MAX_PERIOD_DAYS))
    with pytest.raises(Forbidden):
        export_period(
            session,
            actor=Actor(None, "m", frozenset({"ops_manager"})),
            starts_on=FIRST,
            ends_on=LAST,
        )
    with pytest.raises(NotFound):
        get_batch_file(session, 1)


def test_exported_hours_refuse_every_change(session: Session) -> None:
    add_world(session)
    add_hours(session, 1, FIRST, "8")
    export(session)
    for hours in ("7", "0"):
        with pytest.raises(Refused) as caught:
            add_hours(session, 1, FIRST, hours)
        assert caught.value.code == "exported"
    for statement in ("UPDATE hours_entries SET hours = 1", "DELETE FROM hours_entries"):
        with pytest.raises(IntegrityError) as broken:
            session.execute(text(statement))
        assert isinstance(broken.value.orig, psycopg.errors.RestrictViolation)
        session.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE export_batches SET line_count = 9",
        "DELETE FROM export_batches",
        "TRUNCATE export_batches CASCADE",
        "UPDATE audit_events SET actor = 'somebody else'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
    ],
)
def test_history_refuses_change_in_the_database_itself(session: Session, statement: str) -> None:
    add_world(session)
    add_hours(session, 1, FIRST, "8")
    export(session)
    with pytest.raises(IntegrityError, match="keeps what it holds"):
        session.execute(text(statement))


def test_export_racing_puts_each_hour_in_exactly_one_batch(database: Database) -> None:
    days = [FIRST + timedelta(days=offset) for offset in range(7)]
    with database.session() as session:
        add_world(session, num_contractors=4, contractor={"max_weekly_hours": 100})
        for number in (1, 2):
            for day in days:
                add_hours(session, number, day, "8")
    barrier = Barrier(NUM_CLERKS + 2)

    def export_once(_clerk: int) -> None:
        with database.session() as session:
            barrier.wait()
            try:
                export(session)
            except Refused:
                return

    def log_week(number: int) -> None:
        with database.session() as session:
            barrier.wait()
            for day in days:
                add_hours(session, number, day, "8")

    with ThreadPoolExecutor(NUM_CLERKS + 2) as pool:
        work = [pool.submit(export_once, clerk) for clerk in range(NUM_CLERKS)]
        work += [pool.submit(log_week, number) for number in (3, 4)]
        for job in work:
            job.result()
    with database.session() as session:
        batches = list_batches(session)
        assert [batch.number for batch in batches] == list(range(len(batches), 0, -1))
        exported = [
            tuple(row[:1] + row[2:4])
            for batch in batches
            for row in csv.reader(
                get_batch_file(session, batch.batch_id).content.decode().splitlines()[1:]
            )
        ]
        assert len(exported) == len(set(exported)) == sum(batch.line_count for batch in batches)
        open_lines = [
            line for line in find_period(session, FIRST, LAST).lines if line.batch_number is None
        ]
        assert len(exported) + len(open_lines) == 4 * 7


def test_exports_of_several_periods_at_once_are_numbered_without_a_gap(database: Database) -> None:
    days = [FIRST + timedelta(days=offset) for offset in range(NUM_CLERKS)]
    with database.session() as session:
        add_world(session, contractor={"max_weekly_hours": 100})
        for day in days:
            add_hours(session, 1, day, "8")
    barrier = Barrier(NUM_CLERKS)

    def export_day(day: date) -> int:
        with database.session() as session:
            barrier.wait()
            return export_period(session, actor=SYSTEM, starts_on=day, ends_on=day).number

    with ThreadPoolExecutor(NUM_CLERKS) as pool:
        assert sorted(pool.map(export_day, days)) == list(range(1, NUM_CLERKS + 1))


def test_export_event_carries_checksum_and_totals(session: Session) -> None:
    add_world(session)
    add_hours(session, 1, FIRST, "8")
    batch_id = export(session)
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.after is not None
    assert event.action == "payroll.exported"
    assert event.after["sha256"] == session.get_one(ExportBatch, batch_id).sha256
    assert event.after["totals"]["USD"]["amount_cents"] == 32_000


def test_hours_of_an_ended_assignment_are_still_paid(session: Session) -> None:
    add_world(session)
    add_hours(session, 1, FIRST, "8")
    assignment = session.get_one(Assignment, "A1")
    assignment.status, assignment.ends_on = "ended", FIRST
    session.commit()
    assert export(session) > 0


MANY_SHEETS = """
    INSERT INTO timesheets (contractor_id, starts_on, ends_on, zone)
    SELECT 'C1', first::date, first::date + 6, 'UTC'
    FROM generate_series(:first, CAST(:first AS date) + 49, interval '7 days') first
"""
MANY_HOURS = """
    INSERT INTO hours_entries (timesheet_id, assignment_id, work_date, hours, rate_cents, currency)
    SELECT t.id, 'X' || number, day::date, 1, 4000, 'USD'
    FROM generate_series(1, 1400) number,
         generate_series(:first, CAST(:first AS date) + 49, interval '1 day') day
    JOIN timesheets t ON day BETWEEN t.starts_on AND t.ends_on
"""
MANY_ASSIGNMENTS = """
    INSERT INTO assignments (assignment_id, contractor_id, project_id, hours_per_week, starts_on,
                             status)
    SELECT 'X' || number, 'C1', 'P1', 1, :first, 'active' FROM generate_series(1, 1400) number
"""


def test_export_takes_more_hours_than_a_statement_has_parameters(session: Session) -> None:
    add_world(session)
    for statement in (MANY_ASSIGNMENTS, MANY_SHEETS, MANY_HOURS):
        session.execute(text(statement), {"first": FIRST})
    session.commit()
    batch = export_period(
        session, actor=SYSTEM, starts_on=FIRST, ends_on=FIRST + timedelta(days=49)
    )
    assert batch.line_count == 70_000
    assert batch.totals == (CurrencyTotal("USD", 70_000, Decimal(70_000), 280_000_000),)
    left = select(func.count()).where(HoursEntry.export_batch_id.is_(None))
    assert session.scalar(left) == 0


def test_period_page_holds_its_lines_and_the_totals_of_all(session: Session) -> None:
    add_world(session, contractor={"pay_rate_cents": 3333})
    for number in (1, 2, 3):
        add_hours(session, number, FIRST, "0.50")
    export(session)
    for number in (1, 2, 3):
        add_hours(session, number, LAST, "7.50")
    whole = find_period(session, FIRST, LAST)
    page = find_period(session, FIRST, LAST, offset=2, limit=2)
    assert page.lines == whole.lines[2:4]
    assert (page.num_lines, page.num_open) == (6, 3)
    still_open = [line.line for line in whole.lines if line.batch_number is None]
    assert page.open_totals == sum_by_currency(still_open)
    assert page.open_totals[0].amount_cents == 3 * 24_998


def test_longest_period_is_taken(session: Session) -> None:
    period = find_period(session, FIRST, FIRST + timedelta(days=MAX_PERIOD_DAYS - 1))
    assert (period.num_lines, period.open_totals, period.without_id) == (0, (), ())
