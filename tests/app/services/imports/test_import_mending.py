"""Uploads that are not ready yet: bad rows are mended, foreign columns matched."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Refused
from app.exports.table_csv import build_table_csv
from app.importing.mended_rows import LINE, REASON
from app.models import (
    Contractor,
    ImportFile,
    ImportProblem,
)
from app.services.access.access import Actor
from app.services.desk.import_views import BadRows
from app.services.desk.imports import get_upload, list_bad_rows
from app.services.imports.import_matching import LEFT_OUT, Match, match_files
from app.services.imports.import_uploads import (
    UploadedFile,
    add_mended_rows,
)
from tests.app.services.imports.uploads import (
    CLIENTS,
    CONTRACTORS,
    FOLDER,
    MEGABYTE,
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
