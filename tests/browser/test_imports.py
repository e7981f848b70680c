"""Data in, in Chromium: a zip with a bad row, its mending, the preview and the import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Contractor, ImportUpload
from app.services.imports.import_jobs import run_writing
from tests.app.services.imports.uploads import CONTRACTORS, read, zip_files
from tests.browser.conftest import sign_in

BAD = CONTRACTORS.replace("C1", "N1").replace("C2,Bo,bo@example.org", "N2,=Bo,nobody")


@pytest.mark.usefixtures("people")
def test_bad_row_is_taken_away_mended_and_imported(
    new_page: Callable[..., Page],
    pages_served: str,
    database: Database,
    session: Session,
    tmp_path: Path,
) -> None:
    archive = tmp_path / "vendor.zip"
    archive.write_bytes(zip_files({"vendor/contractors.csv": BAD}))
    page = new_page()
    sign_in(page, pages_served, "ops_manager@vendor.example")
    page.get_by_role("link", name="Imports").click()
    page.get_by_label("CSV files, or one zip of them").set_input_files(archive)
    page.get_by_role("button", name="Upload and read").click()
    expect(page.get_by_role("status")).to_have_text("Waits for a worker")
    upload_id = session.scalars(select(func.max(ImportUpload.id))).one() or 0
    session.rollback()

    # The page asks by itself until the worker is done.
    read(database, upload_id)
    expect(page.get_by_text("1 fault: nothing was written")).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="Download bad rows of contractors.csv").click()
    mended = tmp_path / "mended.csv"
    started.value.save_as(mended)
    text = mended.read_text(encoding="utf-8-sig")
    assert "'=Bo" in text
    mended.write_text(text.replace("nobody", "bo2@example.org"), encoding="utf-8")
    page.get_by_label("Mended rows of contractors.csv", exact=True).set_input_files(mended)
    page.get_by_role("button", name="Upload mended rows of contractors.csv").click()
    expect(page.get_by_role("status")).to_have_text("Waits for a worker")
    read(database, upload_id)

    row = page.get_by_role("region", name="What would change").or_(
        page.get_by_role("form", name="What would change")
    )
    expect(row.get_by_role("row").filter(has_text="contractors")).to_contain_text("2")
    page.get_by_role("button", name="Import 2 changes").click()
    expect(page.get_by_role("status")).to_have_text("Being written, all of it or nothing")
    run_writing(database, upload_id)
    expect(page.get_by_text("What was uploaded has been deleted")).to_be_visible()
    assert session.get_one(Contractor, "N2").name == "=Bo"
