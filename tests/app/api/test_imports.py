"""Imports through the API: the same upload, preview, mending and confirmation as on the pages."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.database import Database
from app.models import AuditEvent, Contractor, ImportUpload
from app.services.imports.import_jobs import run_writing
from solver.roster import TABLES
from tests.app.api.conftest import Program
from tests.app.api.test_access import limit_to_client
from tests.app.services.imports.uploads import CONTRACTORS, FOLDER, read, zip_files

HIDDEN_CLIENTS = "client_id,name\nK1,Another Secret\n"


def send(
    program: Program,
    files: Mapping[str, str | bytes],
    path: str = "/imports",
    *,
    field: str = "files",
    key: str | None = None,
) -> TestResponse:
    sent = [
        (io.BytesIO(data.encode() if isinstance(data, str) else data), name)
        for name, data in files.items()
    ]
    return program.call("POST", path, key=key, data={field: sent})


def upload(program: Program, files: Mapping[str, str | bytes]) -> str:
    """Upload files; return the address of the import."""
    answer = send(program, files)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    return answer.headers["Location"]


def test_what_the_preview_showed_is_imported(
    ops: Program, session: Session, database: Database
) -> None:
    path = upload(
        ops, {"contractors.csv": CONTRACTORS + "C3,Cyril,c3@example.org,40,40\n",
              "clients.csv": HIDDEN_CLIENTS}
    )  # fmt: skip
    assert ops.get(path)["state"] == "queued"
    read(database, int(path.rsplit("/", 1)[1]))
    preview = ops.get(path)
    assert (preview["state"], preview["num_problems"]) == ("ready", 0)
    contractors = next(one for one in preview["differences"] if one["table"] == "contractors")
    assert {"column": "name", "old": "Cy", "new": "Cyril"} in [
        change for row in contractors["changed_rows"] for change in row["changes"]
    ]
    assert "Secret" not in str(preview)
    stale = ops.call("POST", f"{path}/confirm", {"fingerprint": "of an older preview"})
    assert (stale.status_code, stale.get_json()["code"]) == (409, "stale")
    order = {"fingerprint": preview["fingerprint"]}
    for _call in range(2):
        assert ops.post(f"{path}/confirm", order)["state"] == "writing"
    run_writing(database, preview["upload_id"])
    assert ops.get(path)["state"] == "imported"
    assert session.get_one(Contractor, "C3").name == "Cyril"
    assert [row["state"] for row in ops.get("/imports")["items"]] == ["imported"]
    again = ops.call("POST", f"{path}/confirm", {"fingerprint": "x"})
    assert again.status_code == 202
    assert ops.call("POST", f"{path}/cancel").get_json()["code"] == "ended"


def test_bad_rows_are_taken_away_and_mended(
    ops: Program, session: Session, database: Database
) -> None:
    bad = CONTRACTORS.replace("bo@example.org", "=nobody")
    path = upload(ops, {"vendor.zip": zip_files({**FOLDER, "contractors.csv": bad})})
    upload_id = int(path.rsplit("/", 1)[1])
    read(database, upload_id)
    found = ops.get(path)
    assert (found["state"], found["num_problems"]) == ("to_mend", 1)
    problems = ops.get(f"{path}/problems", file="contractors.csv")["items"]
    assert [(row["line"], row["column_name"]) for row in problems] == [(3, "email")]
    assert ops.get(f"{path}/problems", file="clients.csv")["total"] == 0
    file_id = next(one["file_id"] for one in found["files"] if one["name"] == "contractors.csv")
    taken = ops.call("GET", f"{path}/files/{file_id}/bad-rows")
    assert (taken.status_code, taken.mimetype) == (200, "text/csv")
    mended = taken.get_data(as_text=True).replace("'=nobody", "bo@example.org")
    mend = f"{path}/files/{file_id}/mended"
    answer = send(ops, {"mended.csv": mended}, mend, field="mended")
    assert (answer.status_code, answer.get_json()["state"]) == (202, "queued")
    assert send(ops, {"mended.csv": mended}, mend, field="mended").get_json()["code"] == "busy"
    assert read(database, upload_id).verdict == "ready"
    actions = session.scalars(select(AuditEvent.action)).all()
    assert {"list.downloaded", "import.mended"} <= set(actions)


def test_columns_are_matched_by_hand(ops: Program, database: Database) -> None:
    path = upload(ops, {"people.csv": "Nummer,Wer\nC1,Ada\n"})
    upload_id = int(path.rsplit("/", 1)[1])
    read(database, upload_id)
    found = ops.get(path)
    assert found["state"] == "to_match"
    file_id = found["files"][0]["file_id"]
    columns = dict(zip(("client_id", "name"), found["files"][0]["header"], strict=True))
    match = {"file_id": file_id, "table": "clients", "columns": columns}
    wrong = {**match, "columns": {"no such column": columns["name"]}}
    assert ops.call("POST", f"{path}/columns", {"files": [wrong]}).status_code == 422
    missing = ops.call("POST", f"{path}/columns", {"files": [{**match, "columns": {}}]})
    assert missing.get_json()["code"] == "columns"
    unknown = {**match, "table": "no such table"}
    assert ops.call("POST", f"{path}/columns", {"files": [unknown]}).status_code == 422
    assert ops.post(f"{path}/columns", {"files": [match]})["state"] == "queued"
    read(database, upload_id)
    assert ops.get(path)["state"] != "to_match"
    assert ops.post(f"{path}/again")["state"] == "queued"


def test_the_same_upload_twice_is_there_once(ops: Program, session: Session) -> None:
    """Each sending bounds its files anew: the key goes by what they hold."""
    answers = [send(ops, FOLDER, key="k") for _call in range(2)]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true"]
    other = send(ops, {**FOLDER, "clients.csv": "client_id,name\n"}, key="k")
    assert other.get_json()["code"] == "key_reused"
    assert session.scalar(select(func.count()).select_from(ImportUpload)) == 1


def test_an_upload_holds_files_and_nothing_else(ops: Program, session: Session) -> None:
    """Check 4: extra fields are refused by the API, nothing changed."""
    file = (io.BytesIO(b"client_id,name\n"), "clients.csv")
    forms: list[tuple[dict[str, Any], int]] = [
        ({"files": [file], "state": "imported"}, 422),
        ({"others": [(io.BytesIO(b""), "clients.csv")]}, 422),
        ({}, 415),
    ]
    for form, status in forms:
        assert ops.call("POST", "/imports", data=form).status_code == status, form
    assert ops.call("POST", "/imports", {"files": []}).status_code == 415
    assert send(ops, {"photo.png": b"x"}).get_json()["code"] == "no_files"
    assert session.scalar(select(func.count()).select_from(ImportUpload)) == 0


def test_somebody_elses_upload_is_not_there(
    ops: Program, make_program: Callable[..., Program], session: Session, database: Database
) -> None:
    """Check 2: rows under way are their uploader's alone."""
    admin = make_program("admin")
    path = upload(admin, {"contractors.csv": CONTRACTORS.replace("C1,Ada", "C1,Adele")})
    read(database, int(path.rsplit("/", 1)[1]))
    foreign = [
        ops.call("GET", path),
        ops.call("GET", f"{path}/problems"),
        ops.call("POST", f"{path}/cancel"),
        ops.call("GET", "/imports/987654"),
    ]
    assert {answer.status_code for answer in foreign} == {404}
    # What stands there now is for those who may read it: an administrator sees the file alone.
    changes = [
        change
        for one in admin.get(path)["differences"]
        for row in one["changed_rows"]
        for change in row["changes"]
    ]
    assert changes
    assert {change["old"] for change in changes} == {None}
    assert admin.post(f"{path}/cancel")["state"] == "cancelled"
    limit_to_client(session, "K2")
    assert ops.call("GET", "/imports").status_code == 403


def test_tables_are_described(ops: Program) -> None:
    tables = {one["name"]: one for one in ops.get("/imports/tables")["items"]}
    assert tables.keys() == TABLES.keys()
    email = next(one for one in tables["contractors"]["columns"] if one["name"] == "email")
    assert email["expected"].startswith("an e-mail address")
