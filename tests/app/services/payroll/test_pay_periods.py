"""Pay periods: their days and zone, closing, and what the database itself refuses."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import psycopg.errors
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import PayPeriod
from app.services.access.access import Actor
from app.services.hours.timesheets import find_week
from app.services.payroll.pay_periods import (
    CLOSED_SENTENCE,
    PeriodBounds,
    create_period,
    is_closed_day,
    propose_period,
)
from app.services.payroll.payroll_corrections import correct_hours
from app.services.payroll.period_closing import close_period
from tests.app.pay_world import FIRST, LAST, add_period, approve, approve_day, enter, export, reopen
from tests.app.services.hours.hours_logging import LONG_AFTER, get_refusal, log, sum_hours
from tests.app.services.payroll.test_payroll_export import say
from tests.app.services.plans.crossing import cross
from tests.app.world import PAUSE_DATE, SYSTEM, add_world, pause_p1

AFTER = datetime(2026, 2, 9, 12, tzinfo=UTC)
NEXT = LAST + timedelta(days=1)


def close(session: Session, period_id: int, *, leave_unapproved: bool = False) -> bool:
    return close_period(
        session,
        actor=SYSTEM,
        period_id=period_id,
        leave_unapproved=leave_unapproved,
        now=AFTER,
    )


def test_period_has_its_own_first_day_and_zone(session: Session) -> None:
    friday = date(2026, 2, 6)
    create_period(
        session,
        actor=SYSTEM,
        starts_on=friday,
        ends_on=friday + timedelta(days=6),
        zone="Asia/Tokyo",
    )
    assert propose_period(session) == PeriodBounds(
        friday + timedelta(days=7), friday + timedelta(days=13), "Asia/Tokyo"
    )


def test_first_period_proposed_is_the_two_weeks_that_are_over(session: Session) -> None:
    proposed = propose_period(session, now=datetime(2026, 2, 18, 9, tzinfo=UTC))
    assert proposed == PeriodBounds(FIRST, date(2026, 2, 15), "UTC")


def test_same_period_again_is_the_one_there_is(session: Session) -> None:
    assert add_period(session) == add_period(session)


@pytest.mark.parametrize(
    ("starts_on", "ends_on"), [(LAST, NEXT), (FIRST, LAST + timedelta(days=1)), (FIRST, FIRST)]
)
def test_periods_share_no_day(session: Session, starts_on: date, ends_on: date) -> None:
    add_period(session)
    with pytest.raises(Refused) as caught:
        add_period(session, starts_on, ends_on)
    assert caught.value.code == "overlaps"


def test_period_with_unusable_values_is_refused(session: Session) -> None:
    with pytest.raises(InvalidValue, match="or later"):
        add_period(session, LAST, FIRST)
    with pytest.raises(InvalidValue, match="62 days"):
        add_period(session, FIRST, FIRST + timedelta(days=62))
    with pytest.raises(InvalidValue, match="time zone"):
        create_period(session, actor=SYSTEM, starts_on=FIRST, ends_on=LAST, zone="Mars")
    manager = Actor(None, "m", frozenset({"ops_manager"}))
    with pytest.raises(Forbidden):
        create_period(session, actor=manager, starts_on=FIRST, ends_on=LAST, zone="UTC")
    with pytest.raises(NotFound):
        close(session, 1)


def test_period_closes_when_it_is_over_in_its_own_zone(session: Session) -> None:
    ids = {
        zone: create_period(session, actor=SYSTEM, starts_on=day, ends_on=day, zone=zone)
        for zone, day in (("Pacific/Auckland", FIRST), ("Pacific/Honolulu", LAST))
    }
    for zone, day in (("Pacific/Auckland", FIRST), ("Pacific/Honolulu", LAST)):
        # Midnight after the day comes 13 hours before that of UTC, or 10 hours after it.
        hours = {"Pacific/Auckland": 11, "Pacific/Honolulu": 34}[zone]
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hours)
        with pytest.raises(Refused) as caught:
            close_period(
                session,
                actor=SYSTEM,
                period_id=ids[zone],
                now=midnight - timedelta(minutes=1),
            )
        assert caught.value.code == "not_over"
        assert close_period(session, actor=SYSTEM, period_id=ids[zone], now=midnight)


def test_closing_wants_everything_approved_exported(session: Session) -> None:
    add_world(session)
    approve_day(session, 1, FIRST, "8")
    period = add_period(session)
    with pytest.raises(Refused) as caught:
        close(session, period)
    assert caught.value.code == "not_exported"
    export(session, period)
    assert close(session, period)
    assert not close(session, period)
    assert is_closed_day(session, LAST)
    assert not is_closed_day(session, NEXT)


def test_unapproved_hours_are_left_out_knowingly_and_paid_late(session: Session) -> None:
    add_world(session)
    sheet = enter(session, "C1", FIRST, {("A1", FIRST): "8"})
    period = add_period(session)
    with pytest.raises(Refused) as caught:
        close(session, period)
    assert caught.value.code == "unapproved"
    assert close(session, period, leave_unapproved=True)
    approve(session, sheet)
    late = add_period(session, NEXT, NEXT)
    assert say(session, export(session, late)) == [("C1", str(FIRST), "8.00", 32_000, True)]


@pytest.fixture
def closed(session: Session) -> int:
    """A period whose hours are exported, and which is closed."""
    add_world(session)
    approve_day(session, 1, FIRST, "8")
    period = add_period(session)
    export(session, period)
    close(session, period)
    return period


WRITES_INTO_CLOSED_PERIOD = """
UPDATE hours_entries SET hours = 1
UPDATE hours_entries SET work_date = work_date + 30
DELETE FROM hours_entries
TRUNCATE hours_entries CASCADE
INSERT INTO hours_entries (timesheet_id, assignment_id, work_date, hours, rate_cents, currency)
    SELECT id, 'A1', '2026-02-03', 8, 0, 'USD' FROM timesheets
INSERT INTO approved_hours (timesheet_id, version, assignment_id, work_date, hours, rate_cents,
    currency) SELECT id, 9, 'A1', '2026-02-02', 7, 0, 'USD' FROM timesheets
UPDATE pay_periods SET closed_at = NULL
UPDATE pay_periods SET ends_on = ends_on - 1
DELETE FROM pay_periods
TRUNCATE pay_periods CASCADE
INSERT INTO export_batches (number, period_id, period_starts_on, period_ends_on, line_count,
    totals, manifest, sha256) SELECT 2, id, starts_on, ends_on, 1, '{}', '', '' FROM pay_periods
"""
CHANGES_OF_THE_LEDGER = """
UPDATE export_batches SET line_count = 9
DELETE FROM export_batches
TRUNCATE export_batches CASCADE
UPDATE export_lines SET amount_cents = 0
DELETE FROM export_lines
UPDATE export_days SET hours = 0
DELETE FROM export_days
TRUNCATE export_days
UPDATE export_files SET sha256 = ''
UPDATE export_file_parts SET content = ''
DELETE FROM export_file_parts
UPDATE pay_rates SET rate_cents = 1
DELETE FROM pay_rates
UPDATE hours_corrections SET hours = 1
DELETE FROM hours_corrections
INSERT INTO export_lines SELECT batch_id, 2, contractor_id, payroll_id, contractor, project_id,
    project_code, hours_kind, starts_on, ends_on, hours, rate_cents, amount_cents, currency,
    is_adjustment FROM export_lines
INSERT INTO export_days SELECT batch_id, line_number, assignment_id, work_date + 1, hours, entry
    FROM export_days
INSERT INTO export_file_parts SELECT file_id, 2, content FROM export_file_parts
INSERT INTO export_batches (number, period_starts_on, period_ends_on, line_count, totals, manifest,
    sha256) VALUES (3, '2026-02-02', '2026-02-08', 1, '{}', '', '')
"""


def refuse_all(session: Session, statements: str) -> None:
    """Try each statement, which begins at the start of a line; each must be refused."""
    for statement in re.split(r"\n(?=\w)", statements.strip()):
        with pytest.raises(IntegrityError) as caught:
            session.execute(text(statement))
        assert isinstance(caught.value.orig, psycopg.errors.RestrictViolation), statement
        session.rollback()


def test_closed_period_refuses_writes_in_the_database_itself(session: Session, closed: int) -> None:
    """Check 19: the database."""
    refuse_all(session, WRITES_INTO_CLOSED_PERIOD)


def test_ledger_refuses_change_in_the_database_itself(session: Session, closed: int) -> None:
    correct_hours(
        session,
        actor=SYSTEM,
        assignment_id="A1",
        work_date=FIRST,
        hours=Decimal(7),
        reason="Signed paper sheet",
    )
    refuse_all(session, CHANGES_OF_THE_LEDGER)


def test_day_can_be_in_a_batch_for_the_first_time_only_once(session: Session, closed: int) -> None:
    session.execute(text("SET session_replication_role = replica"))
    with pytest.raises(IntegrityError, match="pk_export_days"):
        session.execute(
            text(
                "INSERT INTO export_days SELECT 2, line_number, assignment_id, work_date, hours,"
                " entry FROM export_days"
            )
        )


def test_closed_days_stay_while_the_rest_of_their_week_goes_on(session: Session) -> None:
    add_world(session)
    middle = FIRST + timedelta(days=2)
    sheet = enter(session, "C1", FIRST, {("A1", FIRST): "8", ("A1", LAST): "4"})
    approve(session, sheet)
    early = add_period(session, FIRST, middle)
    late = add_period(session, middle + timedelta(days=1), LAST)
    export(session, early)
    close(session, early)
    reopen(session, sheet)
    enter(session, "C1", FIRST, {("A1", FIRST): "8", ("A1", LAST): "6"})
    approve(session, sheet)
    assert [line[2] for line in say(session, export(session, late))] == ["6.00"]


def test_contractor_is_told_that_a_day_is_closed_and_owes_no_answer_for_it(
    session: Session, closed: int
) -> None:
    """Check 19: the page."""
    code, sentence = get_refusal(lambda: log(session, LAST, "4"))
    assert (code, sentence) == ("period_closed", CLOSED_SENTENCE)
    week = find_week(session, "C1", FIRST, now=LONG_AFTER)
    assert all(day.is_closed and day.refusal == CLOSED_SENTENCE for day in week.rows[0].days)
    assert week.num_missing == 0


def test_pause_leaves_the_hours_of_a_closed_period(session: Session) -> None:
    add_world(session)
    day = PAUSE_DATE + timedelta(days=2)
    enter(session, "C1", PAUSE_DATE, {("A1", day): "8"})
    period = add_period(session, day, day)
    later = datetime(2026, 3, 9, tzinfo=UTC)
    close_period(session, actor=SYSTEM, period_id=period, leave_unapproved=True, now=later)
    assert pause_p1(session).num_hours_entries_removed == 0
    assert sum_hours(session) == 8


def test_period_can_still_be_moved_or_deleted_until_it_has_a_batch(session: Session) -> None:
    add_world(session)
    approve_day(session, 1, FIRST, "8")
    period = session.get_one(PayPeriod, add_period(session))
    period.ends_on = NEXT
    session.commit()
    export(session, period.id)
    period.ends_on = LAST
    with pytest.raises(IntegrityError, match="its days stay"):
        session.commit()


def test_hours_entered_while_a_period_closes_are_in_it_or_refused(database: Database) -> None:
    """The writer waits for whoever closes the period, and is refused then."""
    with database.session() as session:
        add_world(session)
        period = add_period(session)
    refused: list[str] = []

    def write() -> None:
        with database.session() as session:
            try:
                enter(session, "C1", FIRST, {("A1", FIRST): "8"})
            except IntegrityError as error:
                refused.append(str(error.orig))

    def shut() -> None:
        with database.session() as session:
            close(session, period)

    cross(database, shut, "UPDATE pay_periods", write)
    assert refused == [f"the pay period of {FIRST} is closed: INSERT refused"]
