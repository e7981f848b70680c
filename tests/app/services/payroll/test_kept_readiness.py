"""The report of a period that is kept: always what working it out would say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Contractor, KeptReadiness, Project
from app.services.paging import PageRequest
from app.services.payroll.kept_readiness import read_readiness
from app.services.payroll.payroll_corrections import correct_hours, correct_rate
from app.services.payroll.payroll_readiness import find_rows, summarise_period
from app.services.payroll.period_closing import close_period
from app.services.review.reviewing import approve_proposals
from tests.app.pay_world import FIRST, add_period, approve, approve_day, enter, export, reopen
from tests.app.world import SYSTEM, add_world, pause_p1, propose

NEXT = FIRST + timedelta(days=7)
BOTH = ["C1", "C2"]
_FIND_SHEET = "SELECT id FROM timesheets WHERE contractor_id = 'C1' AND starts_on = :first"


def _write(statement: str) -> Callable[[Session], object]:
    def change(session: Session) -> None:
        session.execute(text(statement))
        session.commit()

    return change


def _get_sheet(session: Session) -> int:
    sheet: int = session.execute(text(_FIND_SHEET), {"first": FIRST}).scalar_one()
    return sheet


def _correct_hours(session: Session) -> object:
    return correct_hours(
        session,
        actor=SYSTEM,
        assignment_id="A1",
        work_date=FIRST,
        hours=Decimal(3),
        reason="Signed paper sheet",
    )


def _correct_rate(session: Session) -> object:
    return correct_rate(
        session,
        actor=SYSTEM,
        assignment_id="A2",
        starts_on=FIRST,
        rate_cents=9_999,
        reason="New contract",
    )


CHANGES: Mapping[str, Callable[[Session], object]] = MappingProxyType(
    {
        "hours approved": lambda session: approve_day(session, 3, FIRST, "5"),
        "sheet reopened": lambda session: reopen(session, _get_sheet(session)),
        "entered anew": lambda session: enter(session, "C1", FIRST, {("A1", FIRST): "7.25"}),
        "approved anew": lambda session: approve(session, _get_sheet(session)),
        "rate corrected": _correct_rate,
        "project's rate": _write(
            "INSERT INTO pay_rates (subject_kind, subject_id, starts_on, rate_cents, currency)"
            " VALUES ('project', 'P2', '2026-01-01', 7777, 'USD')"
        ),
        "work moved": _write("UPDATE assignments SET project_id = 'P2' WHERE assignment_id = 'A3'"),
        "name changed": _write("UPDATE contractors SET name = 'Zoe' WHERE contractor_id = 'C3'"),
        "id lost": _write("UPDATE contractors SET payroll_id = '=1' WHERE contractor_id = 'C2'"),
        "project renamed": _write("UPDATE projects SET codename = 'Quiet'"),
        "id given": _write("UPDATE contractors SET payroll_id = 'C2' WHERE contractor_id = 'C2'"),
        "another period": lambda session: add_period(session, NEXT, NEXT + timedelta(days=6)),
        "exported": lambda session: export(session, 1),
        "closed": lambda session: close_period(
            session, actor=SYSTEM, period_id=1, now=datetime(2026, 3, 1, tzinfo=UTC)
        ),
        "hours corrected": _correct_hours,
    }
)
"""Everything that a report is made of, changed in turn."""


@pytest.fixture
def period(session: Session) -> int:
    """C1 and C2 worked on the first day."""
    add_world(session, num_contractors=4)
    for number, hours in ((1, "8"), (2, "6")):
        approve_day(session, number, FIRST, hours)
    return add_period(session)


def test_kept_report_is_what_working_it_out_says_after_every_change(
    session: Session, period: int
) -> None:
    said = set()
    for name, change in CHANGES.items():
        read_readiness(session, period)
        change(session)
        told = read_readiness(session, period)
        session.rollback()
        assert told == summarise_period(session, period), name
        session.rollback()
        said.add(told)
    # Most changes show in the sums; were none to, the story would prove nothing.
    assert len(said) > 7


def test_kept_report_is_read_and_not_worked_out_again(session: Session, period: int) -> None:
    told = read_readiness(session, period)
    kept = session.scalars(select(KeptReadiness)).one()
    kept.content = {**kept.content, "names_without_id": ["Somebody"]}
    session.commit()
    again = read_readiness(session, period)
    assert (again.names_without_id, again.due) == (("Somebody",), told.due)


def test_new_places_of_plans_leave_the_report_as_it_is(session: Session, period: int) -> None:
    run_id = pause_p1(session).plan_run_id
    read_readiness(session, period)
    (before,) = session.scalars(select(KeptReadiness.fingerprint)).all()
    wanted = propose(session, run_id, [("C1", "P2", 20)])
    (outcome,) = approve_proposals(session, actor=SYSTEM, proposals=wanted)
    assert outcome.ok
    session.execute(update(Project).values(priority=1))
    session.commit()
    read_readiness(session, period)
    assert session.scalars(select(KeptReadiness.fingerprint)).all() == [before]


def test_report_of_no_period_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        read_readiness(session, 77)


def test_rows_of_the_first_page_are_those_of_the_whole_list(session: Session, period: int) -> None:
    """Only the first people by name are looked at, then more of them, then everybody."""

    def find(offset: int, limit: int) -> list[str]:
        page = PageRequest("contractor", offset=offset, limit=limit)
        found = find_rows(session, period, read_readiness(session, period), "due", page)
        session.rollback()
        return [row.contractor_id for row in found.rows]

    for number, name in ((3, "Aaron"), (4, "Abel")):
        assert (find(0, 1), find(1, 1), find(0, 100), find(2, 1)) == (["C1"], ["C2"], BOTH, [])
        contractor_id = f"C{number}"
        session.execute(
            update(Contractor).where(Contractor.contractor_id == contractor_id).values(name=name)
        )
        approve_day(session, number, FIRST, "0")
    assert (find(0, 1), find(1, 1), find(0, 100), find(2, 1)) == (["C1"], ["C2"], BOTH, [])
