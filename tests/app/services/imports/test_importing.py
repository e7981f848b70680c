"""Importing: all or nothing, and what comes out is what went in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.errors import Forbidden
from app.exports.roster_folder import write_roster_folder
from app.importing import FolderRejected, read_folder
from app.models import Assignment, AuditEvent, Client, Contractor, ContractorSkill, TimeOff
from app.services.access.access import Actor
from app.services.imports.importing import import_folder, import_roster
from app.services.pauses.pausing import open_pause
from app.services.plans.planning import PlanOptions
from app.services.plans.roster_loading import load_roster
from app.services.review.reviewing import approve_proposals
from solver.roster import TABLES, Roster
from tests.app.world import EFFECTIVE_AT, add_entry, add_world, pause_p1, propose
from tests.factories import Row, make_roster

SYSTEM = Actor.of_system("a test")


def make_full_roster(**changes: list[Row]) -> Roster:
    """A few rows in every table, with blanks and defaults among them."""
    rows: dict[str, list[Row]] = {
        "clients": [{"client_id": "K1"}, {"client_id": "K2", "name": 'Ünï "quoted", \\N\ttab'}],
        "walls": [{"client_id": "K1", "competitor_id": "K2", "cooling_off_days": 30}],
        "projects": [
            {"project_id": "P1", "client_id": "K1", "utc_offset": 5.5, "seats": 3},
            {
                "project_id": "P2",
                "client_id": "K2",
                "pay_rate_cents": 5550,
                "starts_on": "2026-01-01",
                "ends_on": "2026-12-31",
                "countries": "BR|DE",
            },
        ],
        "project_skills": [
            {"project_id": "P1", "skill": "sql", "min_level": 2},
            {"project_id": "P1", "skill": "lang:de", "required": False},
        ],
        "contractors": [
            {"contractor_id": "C1", "floor_hours": 10, "utc_offset": -3.0},
            {"contractor_id": "007", "clearance_expires_on": "2027-02-28", "min_pay_rate_cents": 1},
        ],
        "contractor_skills": [{"contractor_id": "C1", "skill": "sql", "level": 4}],
        "time_off": [
            {"contractor_id": "C1", "starts_on": "2026-03-02", "ends_on": "2026-03-06"},
            {"contractor_id": "C1", "starts_on": "2026-05-04", "ends_on": "2026-05-04"},
        ],
        "assignments": [
            {"assignment_id": "A1", "contractor_id": "C1", "project_id": "P1"},
            {
                "assignment_id": "A2",
                "contractor_id": "007",
                "project_id": "P2",
                "ends_on": "2026-06-30",
                "status": "ended",
            },
        ],
    }
    return make_roster(**(rows | changes))


def assert_same_rows(one: Roster, other: Roster) -> None:
    """Every table has the same rows and dtypes; the order of rows says nothing."""
    for name, frame in one.frames().items():
        columns = list(frame.columns)
        expected = frame.sort_values(columns).reset_index(drop=True)
        found = other.frames()[name].sort_values(columns).reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected)


def count_rows(session: Session) -> dict[str, int]:
    """Rows of every table of the contract, and of the audit trail."""
    return {
        name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
        for name in [*TABLES, "skills", "audit_events"]
    }


def test_import_roster_comes_back_as_it_went_in(session: Session) -> None:
    roster = make_full_roster()
    import_roster(session, roster, actor=SYSTEM, source="test")
    assert_same_rows(roster, load_roster(session))


def test_import_folder_gives_the_roster_that_the_reader_gives(
    session: Session, tmp_path: Path
) -> None:
    write_roster_folder(make_full_roster(), tmp_path)
    summary = import_folder(session, tmp_path, actor=SYSTEM)
    assert_same_rows(read_folder(tmp_path).roster, load_roster(session))
    assert {count.table: count.added for count in summary.tables} == {
        "clients": 2,
        "walls": 1,
        "projects": 2,
        "project_skills": 2,
        "contractors": 2,
        "contractor_skills": 1,
        "time_off": 2,
        "assignments": 2,
    }


def test_import_folder_one_broken_row_writes_nothing(session: Session, tmp_path: Path) -> None:
    write_roster_folder(make_full_roster(), tmp_path)
    broken = tmp_path / "contractors.csv"
    lines = broken.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace("40", "many", 1)
    broken.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(FolderRejected) as caught:
        import_folder(session, tmp_path, actor=SYSTEM)
    assert [(problem.file, problem.line) for problem in caught.value.problems] == [
        ("contractors.csv", 3)
    ]
    assert set(count_rows(session).values()) == {0}


@pytest.mark.parametrize(
    ("row", "is_refused"),
    [
        ({"contractor_id": "C1", "currency": "EUR"}, True),
        ({"contractor_id": "C1", "currency": "USD"}, False),
        ({"contractor_id": "C2", "currency": "EUR"}, False),
    ],
    ids=["approved", "same currency", "without approved work"],
)
def test_import_does_not_change_the_currency_of_approved_rates_bug(
    session: Session, row: Row, *, is_refused: bool
) -> None:
    """A rate of 40.00 USD that people had approved was read as 40.00 EUR."""
    add_world(session, num_contractors=2)
    place = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    approve_proposals(session, actor=SYSTEM, proposals=place)
    roster = make_roster(contractors=[row])
    if not is_refused:
        import_roster(session, roster, actor=SYSTEM, source="a test")
        return
    with pytest.raises(FolderRejected, match="which the rate of assignment redeploy-1 is in"):
        import_roster(session, roster, actor=SYSTEM, source="a test")
    assert session.get_one(Contractor, "C1", populate_existing=True).currency == "USD"


def test_currency_may_change_with_the_rates_that_it_is_for(session: Session) -> None:
    roster = make_full_roster()
    import_roster(session, roster, actor=SYSTEM, source="a test")
    contractors = roster.contractors.assign(currency="EUR")
    changed = replace(roster, contractors=contractors)
    import_roster(session, changed, actor=SYSTEM, source="a test")
    assert session.get_one(Contractor, "C1", populate_existing=True).currency == "EUR"


def test_import_clash_with_live_state_writes_nothing(session: Session) -> None:
    import_roster(session, make_full_roster(), actor=SYSTEM, source="first")
    before = count_rows(session)
    moved: list[Row] = [{"assignment_id": "A1", "contractor_id": "007", "project_id": "P2"}]
    changed = make_full_roster(
        assignments=moved, clients=[{"client_id": "K1"}, {"client_id": "K2", "name": "Renamed"}]
    )
    with pytest.raises(FolderRejected) as caught:
        import_roster(session, changed, actor=SYSTEM, source="second")
    assert [problem.column for problem in caught.value.problems] == ["project_id", "contractor_id"]
    assert count_rows(session) == before
    assert session.get_one(Client, "K2").name != "Renamed"


def test_import_twice_changes_nothing_the_second_time(session: Session) -> None:
    import_roster(session, make_full_roster(), actor=SYSTEM, source="first")
    counts = import_roster(session, make_full_roster(), actor=SYSTEM, source="second")
    assert sum(count.added + count.changed + count.removed for count in counts) == 0
    assert {count.table: count.unchanged for count in counts}["project_skills"] == 2
    assert session.get_one(Assignment, "A1").version == 1


def test_import_skills_and_leave_of_listed_people_are_complete(session: Session) -> None:
    import_roster(session, make_full_roster(), actor=SYSTEM, source="first")
    changed = make_full_roster(
        contractor_skills=[{"contractor_id": "007", "skill": "go", "level": 5}],
        time_off=[{"contractor_id": "C1", "starts_on": "2026-05-04", "ends_on": "2026-05-04"}],
    )
    import_roster(session, changed, actor=SYSTEM, source="second")
    skills = session.execute(select(ContractorSkill.contractor_id, ContractorSkill.skill)).all()
    assert [tuple(row) for row in skills] == [("007", "go")]
    assert session.scalar(select(func.count()).select_from(TimeOff)) == 1


def test_import_absent_table_is_left_alone(session: Session) -> None:
    import_roster(session, make_full_roster(), actor=SYSTEM, source="first")
    import_roster(
        session,
        make_full_roster(contractor_skills=[]),
        actor=SYSTEM,
        source="second",
        present_tables=frozenset(TABLES) - {"contractor_skills"},
    )
    assert session.scalar(select(func.count()).select_from(ContractorSkill)) == 1


def test_import_dates_that_leave_out_logged_hours_are_refused(session: Session) -> None:
    import_roster(session, make_full_roster(), actor=SYSTEM, source="first")
    add_entry(session, "A1", date(2026, 2, 2), "8")
    shorter: list[Row] = [
        {
            "assignment_id": "A1",
            "contractor_id": "C1",
            "project_id": "P1",
            "ends_on": "2026-02-01",
        }
    ]
    with pytest.raises(FolderRejected, match="2026-02-02 or later"):
        import_roster(session, make_full_roster(assignments=shorter), actor=SYSTEM, source="second")


def test_import_codename_email_or_payroll_id_of_somebody_else_is_refused(session: Session) -> None:
    import_roster(
        session,
        make_roster(
            projects=[{"project_id": "P1", "codename": "Lark"}],
            contractors=[
                {"contractor_id": "C1", "email": "a@x.example", "payroll_id": "7"},
                {"contractor_id": "C2", "email": "b@x.example"},
            ],
        ),
        actor=SYSTEM,
        source="first",
    )
    with pytest.raises(FolderRejected) as caught:
        import_roster(
            session,
            make_roster(
                projects=[{"project_id": "P2", "codename": "lark"}],
                contractors=[
                    {"contractor_id": "C3", "email": "A@x.example", "payroll_id": "7"},
                    {"contractor_id": "C2", "email": "c@x.example"},
                    {"contractor_id": "C4", "email": "b@x.example"},
                ],
            ),
            actor=SYSTEM,
            source="second",
        )
    assert [(problem.column, problem.value) for problem in caught.value.problems] == [
        ("codename", "lark"),
        ("email", "A@x.example"),
        ("payroll_id", "7"),
    ]


def test_import_writes_one_audit_event_with_its_counts(session: Session) -> None:
    import_roster(session, make_full_roster(), actor=SYSTEM, source="first")
    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.subject_id, event.actor) == ("roster.imported", "first", "a test")
    assert event.after is not None
    assert event.after["contractors"]["added"] == 2


def test_import_needs_the_permission(session: Session) -> None:
    nobody = Actor(None, "nobody", frozenset({"contractor"}))
    with pytest.raises(Forbidden):
        import_roster(session, make_full_roster(), actor=nobody, source="x")
    assert set(count_rows(session).values()) == {0}


def test_import_of_a_project_of_a_paused_client_is_refused(session: Session) -> None:
    rows: list[Row] = [
        {"project_id": "P1", "client_id": "K1"},
        {"project_id": "P2", "client_id": "K1", "status": "closed"},
        {"project_id": "P3", "client_id": "K2"},
    ]
    clients: list[Row] = [{"client_id": "K1"}, {"client_id": "K2"}]

    def import_rows(*projects: Row) -> None:
        import_roster(
            session, make_roster(clients=clients, projects=projects), actor=SYSTEM, source="x"
        )

    import_rows(*rows)
    opened = open_pause(
        session,
        actor=SYSTEM,
        client_id="K1",
        effective_at=EFFECTIVE_AT,
        reason_class="security_breach",
        options=PlanOptions(),
        now=EFFECTIVE_AT,
    )
    new, reopened, moved = (
        {"project_id": "P9", "client_id": "K1"},
        {"project_id": "P2", "client_id": "K1"},
        {"project_id": "P3", "client_id": "K1"},
    )
    with pytest.raises(FolderRejected) as caught:
        import_rows(new, reopened, moved)
    assert sorted(str(problem) for problem in caught.value.problems) == [
        f"projects.csv, column client_id: 'K1' found, for {key} no project outside pause "
        f"{opened.pause_id}, which stops all of this client, expected"
        for key in ("P2", "P3", "P9")
    ]
    import_rows({**rows[0], "status": "paused"}, rows[1], rows[2])
