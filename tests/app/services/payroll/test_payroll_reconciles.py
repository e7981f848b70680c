"""Random hours, rates, reopenings, corrections and exports: the files always add up to the cent.

The model below knows nothing of the ledger. It keeps what was decided, and works out from that
alone what must have been paid; what was paid is read from the bytes of the files.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Refused
from app.models import Assignment, PayRate
from app.services.payroll.payroll_batches import get_batch_file, list_batches
from app.services.payroll.payroll_corrections import correct_hours, correct_rate
from app.services.payroll.period_closing import close_period
from tests.app.pay_world import FIRST, add_period, approve, enter, export, reopen
from tests.app.world import SYSTEM, add_world

BASE_CENTS = 3333
CURRENCIES = {"A1": "USD", "A2": "EUR", "B1": "USD"}
PEOPLE = {"A1": "C1", "B1": "C1", "A2": "C2"}
PROJECTS = {"A1": "Chordus", "A2": "Chordus", "B1": "Kestrel"}
PERIOD_DAYS, NUM_PERIODS, NUM_WEEKS = 10, 4, 4
"""Periods of ten days, so that weeks lie across their bounds; the last one takes what is late."""

Day = tuple[str, date]
Group = tuple[str, str, str, str, str]

assignments = st.sampled_from(sorted(PEOPLE))
weeks = st.integers(0, NUM_WEEKS - 1)
hours = st.decimals(0, 12, places=2)
rates = st.integers(0, 20_000)
offsets = st.integers(0, 7 * NUM_WEEKS - 1)


@dataclass
class Sheet:
    """A contractor's week: what stands on it, and what of it was approved last."""

    id: int
    hours: dict[Day, Decimal] = field(default_factory=dict)
    approved: dict[Day, Decimal] | None = None
    is_open: bool = True


def find_period(day: date) -> int:
    return (day - FIRST).days // PERIOD_DAYS


def get_bounds(period: int) -> tuple[date, date]:
    starts_on = FIRST + timedelta(days=period * PERIOD_DAYS)
    return starts_on, starts_on + timedelta(days=PERIOD_DAYS - 1)


def read_files(session: Session) -> dict[Group, tuple[Decimal, Decimal]]:
    """Add up hours and money of every line in every file, by line group."""
    sums: dict[Group, tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for batch in list_batches(session):
        content = b"".join(get_batch_file(session, batch.batch_id).parts).decode()
        for row in csv.DictReader(content.splitlines()):
            group = (
                row["payroll_id"],
                row["project"],
                row["period_starts_on"],
                row["rate"],
                row["currency"],
            )
            worked, paid = sums[group]
            sums[group] = (worked + Decimal(row["hours"]), paid + Decimal(row["amount"]))
    session.rollback()
    return {group: sums[group] for group in sums if any(sums[group])}


class Payroll(RuleBasedStateMachine):
    """What people do, in any order; the database does the same as the model."""

    database: Database

    @initialize()
    def begin(self) -> None:
        self.session = self.database.session_factory()
        empty(self.session)
        self.periods = [add_period(self.session, *get_bounds(n)) for n in range(NUM_PERIODS)]
        self.closed: set[int] = set()
        self.sheets: dict[tuple[str, int], Sheet] = {}
        self.rates: list[tuple[str, date, int]] = []
        self.corrected: dict[Day, Decimal] = {}

    def is_closed(self, day: date) -> bool:
        return find_period(day) in self.closed

    @rule(assignment=assignments, week=weeks, worked=st.lists(hours, min_size=7, max_size=7))
    def enter_week(self, assignment: str, week: int, worked: list[Decimal]) -> None:
        monday = FIRST + timedelta(days=7 * week)
        sheet = self.sheets.get((PEOPLE[assignment], week))
        if sheet is not None and not sheet.is_open:
            return
        stands = {} if sheet is None else dict(sheet.hours)
        for offset, value in enumerate(worked):
            day = monday + timedelta(days=offset)
            if not self.is_closed(day):
                stands.pop((assignment, day), None)
                if value:
                    stands[assignment, day] = value
        key = enter(self.session, PEOPLE[assignment], monday, stands)
        self.sheets.setdefault((PEOPLE[assignment], week), Sheet(key)).hours = stands

    @rule(assignment=assignments, week=weeks)
    def approve_week(self, assignment: str, week: int) -> None:
        sheet = self.sheets.get((PEOPLE[assignment], week))
        if sheet is not None and sheet.is_open:
            approve(self.session, sheet.id)
            sheet.approved, sheet.is_open = dict(sheet.hours), False

    @rule(assignment=assignments, week=weeks)
    def reopen_week(self, assignment: str, week: int) -> None:
        sheet = self.sheets.get((PEOPLE[assignment], week))
        if sheet is not None and not sheet.is_open:
            reopen(self.session, sheet.id)
            sheet.is_open = True

    @rule(assignment=assignments, offset=offsets, cents=rates)
    def correct_a_rate(self, assignment: str, offset: int, cents: int) -> None:
        day = FIRST + timedelta(days=offset)
        correct_rate(
            self.session,
            actor=SYSTEM,
            assignment_id=assignment,
            starts_on=day,
            rate_cents=cents,
            reason="x",
        )
        self.rates.append((assignment, day, cents))

    @rule(assignment=assignments, offset=offsets, value=st.decimals(0, 6, places=2))
    def correct_a_day(self, assignment: str, offset: int, value: Decimal) -> None:
        day = FIRST + timedelta(days=offset)
        if self.is_closed(day):
            with suppress(Refused):
                correct_hours(
                    self.session,
                    actor=SYSTEM,
                    assignment_id=assignment,
                    work_date=day,
                    hours=value,
                    reason="x",
                )
                self.corrected[assignment, day] = value

    @rule(period=st.integers(0, NUM_PERIODS - 1))
    def export_period(self, period: int) -> None:
        if period not in self.closed:
            with suppress(Refused):
                export(self.session, self.periods[period])

    @rule(period=st.integers(0, NUM_PERIODS - 2))
    def close_a_period(self, period: int) -> None:
        with suppress(Refused):
            close_period(
                self.session,
                actor=SYSTEM,
                period_id=self.periods[period],
                leave_unapproved=True,
            )
            self.closed.add(period)

    @invariant()
    def every_batch_adds_up(self) -> None:
        batches = list_batches(self.session)
        assert [batch.number for batch in batches] == list(range(len(batches), 0, -1))
        for group, (worked, paid) in read_files(self.session).items():
            assert paid == round_once(worked, Decimal(group[3])), group

    def teardown(self) -> None:
        if not hasattr(self, "session"):
            return
        for sheet in self.sheets.values():
            if sheet.is_open:
                approve(self.session, sheet.id)
                sheet.approved = dict(sheet.hours)
        for number, period in enumerate(self.periods):
            if number not in self.closed:
                with suppress(Refused):
                    export(self.session, period)
        try:
            assert read_files(self.session) == self.recompute()
        finally:
            self.session.close()

    def recompute(self) -> dict[Group, tuple[Decimal, Decimal]]:
        """Work out what every line group must hold, from what was decided alone."""
        decided = dict(self.corrected)
        for sheet in self.sheets.values():
            for place, value in (sheet.approved or {}).items():
                decided.setdefault(place, value)
        sums: dict[Group, Decimal] = defaultdict(Decimal)
        for (assignment, day), value in decided.items():
            group = (
                f"pay-{PEOPLE[assignment]}",
                PROJECTS[assignment],
                str(get_bounds(find_period(day))[0]),
                f"{self.find_rate(assignment, day):.2f}",
                CURRENCIES[assignment],
            )
            sums[group] += value
        return {
            group: (worked, round_once(worked, Decimal(group[3])))
            for group, worked in sums.items()
            if worked
        }

    def find_rate(self, assignment: str, day: date) -> Decimal:
        cents, since = BASE_CENTS, date.min
        for of, starts_on, value in self.rates:
            if of == assignment and since <= starts_on <= day:
                cents, since = value, starts_on
        return Decimal(cents) / 100


def round_once(worked: Decimal, rate: Decimal) -> Decimal:
    return (worked * rate).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def empty(session: Session) -> None:
    """Take the ledger back to nothing; no role of the application could."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(
        text(
            "TRUNCATE batch_files, export_file_parts, export_files, export_days, export_lines, "
            "export_batches, hours_corrections, approved_hours, hours_entries, "
            "timesheets, pay_periods, kept_readiness"
        )
    )
    session.execute(text("DELETE FROM pay_rates WHERE reason <> ''"))
    session.execute(text("UPDATE assignments SET pay_rate_cents = NULL"))
    session.commit()


@pytest.fixture
def vendor(database: Database) -> Database:
    """C1 works on Chordus and Kestrel in USD, C2 on Chordus in EUR."""
    with database.session() as session:
        add_world(session, num_contractors=2, contractor={"pay_rate_cents": BASE_CENTS})
        session.add(
            Assignment(
                assignment_id="B1",
                contractor_id="C1",
                project_id="P2",
                hours_per_week=20,
                starts_on=date(2026, 1, 5),
                status="active",
            )
        )
        session.add(
            PayRate(
                subject_kind="contractor",
                subject_id="C2",
                starts_on=date(2026, 1, 1),
                rate_cents=BASE_CENTS,
                currency="EUR",
            )
        )
        session.commit()
    return database


def test_files_always_add_up_to_what_was_decided(vendor: Database) -> None:
    """Check 18: random histories, by a model of their own."""

    class OnThisDatabase(Payroll):
        database = vendor

    run_state_machine_as_test(
        OnThisDatabase, settings=settings(max_examples=8, stateful_step_count=25, deadline=None)
    )
