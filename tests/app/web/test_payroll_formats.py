"""Payroll formats in the browser: settings, column maps from a template, files of a batch."""

from __future__ import annotations

import io
from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.models import ExportBatch
from tests.app.exports.payroll_formats.test_adp import SETTINGS
from tests.app.web.conftest import Browser
from tests.app.web.pages import Page

ADP = {"kind": "adp", "name": "ADP east", "version": "0", **SETTINGS}
TEMPLATE = b"\xef\xbb\xbfEmployee ID;Pay Code;Stunden;Info\r\n"
MAP = {
    "kind": "columns",
    "name": "Local bureau",
    "version": "0",
    "header": TEMPLATE.removesuffix(b"\r\n").hex(),
    "encoding": "utf-8",
    "delimiter": "semicolon",
    "line_end": "crlf",
    "quote_all": "",
    "adjustments": "signed",
    "date_format": "%d.%m.%Y",
    "decimal_mark": ",",
    "hours_format": "decimal",
    "pay_code_regular": "100",
    "field_0": "payroll_id",
    "field_1": "pay_code",
    "field_2": "hours",
    "field_3": "constant",
    "constant_3": "Redeploy",
}


def add_export(session: Session) -> int:
    """Add an export batch without lines, for its page."""
    batch = ExportBatch(
        number=1,
        period_starts_on=date(2026, 3, 2),
        period_ends_on=date(2026, 3, 8),
        line_count=2,
        totals={"USD": {"lines": 2, "hours": "11.50", "amount_cents": 46_000}},
        sha256="0" * 64,
        manifest="{}",
    )
    session.add(batch)
    session.commit()
    return batch.id


@pytest.fixture
def batch_id(session: Session, people: None) -> int:
    """An export batch beside the vendor's people."""
    return add_export(session)


def upload(browser: Browser, content: bytes) -> Page:
    """Send a template file."""
    file = (io.BytesIO(content), "template.csv")
    return browser.post("/payroll/formats/template", {"pasted": "", "template": file})


@pytest.mark.usefixtures("people")
def test_format_is_saved_and_changed_in_versions(payroll: Browser) -> None:
    assert "No format yet" in payroll.get("/payroll/formats").text
    assert payroll.get("/payroll/formats/new/adp").inputs["company_code"] == ""
    saved = payroll.post("/payroll/formats", ADP)
    assert "Saved: exports can be taken as ADP east now." in saved.text
    page = payroll.get("/payroll/formats/1")
    assert page.inputs["company_code"] == "RDP"
    changed = payroll.post("/payroll/formats/1", ADP | {"version": "1", "company_code": "EST"})
    assert "Files that were made before stay as they are." in changed.text
    assert "ADP paydata, version 2" in payroll.get("/payroll/formats/1").text
    stale = payroll.post("/payroll/formats/1", ADP | {"version": "1", "company_code": "OLD"})
    assert stale.status == 409


@pytest.mark.usefixtures("people")
def test_faults_of_settings_are_said_at_their_fields(payroll: Browser) -> None:
    refused = payroll.post("/payroll/formats", ADP | {"company_code": "=A1", "name": ""})
    assert refused.status == 400
    assert "2 fields need another look" in refused.text
    assert "Two or three letters or digits expected." in refused.text
    assert refused.inputs["company_code"] == "=A1"


@pytest.mark.usefixtures("people")
def test_name_that_is_taken_is_said_at_the_name(payroll: Browser) -> None:
    payroll.post("/payroll/formats", ADP)
    again = payroll.post("/payroll/formats", ADP)
    assert again.status == 409
    assert "There is a format called ADP east already." in again.text


@pytest.mark.usefixtures("people")
def test_column_map_starts_from_the_template(payroll: Browser) -> None:
    page = upload(payroll, TEMPLATE)
    assert "4 columns, as in the template" in page.text
    assert page.inputs["header"] == MAP["header"]
    # The first guess fills what it knows.
    assert 'value="payroll_id" selected' in page.body
    assert 'value="hours" selected' in page.body
    pasted = payroll.post("/payroll/formats/template", {"pasted": "Emp ID\tHours", "template": ""})
    assert "2 columns, as in the template" in pasted.text
    refused = upload(payroll, b"Id,=1+1\r\n")
    assert refused.status == 400
    assert "a name that is no formula" in refused.text


@pytest.mark.usefixtures("people")
def test_column_map_shows_what_it_writes(payroll: Browser) -> None:
    preview = payroll.post("/payroll/formats/preview", MAP, fragment=True)
    assert "Invented lines." in preview.text
    assert "Employee ID;Pay Code;Stunden;Info 004211;100;38,50;Redeploy" in preview.text
    refused = payroll.post(
        "/payroll/formats/preview", MAP | {"pay_code_regular": ""}, fragment=True
    )
    assert "a pay code for regular hours in the column map" in refused.text
    faulty = payroll.post("/payroll/formats/preview", MAP | {"constant_3": "=1"}, fragment=True)
    assert "1 field needs another look" in faulty.text
    assert "Saved" in payroll.post("/payroll/formats", MAP).text
    assert payroll.get("/payroll/formats/1").inputs["constant_3"] == "Redeploy"


@pytest.mark.usefixtures("people")
def test_format_is_put_away(payroll: Browser) -> None:
    payroll.post("/payroll/formats", ADP)
    done = payroll.post("/payroll/formats/1/archive", {})
    assert "ADP east is put away" in done.text
    assert "No format yet" in done.text


@pytest.mark.usefixtures("people")
def test_admins_edit_formats_and_see_no_pay(admin: Browser, batch_id: int) -> None:
    page = admin.post("/payroll/formats/preview", MAP, fragment=True)
    assert "Invented lines." in page.text
    assert "Saved" in admin.post("/payroll/formats", MAP).text
    assert admin.get("/payroll/formats").status == 200
    assert admin.get(f"/payroll/exports/{batch_id}/files").status == 403


def test_batch_without_formats_offers_the_generic_file(payroll: Browser, batch_id: int) -> None:
    page = payroll.get(f"/payroll/exports/{batch_id}/files")
    assert "Files of export 1" in page.text
    assert "No format yet" in page.text
    payroll.post("/payroll/formats", ADP)
    path = f"/payroll/exports/{batch_id}/files"
    assert "has no lines" in payroll.post(path, {"format": "1"}).text
    assert payroll.post(path, {"format": "x"}).status == 400


def test_missing_batch_and_file_read_like_any_missing_page(payroll: Browser, batch_id: int) -> None:
    missing = payroll.get("/none").text
    assert payroll.get("/payroll/exports/77/files").text == missing
    assert payroll.get(f"/payroll/exports/{batch_id}/files/7").text == missing
    assert payroll.get("/payroll/formats/7").text == missing
    assert payroll.get("/payroll/formats/new/cobol").text == missing
