"""Uploads on a real database: brought, read, confirmed, written or thrown away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, NotFound, Refused, Stale
from app.models import (
    AuditEvent,
    Client,
    Contractor,
    ImportChunk,
    ImportFile,
    ImportProblem,
    ImportRow,
    ImportUpload,
    User,
)
from app.services.access.access import Actor
from app.services.desk.imports import get_upload, list_uploads
from app.services.imports.import_endings import KEPT_FOR, cancel_upload, expire_uploads
from app.services.imports.import_jobs import recover_imports, run_reading, run_writing
from app.services.imports.import_uploads import (
    MAX_OPEN,
    confirm_upload,
    reread_upload,
)
from app.services.paging import PageRequest
from app.services.plans.plan_watch import ChildLimits
from tests.app.services.imports.uploads import (
    FOLDER,
    MEGABYTE,
    add_importer,
    confirm,
    count,
    read,
    send,
    zip_files,
)

SYSTEM = Actor.of_system("a test")


@pytest.fixture
def actor(session: Session) -> Actor:
    return add_importer(session)


def list_actions(session: Session) -> list[str]:
    session.rollback()
    statement = select(AuditEvent.action).order_by(AuditEvent.id)
    return [one for one in session.scalars(statement) if one.startswith(("import.", "roster."))]


def test_folder_is_imported_once_confirmed_and_its_bytes_are_gone(
    database: Database, session: Session, actor: Actor
) -> None:
    upload_id = send(session, actor, {f"roster/{name}": data for name, data in FOLDER.items()})
    figures = read(database, upload_id)
    assert (figures.verdict, figures.warnings) == ("ready", [])
    assert count(session, Contractor) == 0
    upload = confirm(database, actor, upload_id)
    assert (upload.phase, upload.ending, upload.status) == ("ended", "imported", "done")
    assert count(session, Contractor) == 2
    assert [count(session, one) for one in (ImportChunk, ImportRow, ImportProblem)] == [0, 0, 0]
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "roster.imported")).one()
    assert event.actor == "Morgan"
    assert event.after is not None
    assert event.after["contractors"]["added"] == 2
    assert {one["name"] for one in event.after["files"]} == set(FOLDER)
    assert all(len(one["sha256"]) == 64 for one in event.after["files"])
    assert list_actions(session) == ["import.uploaded", "import.confirmed", "roster.imported"]


def test_confirming_twice_imports_once(database: Database, session: Session, actor: Actor) -> None:
    upload_id = send(session, actor, FOLDER)
    fingerprint = read(database, upload_id).fingerprint or ""
    for _click in range(2):
        confirm_upload(session, actor=actor, upload_id=upload_id, fingerprint=fingerprint)
    run_writing(database, upload_id)
    run_writing(database, upload_id)
    confirm_upload(session, actor=actor, upload_id=upload_id, fingerprint=fingerprint)
    assert list_actions(session) == ["import.uploaded", "import.confirmed", "roster.imported"]


def test_confirming_needs_the_present_preview(
    database: Database, session: Session, actor: Actor
) -> None:
    upload_id = send(session, actor, FOLDER)
    with pytest.raises(Refused, match="no preview"):
        confirm_upload(session, actor=actor, upload_id=upload_id, fingerprint="")
    read(database, upload_id)
    with pytest.raises(Stale):
        confirm_upload(session, actor=actor, upload_id=upload_id, fingerprint="another")


def test_somebody_elses_upload_reads_like_a_missing_one(
    database: Database, session: Session, actor: Actor
) -> None:
    other = add_importer(session, "admin", "Robin")
    upload_id = send(session, actor, FOLDER)
    session.rollback()
    for number in (upload_id, 987654):
        with pytest.raises(NotFound):
            get_upload(session, actor=other, upload_id=number)
        session.rollback()
        with pytest.raises(NotFound):
            cancel_upload(session, actor=other, upload_id=number)
        with pytest.raises(NotFound):
            confirm_upload(session, actor=other, upload_id=number, fingerprint="")
    (row,) = list_uploads(session, actor=other, page=PageRequest("uploaded_at")).rows
    assert not row.is_open_to_actor
    session.rollback()
    cancel_upload(session, actor=actor, upload_id=upload_id)
    assert get_upload(session, actor=other, upload_id=upload_id).state == "cancelled"


def test_account_that_may_not_import_any_more_writes_nothing(
    database: Database, session: Session, actor: Actor
) -> None:
    """Check 5: whoever confirmed it must still have the right when the worker comes to it."""
    upload_id = send(session, actor, FOLDER)
    fingerprint = read(database, upload_id).fingerprint or ""
    confirm_upload(session, actor=actor, upload_id=upload_id, fingerprint=fingerprint)
    session.get_one(User, actor.user_id).active = False
    session.commit()
    run_writing(database, upload_id)
    session.rollback()
    upload = session.get_one(ImportUpload, upload_id)
    assert (upload.status, upload.error) == (
        "failed",
        "The account that confirmed it may not import any more.",
    )
    assert count(session, Contractor) == 0


def test_cancelled_and_forgotten_uploads_leave_no_bytes(
    database: Database, session: Session, actor: Actor
) -> None:
    cancelled, old, young = (send(session, actor, FOLDER) for _ in range(3))
    session.execute(
        update(ImportUpload)
        .where(ImportUpload.id == old)
        .values(uploaded_at=datetime.now(UTC) - KEPT_FOR - timedelta(minutes=1))
    )
    session.commit()
    cancel_upload(session, actor=actor, upload_id=cancelled)
    assert expire_uploads(session, actor=SYSTEM, now=datetime.now(UTC)) == 1
    rows = session.execute(select(ImportUpload.id, ImportUpload.ending).order_by(ImportUpload.id))
    assert [tuple(row) for row in rows] == [
        (cancelled, "cancelled"),
        (old, "expired"),
        (young, None),
    ]
    left = select(ImportFile.upload_id).join(ImportChunk).distinct()
    assert session.scalars(left).all() == [young]


def test_upload_is_bounded(session: Session, actor: Actor) -> None:
    for files, code in (
        ({"a.csv": b"x" * MEGABYTE * 2}, "too_large"),
        ({"notes.pdf": b"x"}, "no_files"),
        ({"a.zip": b"x", "b.csv": b"x"}, "not_alone"),
        ({"one/a.csv": b"x", "two/A.csv": b"x"}, "twice"),
    ):
        with pytest.raises(Refused) as refused:
            send(session, actor, files, most_mb=1)
        assert refused.value.code == code
    for _ in range(MAX_OPEN):
        send(session, actor, {"a.csv": b"x"})
    with pytest.raises(Refused, match="under way"):
        send(session, actor, {"a.csv": b"x"})
    assert count(session, ImportUpload) == MAX_OPEN


def test_importing_needs_the_permission_for_every_client(session: Session) -> None:
    some_clients = replace(add_importer(session), client_ids=frozenset({"K1"}))
    for actor in (add_importer(session, "payroll", "Pat"), some_clients):
        with pytest.raises(Forbidden):
            send(session, actor, FOLDER)


def test_reading_of_a_dead_worker_can_be_asked_for_again(
    database: Database, session: Session, actor: Actor
) -> None:
    upload_id = send(session, actor, FOLDER)
    session.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
    session.execute(text("UPDATE import_uploads SET status = 'running'"))
    session.commit()
    with pytest.raises(Refused, match="A worker has it"):
        cancel_upload(session, actor=actor, upload_id=upload_id)
    assert recover_imports(database) == 1
    reread_upload(session, actor=actor, upload_id=upload_id)
    session.rollback()
    assert session.get_one(ImportUpload, upload_id).status == "queued"


def test_child_reads_within_its_memory_or_says_so(
    database: Database, session: Session, actor: Actor
) -> None:
    """Check 15: a child of the worker reads, held to its address space; the worker lives on."""
    # Every cell of them is another text; the file itself is small beside the limit.
    rows = "".join(f"K{number},Client {number}\n" for number in range(300_000))
    bomb = zip_files({"clients.csv": f"client_id,name\n{rows}"})
    upload_id = send(session, actor, {"large.zip": bomb})
    run_reading(database, upload_id, limits=ChildLimits(import_memory_mb=500))
    session.rollback()
    upload = session.get_one(ImportUpload, upload_id)
    assert (upload.status, upload.error) == (
        "failed",
        "The files need more than the 500 MB of memory that reading may take.",
    )
    assert count(session, Client) == 0
    small = send(session, actor, FOLDER)
    run_reading(database, small, limits=ChildLimits())
    session.rollback()
    upload = session.get_one(ImportUpload, small)
    assert (upload.status, upload.verdict, upload.percent) == ("done", "ready", 100)
