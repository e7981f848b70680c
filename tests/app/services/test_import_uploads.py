"""Uploads on a real database: read, previewed, refused, mended, matched, written or thrown away."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, NotFound, Refused, Stale
from app.exports.table_csv import build_table_csv
from app.importing.mended_rows import LINE, REASON
from app.models import (
    AuditEvent,
    Client,
    Contractor,
    ContractorSkill,
    ImportChunk,
    ImportFile,
    ImportProblem,
    ImportRow,
    ImportUpload,
    Project,
    User,
)
from app.services.access import Actor
from app.services.desk.import_views import BadRows
from app.services.desk.imports import get_upload, list_bad_rows, list_uploads
from app.services.import_endings import KEPT_FOR, cancel_upload, expire_uploads
from app.services.import_jobs import recover_imports, run_reading, run_writing
from app.services.import_matching import LEFT_OUT, Match, match_files
from app.services.import_uploads import (
    MAX_OPEN,
    UploadedFile,
    add_mended_rows,
    confirm_upload,
    reread_upload,
)
from app.services.paging import PageRequest
from app.services.plan_watch import ChildLimits
from tests.app.services.uploads import (
    ASSIGNMENTS,
    CLIENTS,
    CONTRACTORS,
    FOLDER,
    MEGABYTE,
    SKILLS,
    add_importer,
    confirm,
    read,
    send,
    zip_files,
)

SYSTEM = Actor.of_system("a test")


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


def count(session: Session, model: type[object]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def get_differences(upload: ImportUpload) -> dict[str, tuple[int, int, int, int, int]]:
    """By table: added, changed, unchanged, removed, kept."""
    keys = ("added", "changed", "unchanged", "removed", "kept")
    return {one["table"]: tuple(one[key] for key in keys) for one in upload.differences or ()}


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


def test_bad_rows_come_back_mended(database: Database, session: Session, actor: Actor) -> None:
    """Check 15: bad rows are named and nothing is written; mended, the good rows come with them."""
    rows = "C3,=Cy,nobody,40,25\nC4,Di,di@example.org,many,25\n"
    files = {**FOLDER, "contractors.csv": CONTRACTORS + rows}
    upload_id = send(session, actor, {"roster.zip": zip_files(files)})
    assert read(database, upload_id).verdict == "rejected"
    assert count(session, Contractor) == 0
    found = get_bad_rows(session, actor, upload_id)
    assert [(line, cells[0]) for line, _reasons, cells in found.rows] == [(4, "C3"), (5, "C4")]
    assert found.rows[0][1] == "email: an e-mail address such as ada@example.org expected"
    head = [LINE, REASON, *found.header]
    body = build_table_csv(head, [[line, why, *cells] for line, why, cells in found.rows])
    assert "'=Cy" in body.decode("utf-8-sig")
    half = body.replace(b"nobody", b"cy@example.org")
    mend(database, session, actor, upload_id, half)
    assert [line for line, *_ in get_bad_rows(session, actor, upload_id).rows] == [5]
    mend(database, session, actor, upload_id, half.replace(b"many", b"40"))
    confirm(database, actor, upload_id)
    session.rollback()
    # What a spreadsheet would run had an apostrophe in the file of bad rows only.
    names = session.scalars(select(Contractor.name).order_by(Contractor.contractor_id)).all()
    assert names == ["Ada", "Bo", "=Cy", "Di"]


def get_bad_rows(session: Session, actor: Actor, upload_id: int) -> BadRows:
    session.rollback()
    file = select(ImportFile.id).where(ImportFile.name == "contractors.csv")
    file_id = session.scalars(file).one()
    return list_bad_rows(session, actor=actor, upload_id=upload_id, file_id=file_id)


def mend(
    database: Database,
    session: Session,
    actor: Actor,
    upload_id: int,
    body: bytes,
) -> None:
    session.rollback()
    file_id = session.scalars(select(ImportFile.id).where(ImportFile.name == "contractors.csv"))
    add_mended_rows(
        session,
        actor=actor,
        upload_id=upload_id,
        file_id=file_id.one(),
        file=UploadedFile("bad-rows-contractors.csv", io.BytesIO(body)),
        max_bytes=MEGABYTE,
    )
    read(database, upload_id)


def test_mended_file_with_lines_that_were_not_bad_is_refused(
    database: Database, session: Session, actor: Actor
) -> None:
    files = {**FOLDER, "contractors.csv": CONTRACTORS.replace("bo@example.org", "nobody")}
    upload_id = send(session, actor, files)
    read(database, upload_id)
    body = f"{LINE},name\n2,Somebody else\nx,y\n3,Bo,z\n".encode()
    mend(database, session, actor, upload_id, body)
    session.rollback()
    problems = session.scalars(select(ImportProblem).order_by(ImportProblem.seq)).all()
    assert [(one.file, one.line, one.value) for one in problems] == [
        ("bad-rows-contractors.csv", 2, "2"),
        ("bad-rows-contractors.csv", 3, "x"),
        ("bad-rows-contractors.csv", 4, "3 cells"),
        ("contractors.csv", 3, "nobody"),
    ]


def test_columns_are_matched_by_hand_once_and_remembered(
    database: Database, session: Session, actor: Actor
) -> None:
    foreign = (
        "Worker ID;Full name;E-Mail;Hours per week;Hourly rate;Shoe size\n"
        "C1;Ada;ada@example.org;40;31.50;38\n"
    )
    upload_id = send(session, actor, {"people export.csv": foreign})
    assert read(database, upload_id).verdict == "unmatched"
    session.rollback()
    (file,) = get_upload(session, actor=actor, upload_id=upload_id).files
    assert (file.table_name, file.is_guess) == ("contractors", True)
    guess = {
        "contractor_id": "worker id",
        "name": "full name",
        "email": "e-mail",
        "max_weekly_hours": "hours per week",
        "pay_rate": "hourly rate",
    }
    assert file.columns == guess
    session.rollback()
    matches = {file.file_id: Match("contractors", guess)}
    match_files(session, actor=actor, upload_id=upload_id, matches=matches)
    assert read(database, upload_id).verdict == "ready"
    again = send(session, actor, {"other.csv": foreign.replace("Ada", "Ida")})
    assert read(database, again).verdict == "ready"
    assert confirm(database, actor, again).ending == "imported"
    session.rollback()
    assert session.get_one(Contractor, "C1").name == "Ida"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"client_id": "id"}, "say which column is name"),
        ({"client_id": "id", "name": "id"}, "can stand for one column only"),
    ],
)
def test_matching_that_can_not_be_is_refused(
    database: Database, session: Session, actor: Actor, columns: dict[str, str], words: str
) -> None:
    upload_id = send(session, actor, {"clients.csv": "id,title\nK1,Quillmere\n"})
    read(database, upload_id)
    file_id = session.scalars(select(ImportFile.id)).one()
    session.rollback()
    with pytest.raises(Refused, match=words):
        match_files(
            session, actor=actor, upload_id=upload_id, matches={file_id: Match("clients", columns)}
        )


def test_two_files_of_one_table_are_to_be_told_apart(
    database: Database, session: Session, actor: Actor
) -> None:
    upload_id = send(session, actor, {"clients.csv": CLIENTS, "old clients.csv": CLIENTS})
    assert read(database, upload_id).verdict == "unmatched"
    ids = {one.name: one.id for one in session.scalars(select(ImportFile))}
    session.rollback()
    same = {"client_id": "client_id", "name": "name"}
    both = {file_id: Match("clients", same) for file_id in ids.values()}
    with pytest.raises(Refused, match="can't both be clients"):
        match_files(session, actor=actor, upload_id=upload_id, matches=both)
    matches = both | {ids["old clients.csv"]: Match(LEFT_OUT, {})}
    match_files(session, actor=actor, upload_id=upload_id, matches=matches)
    assert read(database, upload_id).verdict == "ready"


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
