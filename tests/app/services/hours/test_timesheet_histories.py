"""Random histories of a week against a plain model: nothing approved is ever lost or changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import count

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Refused
from app.models import ApprovedHours, Assignment, HoursEntry, Timesheet
from app.services.access.access import Actor
from app.services.hours.timesheet_payroll import select_in_force
from app.services.hours.timesheet_verbs import (
    SheetVersion,
    approve_sheets,
    lock_sheets,
    reject_sheets,
    reopen_sheets,
    submit_week,
)
from tests.app.services.hours.hours_logging import LONG_AFTER, log
from tests.app.world import add_world

FIRST, LAST = date(2026, 2, 5), date(2026, 2, 6)
MONDAY = date(2026, 2, 2)
MANAGER = Actor(None, "A manager", frozenset({"ops_manager"}))
PAYROLL = Actor(None, "Payroll", frozenset({"payroll"}))
EDITABLE = {"open", "rejected", "reopened"}
NUM_PEOPLE = 40

Hours = dict[date, Decimal]


@dataclass
class Model:
    """A week as it should be: two days, and everything that was approved of them."""

    status: str = "open"
    cells: Hours = field(default_factory=dict)
    approved: list[Hours] = field(default_factory=list)

    @property
    def in_force(self) -> Hours:
        return self.approved[-1] if self.status in {"approved", "locked"} else {}


def find_code(act: Callable[[], object]) -> str | None:
    """Return the code of the refusal that the act meets, None when it goes through."""
    try:
        act()
    except Refused as refused:
        return refused.code
    return None


class WeekHistory(RuleBasedStateMachine):
    """One person's week of two days, by the services and by the model."""

    def __init__(self, database: Database, number: int) -> None:
        super().__init__()
        self.database = database
        self.contractor_id, self.assignment_id = f"C{number}", f"A{number}"
        self.worker = Actor(None, "x", frozenset({"contractor"}), self.contractor_id)
        self.model = Model()
        with database.session() as session:
            assignment = session.get_one(Assignment, self.assignment_id)
            assignment.starts_on, assignment.ends_on = FIRST, LAST
            session.commit()

    def see(self, session: Session) -> SheetVersion:
        row = session.execute(
            select(Timesheet.id, Timesheet.version).where(
                Timesheet.contractor_id == self.contractor_id
            )
        ).first()
        session.rollback()
        return SheetVersion(-1, 0) if row is None else SheetVersion(row.id, row.version)

    @rule(
        day=st.sampled_from([FIRST, LAST]),
        hours=st.none() | st.sampled_from(["0", "0.25", "8", "11.5"]),
    )
    def enter(self, day: date, hours: str | None) -> None:
        wanted = None if hours is None else Decimal(hours)
        before = self.model.cells.get(day)
        changed: list[bool] = []
        with self.database.session() as session:
            order = {"assignment_id": self.assignment_id, "actor": self.worker}
            code = find_code(lambda: changed.append(log(session, day, hours, **order)))  # type: ignore[arg-type]  # named once
        assert code in {None, "sheet_closed"}
        if code is not None:
            assert self.model.status not in EDITABLE
            return
        assert changed == [wanted != before]
        if wanted is None:
            self.model.cells.pop(day, None)
        else:
            self.model.cells[day] = wanted

    @rule(is_stale=st.booleans())
    def submit(self, is_stale: bool) -> None:
        with self.database.session() as session:
            version = self.see(session).version - is_stale
            code = find_code(
                lambda: submit_week(
                    session, actor=self.worker, day=MONDAY, version=version, now=LONG_AFTER
                )
            )
        assert code in {None, "closed", "changed", "missing"}
        if code is not None:
            allowed = self.model.status in EDITABLE
            assert not allowed or is_stale or len(self.model.cells) < 2
            return
        self.model.status = "submitted"

    @rule(is_stale=st.booleans())
    def approve(self, is_stale: bool) -> None:
        with self.database.session() as session:
            seen = self.see(session)
            seen = SheetVersion(seen.timesheet_id, seen.version - is_stale)
            (outcome,) = approve_sheets(session, actor=MANAGER, sheets=[seen])
        was_submitted = self.model.status == "submitted"
        assert outcome.ok == (self.model.status == "approved" or (was_submitted and not is_stale))
        if outcome.ok and was_submitted:
            self.model.status = "approved"
            self.model.approved.append(dict(self.model.cells))

    @rule()
    def reject(self) -> None:
        with self.database.session() as session:
            (outcome,) = reject_sheets(
                session, actor=MANAGER, sheets=[self.see(session)], reason="Look again"
            )
        assert outcome.ok == (self.model.status in {"submitted", "rejected"})
        if outcome.ok:
            self.model.status = "rejected"

    @rule()
    def lock(self) -> None:
        with self.database.session() as session:
            (outcome,) = lock_sheets(session, actor=PAYROLL, sheets=[self.see(session)])
        assert outcome.ok == (self.model.status in {"approved", "locked"})
        if outcome.ok:
            self.model.status = "locked"

    @rule(actor=st.sampled_from([MANAGER, PAYROLL]))
    def reopen(self, actor: Actor) -> None:
        with self.database.session() as session:
            (outcome,) = reopen_sheets(
                session, actor=actor, sheets=[self.see(session)], reason="A slip"
            )
        allowed = {"approved", "reopened"} | ({"locked"} if actor is PAYROLL else set())
        assert outcome.ok == (self.model.status in allowed)
        if outcome.ok:
            self.model.status = "reopened"

    @invariant()
    def database_says_what_the_model_says(self) -> None:
        with self.database.session() as session:
            sheet = session.scalars(
                select(Timesheet).where(Timesheet.contractor_id == self.contractor_id)
            ).one_or_none()
            mine = HoursEntry.assignment_id == self.assignment_id
            entries = session.execute(select(HoursEntry.work_date, HoursEntry.hours).where(mine))
            assert {row.work_date: row.hours for row in entries} == self.model.cells
            assert self.model.status == ("open" if sheet is None else sheet.status)
            kept: list[Hours] = [{} for _ in self.model.approved]
            rows = session.scalars(
                select(ApprovedHours).where(ApprovedHours.assignment_id == self.assignment_id)
            )
            for row in rows:
                kept[row.version - 1][row.work_date] = row.hours
            assert kept == self.model.approved
            in_force = session.scalars(
                select_in_force().where(ApprovedHours.assignment_id == self.assignment_id)
            )
            assert {row.work_date: row.hours for row in in_force} == self.model.in_force


def test_histories_of_a_week_are_those_of_the_model(database: Database) -> None:
    """Check 25: weeks of hours."""
    with database.session() as session:
        add_world(session, num_contractors=NUM_PEOPLE)
    numbers = count(1)

    class History(WeekHistory):
        def __init__(self) -> None:
            super().__init__(database, next(numbers))

    # No shrinking: each history needs a person of its own.
    phases = (Phase.explicit, Phase.generate)
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=12,
            stateful_step_count=18,
            deadline=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )
