"""The pages of imports, by a browser without a screen; the worker's steps run in between."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Database
from app.models import AuditEvent, Contractor, ImportFile, ImportUpload
from app.services.imports.import_jobs import run_writing
from solver.roster import TABLES
from tests.app.services.imports.uploads import CONTRACTORS, FOLDER, read, zip_files
from tests.app.web.conftest import CLIENT_NAME, Browser
from tests.app.web.pages import Page

NEW = CONTRACTORS.replace("C1", "N1").replace("C2", "N2")


def upload(browser: Browser, files: Mapping[str, str | bytes], field: str = "files") -> Page:
    sent = [
        (io.BytesIO(data.encode() if isinstance(data, str) else data), name)
        for name, data in files.items()
    ]
    return browser.post("/imports/", {field: sent})


def get_upload_id(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.max(ImportUpload.id))) or 0


@pytest.fixture
def upload_id(ops: Browser, session: Session, database: Database) -> int:
    """A new contractor, a changed one, and a client whose name changes; read by the worker."""
    page = upload(
        ops,
        {
            "contractors.csv": NEW + "C3,Cyril,C3@example.org,40,40\n",
            "clients.csv": "client_id,name\nK1,Another Secret\n",
        },
    )
    assert "Waits for a worker" in page.text
    number = get_upload_id(session)
    read(database, number)
    return number


def test_preview_says_what_would_change_and_names_no_client(ops: Browser, upload_id: int) -> None:
    page = ops.get(f"/imports/{upload_id}")
    assert "Import 4 changes" in page.text
    assert "Cy → becomes Cyril" in page.text
    assert "name : changes, not shown" in page.text.replace("name:", "name :")
    assert CLIENT_NAME not in page.body
    assert "Another Secret" not in page.body
    assert "UTF-8, separated by commas" in page.text


def test_admin_reads_no_values_of_the_live_state(
    admin: Browser, session: Session, database: Database
) -> None:
    upload(admin, {"contractors.csv": CONTRACTORS.replace("C1,Ada", "C1,Adele")})
    read(database, get_upload_id(session))
    page = admin.get(f"/imports/{get_upload_id(session)}")
    assert "Adele" in page.text
    assert "40.00" not in page.text


def test_confirmed_upload_is_imported_and_listed(
    ops: Browser, upload_id: int, session: Session, database: Database
) -> None:
    form = {"fingerprint": ops.get(f"/imports/{upload_id}").inputs["fingerprint"]}
    for _click in range(2):
        page = ops.post(f"/imports/{upload_id}/confirm", form)
        assert "Being written, all of it or nothing" in page.text
    run_writing(database, upload_id)
    page = ops.get(f"/imports/{upload_id}")
    assert "Imported" in page.text
    assert any("contractors" in row and "2 1 0" in row for row in page.rows)
    listed = ops.get("/imports/").rows
    assert any("contractors.csv, clients.csv Imported 2 2 0" in row for row in listed)
    assert session.get_one(Contractor, "N1").name == "Ada"


def test_stale_preview_is_not_confirmed(ops: Browser, upload_id: int) -> None:
    page = ops.post(f"/imports/{upload_id}/confirm", {"fingerprint": "of an older page"})
    assert "There is a newer preview" in page.text


def test_bad_rows_are_listed_taken_away_and_mended(
    ops: Browser, session: Session, database: Database
) -> None:
    bad = "\N{BYTE ORDER MARK}" + CONTRACTORS.replace("bo@example.org", "=nobody")
    upload(ops, {"vendor.zip": zip_files({**FOLDER, "contractors.csv": bad})})
    number = get_upload_id(session)
    read(database, number)
    page = ops.get(f"/imports/{number}")
    assert "1 fault: nothing was written" in page.text
    assert any("contractors.csv line 3 email =nobody" in row for row in page.rows)
    assert "=nobody" in ops.get(f"/imports/{number}/problems").text
    assert "No fault here" in ops.get(f"/imports/{number}/problems?file=clients.csv").text
    listed = ops.get(f"/imports/{number}/problems?format=csv").body
    assert "'=nobody" in listed
    name = select(ImportFile.id).where(ImportFile.name == "contractors.csv")
    path = f"/imports/{number}/files/{session.scalars(name).one()}"
    session.rollback()
    taken = ops.get(f"{path}/bad-rows")
    assert taken.headers["Content-Disposition"].endswith('filename="bad-rows-contractors.csv"')
    assert taken.body.splitlines()[1].startswith("3,email: an e-mail address")
    mended = taken.body.replace("'=nobody", "bo@example.org").encode()
    ops.post(f"{path}/mended", {"mended": (io.BytesIO(mended), "mended.csv")})
    assert read(database, number).verdict == "ready"
    session.rollback()
    events = session.scalars(select(AuditEvent.action)).all()
    assert events.count("list.downloaded") == 2
    assert "import.mended" in events


def test_columns_are_matched_in_a_form(ops: Browser, session: Session, database: Database) -> None:
    upload(ops, {"export.csv": "Key,Title\nK9,Northgate\n"})
    number = get_upload_id(session)
    read(database, number)
    file_id = session.scalars(select(ImportFile.id)).one()
    session.rollback()
    page = ops.get(f"/imports/{number}")
    assert "Say which column is which" in page.text
    page = ops.get(f"/imports/{number}?match=1&table-{file_id}=clients")
    fields = {f"table-{file_id}": "clients", f"column-{file_id}-client_id": "key"}
    page = ops.post(f"/imports/{number}/columns", fields)
    assert "say which column is name" in page.text
    fields[f"column-{file_id}-name"] = "title"
    ops.post(f"/imports/{number}/columns", fields)
    assert read(database, number).verdict == "ready"


def test_what_can_not_be_uploaded_is_said(ops: Browser) -> None:
    page = upload(ops, {"notes.pdf": "x"})
    assert page.status == 409
    assert "Choose CSV files, a folder that holds some, or a zip." in page.text
    assert ops.post("/imports/", {"rate": "9"}).status == 400


def test_more_than_a_request_may_hold_is_refused(ops: Browser) -> None:
    limit = 200 * 1024 * 1024
    ops.get("/imports/")
    response = ops.send(
        "POST",
        "/imports/",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
        environ_overrides={"CONTENT_LENGTH": str(limit * 2)},
    )
    assert response.status_code == 413
    assert "That is too much at once" in response.get_data(as_text=True)


def test_cancelled_upload_is_gone(ops: Browser, upload_id: int) -> None:
    page = ops.post(f"/imports/{upload_id}/cancel", {})
    assert "Nothing was written, and what was uploaded has been deleted." in page.text
    assert "ended already" in ops.post(f"/imports/{upload_id}/again", {}).text


def test_upload_of_a_colleague_is_not_there(admin: Browser, upload_id: int) -> None:
    """Check 2: the same page as for an upload that never was."""
    missing = [
        admin.get(f"/imports/{number}{path}")
        for number in (upload_id, 987654)
        for path in ("", "/problems", "/files/1/bad-rows")
    ]
    assert {page.status for page in missing} == {404}
    assert len({page.text for page in missing}) == 1


def test_templates_and_format_have_every_column(ops: Browser) -> None:
    for name, table in TABLES.items():
        body = ops.get(f"/imports/templates/{name}").body
        header = ",".join(column.name for column in table.columns)
        assert body.lstrip("\N{BYTE ORDER MARK}") == f"{header}\r\n"
    page = ops.get("/imports/format")
    for table in TABLES.values():
        for column in table.columns:
            assert any(row.startswith(column.name) for row in page.rows), column.name
    assert ops.get("/imports/templates/nothing").status == 404
