"""The exposure ledger: days as the rule on walls counts them, and an audit line per reading."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import Forbidden, InvalidValue, NotFound
from app.models import AuditEvent
from app.services.access.access import Actor
from app.services.auditing.exposure import LedgerFilter, read_ledger
from app.services.desk.exposure import (
    ExposureRow,
    list_client_exposures,
    list_closed_projects,
    list_person_exposures,
)
from app.services.paging import PageRequest
from app.services.plans.roster_loading import PLANNING_ASSIGNMENTS, load_roster
from solver.affected import Scope
from solver.build import build_instance
from solver.policy import PEOPLE_FIRST
from solver.request import PlanRequest
from tests.app.world import PAUSE_DATE, add_world, pause_p1

TODAY = date(2026, 3, 12)
PAYROLL = Actor(1, "Tove", frozenset({"payroll"}))
MANAGER = Actor(None, "Morgan", frozenset({"ops_manager"}))
EVERYTHING = LedgerFilter()
BY_DAY = PageRequest("starts_on", limit=100)
ASSIGN = """
    INSERT INTO assignments (assignment_id, contractor_id, project_id, hours_per_week, starts_on,
        ends_on, status) VALUES (:id, :who, :where, 10, :first, :last, :status)
"""


def assign(  # noqa: PLR0917 - the cells of one row
    session: Session, id_: str, who: str, where: str, first: str, last: str | None, status: str
) -> None:
    row = {"id": id_, "who": who, "where": where, "first": first, "last": last, "status": status}
    session.execute(text(ASSIGN), row)
    session.commit()


def read(session: Session, kind: str, subject_id: str, **wanted: str) -> list[ExposureRow]:
    page = read_ledger(
        session,
        actor=MANAGER,
        kind="client" if kind == "client" else "contractor",
        subject_id=subject_id,
        wanted=LedgerFilter(**wanted),
        today=TODAY,
        page=BY_DAY,
    )
    assert page.total == len(page.rows)
    return list(page.rows)


@pytest.fixture
def world(session: Session) -> None:
    """K1 and K2 compete, 30 days; C1 to C3 work on K1's P1, which is paused on 2 March."""
    add_world(session, walls=[{"client_id": "K1", "competitor_id": "K2", "cooling_off_days": 30}])
    pause_p1(session)


def test_paused_work_exposes_until_the_pause(session: Session, world: None) -> None:
    (row,) = read(session, "contractor", "C1")
    assert (row.codename, row.starts_on, row.last_day) == ("Chordus", date(2026, 1, 5), PAUSE_DATE)
    assert (row.free_after, row.state) == (PAUSE_DATE + timedelta(days=30), "cooling")


@pytest.mark.parametrize(
    ("first", "last", "status", "state", "last_day"),
    [
        ("2026-01-01", None, "active", "now", None),
        ("2026-01-01", "2026-03-12", "active", "now", date(2026, 3, 12)),
        ("2026-01-01", "2026-03-11", "active", "cooling", date(2026, 3, 11)),
        ("2026-01-01", "2026-02-10", "ended", "cooling", date(2026, 2, 10)),
        ("2026-01-01", "2026-02-09", "ended", "past", date(2026, 2, 9)),
        ("2026-01-01", None, "ended", "now", TODAY),
        ("2026-01-01", "2026-06-01", "ended", "now", TODAY),
        ("2026-03-13", None, "active", "coming", None),
    ],
)
def test_state_turns_on_the_day(  # noqa: PLR0917 - the cells of a case
    session: Session,
    world: None,
    first: str,
    last: str | None,
    status: str,
    state: str,
    last_day: date | None,
) -> None:
    assign(session, "B1", "C1", "P2", first, last, status)
    row = next(row for row in read(session, "client", "K2") if row.contractor_id == "C1")
    assert (row.state, row.last_day) == (state, last_day)


def test_work_that_never_began_exposes_nobody(session: Session, world: None) -> None:
    session.execute(text("UPDATE assignments SET starts_on = '2026-03-05' WHERE project_id = 'P1'"))
    session.commit()
    assert read(session, "client", "K1") == []


def test_client_without_walls_asks_for_no_cooling_off(session: Session, world: None) -> None:
    assign(session, "B1", "C1", "P3", "2026-01-01", "2026-03-01", "ended")
    (row,) = read(session, "client", "K3")
    assert (row.free_after, row.state) == (None, "past")


def test_ledger_is_narrowed(session: Session, world: None) -> None:
    assign(session, "B1", "C1", "P3", "2026-01-01", None, "active")
    assert [row.codename for row in read(session, "contractor", "C1", state="now")] == ["Larch"]
    assert [row.codename for row in read(session, "contractor", "C1", text="chor")] == ["Chordus"]
    assert [row.contractor_id for row in read(session, "client", "K1", text="c2")] == ["C2"]


def test_lists_count_people_and_clients(session: Session, world: None) -> None:
    assign(session, "B1", "C1", "P3", "2026-01-01", None, "active")
    clients = list_client_exposures(
        session, text="", today=TODAY, page=PageRequest("num_ever", descending=True)
    )
    assert [
        (row.title, row.num_now, row.num_cooling, row.num_ever, row.num_walls)
        for row in clients.rows
    ] == [("Chordus", 0, 3, 3, 1), ("Larch", 1, 0, 1, 0)]
    people = list_person_exposures(session, text="c1", today=TODAY, page=PageRequest("name"))
    assert [(row.num_now, row.num_cooling, row.num_ever) for row in people.rows] == [(1, 1, 2)]
    assert people.rows[0].free_after == date(2026, 4, 1)


def test_each_reading_leaves_a_line(session: Session, world: None) -> None:
    read(session, "client", "K1", text="C2")
    read_ledger(
        session,
        actor=MANAGER,
        kind="contractor",
        subject_id="C1",
        wanted=EVERYTHING,
        today=TODAY,
        page=BY_DAY,
        is_export=True,
    )
    lines = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()[-2:]
    assert [(one.actor, one.action, one.subject_kind, one.subject_id) for one in lines] == [
        ("Morgan", "exposure.read", "client", "K1"),
        ("Morgan", "exposure.exported", "contractor", "C1"),
    ]
    assert lines[0].after == {"num_rows": 1, "offset": 0, "text": "C2", "state": ""}


def test_ledger_is_for_those_with_the_permission(session: Session, world: None) -> None:
    for actor, client_id, error in ((PAYROLL, "K1", Forbidden), (MANAGER, "K9", NotFound)):
        with pytest.raises(error):
            read_ledger(
                session,
                actor=actor,
                kind="client",
                subject_id=client_id,
                wanted=EVERYTHING,
                today=TODAY,
                page=BY_DAY,
            )
    with pytest.raises(InvalidValue):
        read(session, "client", "K1", state="secret")
    actions = session.scalars(select(AuditEvent.action)).all()
    assert not [action for action in actions if action.startswith("exposure.")]


DAYS = st.dates(date(2025, 12, 1), date(2026, 5, 31))


def test_closed_projects_are_those_that_the_optimiser_refuses(session: Session) -> None:
    """What a manager reads must be what plans obey, on the first day of a plan made today."""
    monday = date(2026, 3, 9)
    add_world(
        session,
        num_contractors=1,
        walls=[{"client_id": "K3", "competitor_id": "K2", "cooling_off_days": 0}],
    )
    assign(session, "B1", "C1", "P3", "2026-01-01", None, "active")
    keys = {"pause_id": 0, "pause_date": monday, "judged_ids": None, "project_ids": None}

    @settings(max_examples=30)
    @given(
        # Work that is still to come exposes nobody yet; the optimiser looks ahead.
        first=DAYS.filter(lambda day: day <= monday),
        length=st.none() | st.integers(0, 120),
        status=st.sampled_from(["active", "ended"]),
        cooling_off_days=st.sampled_from([0, 1, 30, 400]),
    )
    def compare(first: date, length: int | None, status: str, cooling_off_days: int) -> None:
        last = None if length is None else first + timedelta(days=length)
        values = {"first": first, "last": last, "status": status, "days": cooling_off_days}
        session.execute(text("UPDATE walls SET cooling_off_days = :days"), values)
        session.execute(
            text(
                "UPDATE assignments SET starts_on = :first, ends_on = :last, status = :status"
                " WHERE assignment_id = 'B1'"
            ),
            values,
        )
        closed = {one.codename for one in list_closed_projects(session, "C1", today=monday)}
        roster = load_roster(session, assignments_query=PLANNING_ASSIGNMENTS, parameters=keys)
        request = PlanRequest(Scope(("P1",)), monday, PEOPLE_FIRST)
        refusals = build_instance(roster, request).eligibility.list_refusals(0, 1)
        assert ("Kestrel" in closed) == ("wall" in {refusal.code for refusal in refusals})

    compare()
