"""Work across a wall is named by the preview of an import, as the database would refuse it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.models import ImportFile, ImportProblem
from app.services.access.access import Actor
from app.services.desk.imports import list_bad_rows, list_problems
from app.services.imports import import_reading
from app.services.imports.import_endings import cancel_upload
from app.services.paging import PageRequest
from tests.app.services.imports.uploads import CONTRACTORS, add_importer, confirm, read, send

CLIENTS = "client_id,name\nK1,Quillmere\nK2,Marrowby\nK3,Tarn\n"
PROJECTS = (
    "project_id,codename,client_id,status,demand_hours\n"
    "P1,Chordus,K1,open,60\nP2,Larkspur,K2,open,80\nP3,Osier,K3,open,80\n"
)
HEADER = "assignment_id,contractor_id,project_id,hours_per_week,starts_on,ends_on,status\n"
WALLS = "client_id,competitor_id,cooling_off_days\nK2,K1,30\n"


def day(after: int) -> str:
    """A day so many after today."""
    return (datetime.now(UTC).date() + timedelta(after)).isoformat()


ROWS = {
    # C1 works on for K1; C2 goes from K1 to K2, more than the cooling-off between.
    "A1": ("C1", "P1", "2026-01-05", "", "active"),
    "A2": ("C2", "P1", "2026-01-05", day(10), "active"),
    "A3": ("C2", "P2", day(100), "", "active"),
    "A4": ("C1", "P2", day(1), "", "ended"),
    "A5": ("C1", "P3", day(1), "", "active"),
}


def write(**changed: tuple[str, str, str, str, str]) -> str:
    """The file of assignments, some of them changed or new."""
    rows = (ROWS | changed).items()
    return HEADER + "".join(
        f"{key},{who},{where},10,{first},{last},{status}\n"
        for key, (who, where, first, last, status) in rows
    )


BREACHES = {
    "new work": {"assignments.csv": write(A6=("C1", "P2", day(1), "", "active"))},
    "a later end": {"assignments.csv": write(A2=("C2", "P1", "2026-01-05", day(80), "active"))},
    "an earlier start": {"assignments.csv": write(A3=("C2", "P2", day(20), "", "active"))},
    "work goes on": {"assignments.csv": write(A4=("C1", "P2", day(1), "", "active"))},
    "another client": {"projects.csv": PROJECTS.replace("P3,Osier,K3", "P3,Osier,K2")},
    "both new": {
        "assignments.csv": HEADER
        + f"A7,C1,P3,10,{day(200)},,active\nA6,C1,P2,10,{day(1)},{day(5)},active\n"
        f"A8,C2,P3,10,{day(1)},,active\n",
        "walls.csv": WALLS + "K2,K3,300\n",
    },
}
"""What crosses the wall, and the files that bring it."""

PLACES = {
    "new work": [("assignments.csv", 7, "starts_on")],
    "a later end": [("assignments.csv", 3, "starts_on")],
    "an earlier start": [("assignments.csv", 4, "starts_on")],
    "work goes on": [("assignments.csv", 5, "starts_on")],
    "another client": [("projects.csv", 4, "client_id")],
    "both new": [("assignments.csv", line, "starts_on") for line in (2, 3, 3, 3, 4)],
}


@pytest.fixture
def actor(database: Database, session: Session) -> Actor:
    """Who imports; the roster has the wall, and work that keeps to it."""
    actor = add_importer(session)
    files = {
        "clients.csv": CLIENTS,
        "walls.csv": WALLS,
        "projects.csv": PROJECTS,
        "contractors.csv": CONTRACTORS,
        "assignments.csv": write(),
    }
    upload_id = send(session, actor, files)
    assert read(database, upload_id).verdict == "ready"
    assert confirm(database, actor, upload_id).ending == "imported"
    return actor


def list_found(session: Session, upload_id: int) -> list[ImportProblem]:
    session.rollback()
    statement = select(ImportProblem).where(ImportProblem.upload_id == upload_id)
    return list(session.scalars(statement.order_by(ImportProblem.seq)))


def test_preview_names_what_the_database_would_refuse(
    database: Database, session: Session, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Check 9: dry run and import know one rule, whatever brings the work across the wall."""
    shown, refused = {}, {}
    for name, files in BREACHES.items():
        upload_id = send(session, actor, files)
        assert read(database, upload_id).verdict == "rejected"
        found = list_found(session, upload_id)
        assert [(one.file, one.line, one.column_name) for one in found] == PLACES[name]
        shown[name] = [one.expected.split("no day")[1] for one in found]
        with monkeypatch.context() as patch:
            patch.setattr(import_reading, "list_wall_clashes", lambda *_given: [])
            read(database, upload_id)
        confirm(database, actor, upload_id)
        found = list_found(session, upload_id)
        refused[name] = [one.expected.split("no day")[1] for one in found]
        cancel_upload(session, actor=actor, upload_id=upload_id)
    # Those of a file stand in the order of its lines.
    assert {name: sorted(words) for name, words in shown.items()} == {
        name: sorted(words) for name, words in refused.items()
    }


def test_bad_rows_of_a_wall_can_be_taken_away(
    database: Database, session: Session, actor: Actor
) -> None:
    upload_id = send(session, actor, BREACHES["an earlier start"])
    read(database, upload_id)
    file_id = session.scalars(select(ImportFile.id).where(ImportFile.upload_id == upload_id)).one()
    bad = list_bad_rows(session, actor=actor, upload_id=upload_id, file_id=file_id)
    page = PageRequest("seq")
    (fault,) = list_problems(session, actor=actor, upload_id=upload_id, file="", page=page).rows
    assert fault.expected.startswith("for A3 no day within the cooling-off of assignment A2, ")
    assert not fault.expected.endswith(",")
    ((line, reasons, cells),) = bad.rows
    assert (line, cells[0]) == (4, "A3")
    assert "for A3 no day within the cooling-off of assignment A2, which is behind" in reasons


def test_work_that_keeps_its_distance_is_no_breach(
    database: Database, session: Session, actor: Actor
) -> None:
    files = {
        "clients.csv": CLIENTS,
        # The wall is not in the file, so it is gone for the clients that are.
        "walls.csv": "client_id,competitor_id,cooling_off_days\n",
        "assignments.csv": write(
            A3=("C2", "P2", day(20), "", "active"), A6=("C1", "P2", day(1), "", "active")
        ),
    }
    upload_id = send(session, actor, files)
    assert read(database, upload_id).verdict == "ready"
    views = text("SELECT count(*) FROM pg_views WHERE viewname = 'assignments'")
    assert session.scalar(views) == 0
    session.rollback()
    assert confirm(database, actor, upload_id).ending == "imported"
    longer = {"assignments.csv": write(A2=("C2", "P1", "2026-01-05", day(60), "active"))}
    assert read(database, send(session, actor, longer)).verdict == "ready"
