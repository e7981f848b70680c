"""What the preview of an import shows, and the live state that may change after it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.database import Database
from app.models import (
    Client,
    Contractor,
    ContractorSkill,
    ImportProblem,
    ImportRow,
    ImportUpload,
    Project,
)
from app.services.access.access import Actor
from tests.app.services.imports.uploads import (
    ASSIGNMENTS,
    CLIENTS,
    CONTRACTORS,
    FOLDER,
    SKILLS,
    add_importer,
    confirm,
    count,
    read,
    send,
    zip_files,
)


@pytest.fixture
def actor(session: Session) -> Actor:
    return add_importer(session)


@pytest.fixture
def imported(database: Database, session: Session, actor: Actor) -> Actor:
    """The folder is in the roster."""
    upload_id = send(session, actor, FOLDER)
    read(database, upload_id)
    assert confirm(database, actor, upload_id).ending == "imported"
    return actor


def get_differences(upload: ImportUpload) -> dict[str, tuple[int, int, int, int, int]]:
    """By table: added, changed, unchanged, removed, kept."""
    keys = ("added", "changed", "unchanged", "removed", "kept")
    return {one["table"]: tuple(one[key] for key in keys) for one in upload.differences or ()}


def test_difference_is_what_the_import_then_does(
    database: Database, session: Session, imported: Actor
) -> None:
    changed = {
        "clients.csv": "client_id,name\nK1,Quillmere\nK2,Another name\n",
        "contractors.csv": CONTRACTORS.replace("31.50", "32.00") + "C3,Cy,cy@example.org,40,25\n",
        "contractor_skills.csv": "contractor_id,skill,level\nC1,sql,4\nC3,go,1\n",
    }
    upload_id = send(session, imported, {"all.zip": zip_files(changed)})
    read(database, upload_id)
    session.rollback()
    upload = session.get_one(ImportUpload, upload_id)
    assert get_differences(upload) == {
        "clients": (0, 1, 1, 0, 0),
        "contractors": (1, 1, 1, 0, 0),
        "contractor_skills": (1, 0, 1, 1, 0),
    }
    shown = {one["table"]: one for one in upload.differences or ()}
    assert shown["contractors"]["changed_rows"] == [
        {"key": "C1", "changes": [{"column": "pay_rate", "old": "31.50", "new": "32.00"}]}
    ]
    assert shown["contractor_skills"]["removed_rows"] == [{"key": "C2, go", "changes": []}]
    # The name of a client is for those with a duty to know it, before as after.
    assert shown["clients"]["changed_rows"] == [
        {"key": "K2", "changes": [{"column": "name", "old": None, "new": None}]}
    ]
    counts = confirm(database, imported, upload_id).counts or {}
    assert {
        name: (one["added"], one["changed"], one["removed"]) for name, one in counts.items()
    } == {
        "clients": (0, 1, 0),
        "contractors": (1, 1, 0),
        "contractor_skills": (1, 0, 1),
    }


def test_single_file_refers_to_what_is_there_already(
    database: Database, session: Session, imported: Actor
) -> None:
    upload_id = send(session, imported, {"contractor_skills.csv": SKILLS + "C9,sql,1\n"})
    assert read(database, upload_id).verdict == "rejected"
    problem = session.scalars(select(ImportProblem)).one()
    assert (problem.line, problem.value) == (4, "C9")
    assert problem.expected == "a contractor_id of contractors.csv, or one that is there already"
    session.rollback()
    alone = send(session, imported, {"contractor_skills.csv": SKILLS + "C2,sql,1\n"})
    assert read(database, alone).verdict == "ready"
    confirm(database, imported, alone)
    assert count(session, ContractorSkill) == 3


def test_live_state_that_changed_since_the_preview_is_shown_first(
    database: Database, session: Session, imported: Actor
) -> None:
    upload_id = send(session, imported, {"clients.csv": CLIENTS.replace("Marrowby", "New name")})
    read(database, upload_id)
    session.execute(update(Client).where(Client.client_id == "K2").values(name="Meanwhile"))
    session.execute(update(Project).values(priority=5))
    session.commit()
    upload = confirm(database, imported, upload_id)
    assert (upload.phase, upload.status, upload.is_outdated) == ("reading", "queued", True)
    session.rollback()
    assert session.get_one(Client, "K2").name == "Meanwhile"
    session.rollback()
    read(database, upload_id)
    assert confirm(database, imported, upload_id).ending == "imported"
    assert session.get_one(Client, "K2", populate_existing=True).name == "New name"


def test_change_that_does_not_touch_the_import_does_not_stop_it(
    database: Database, session: Session, imported: Actor
) -> None:
    upload_id = send(session, imported, {"clients.csv": CLIENTS.replace("Marrowby", "New name")})
    read(database, upload_id)
    session.execute(update(Project).values(priority=5))
    session.commit()
    assert confirm(database, imported, upload_id).ending == "imported"


def test_contradiction_to_the_live_state_names_its_line(
    database: Database, session: Session, imported: Actor
) -> None:
    moved = ASSIGNMENTS.replace("A1,C1,P1", "A2,C2,P1,20,2026-01-05\nA1,C2,P1")
    upload_id = send(session, imported, {"assignments.csv": moved})
    assert read(database, upload_id).verdict == "rejected"
    problem = session.scalars(select(ImportProblem)).one()
    assert (problem.file, problem.line, problem.column_name) == (
        "assignments.csv",
        3,
        "contractor_id",
    )
    assert problem.expected == "for A1 C1 as before"
    assert session.scalars(select(ImportRow.line)).all() == [3]


def test_contradiction_that_came_after_the_preview_writes_nothing(
    database: Database, session: Session, imported: Actor
) -> None:
    more = CONTRACTORS + "C3,Cy,cy@example.org,40,25\n"
    upload_id = send(session, imported, {"contractors.csv": more})
    read(database, upload_id)
    session.execute(
        text(
            "INSERT INTO contractors SELECT 'C8', 'Eve', 'cy@example.org', max_weekly_hours, "
            "pay_rate_cents, currency, country, utc_offset, clearance, clearance_expires_on, "
            "compartments, floor_hours, max_projects, min_pay_rate_cents, 'E', status, team "
            "FROM contractors WHERE contractor_id = 'C2'"
        )
    )
    session.execute(
        update(Contractor).where(Contractor.contractor_id == "C1").values(email="x@y.z")
    )
    session.commit()
    upload = confirm(database, imported, upload_id)
    assert (upload.phase, upload.verdict, upload.num_problems) == ("reading", "rejected", 1)
    assert count(session, Contractor) == 3
