"""The payroll desk: periods, what is in the way, exports, corrections."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.payroll.pay_periods import create_period
from tests.app.pay_world import approve, enter
from tests.app.web.conftest import Browser
from tests.app.web.pages import Page
from tests.app.world import SYSTEM

MONDAY, DAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 8)
PERIOD = "/payroll/periods/1"


def work(session: Session, number: int, hours: str, *, approved: bool = True) -> int:
    """Write a week of contractor `number` with hours on one day; return the sheet."""
    sheet = enter(session, f"C{number}", MONDAY, {(f"a{number}", DAY): hours})
    if approved:
        approve(session, sheet)
    return sheet


@pytest.fixture
def worked(session: Session, people: None) -> None:
    """Ada has 7.5 approved hours, Bo 4, both on Chordus at 40 USD; the period is open."""
    work(session, 1, "7.5")
    work(session, 2, "4")
    create_period(session, actor=SYSTEM, starts_on=MONDAY, ends_on=SUNDAY, zone="Europe/Berlin")


def export(payroll: Browser) -> Page:
    page = payroll.get(PERIOD)
    return payroll.post(f"{PERIOD}/export", {"key": page.inputs["key"]})


def test_first_period_is_opened_from_the_empty_page(payroll: Browser) -> None:
    page = payroll.get("/payroll/")
    assert "No pay period yet" in page.text
    form = {"starts_on": "2026-03-02", "ends_on": "2026-03-08", "zone": "Europe/Berlin"}
    opened = payroll.post("/payroll/periods", form)
    assert "Mon 2 to Sun 8 Mar 2026" in opened.text
    assert "Nobody has hours in this period yet." in opened.text
    again = payroll.get("/payroll/")
    assert again.inputs["starts_on"] == "2026-03-09"
    assert again.inputs["zone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"starts_on": "2026-03-02", "ends_on": "", "zone": "UTC"}, "Give the first and the last"),
        (
            {"starts_on": "x", "ends_on": "2026-03-02", "zone": "UTC"},
            "Give a day as year-month-day",
        ),
        ({"starts_on": "2026-03-08", "ends_on": "2026-03-02", "zone": "UTC"}, "Last day: "),
        ({"starts_on": "2026-03-02", "ends_on": "2026-03-08", "zone": "Mars"}, "Time zone: "),
        ({"starts_on": "2026-03-08", "ends_on": "2026-03-09", "zone": "UTC"}, "another pay period"),
    ],
)
@pytest.mark.usefixtures("worked")
def test_unusable_period_is_said_and_opens_nothing(
    payroll: Browser, form: dict[str, str], sentence: str
) -> None:
    page = payroll.post("/payroll/periods", form)
    assert sentence in page.text
    assert "1 period" in page.text


@pytest.mark.usefixtures("worked")
def test_report_says_people_and_money_with_the_rows_behind_it(
    payroll: Browser, session: Session
) -> None:
    work(session, 3, "8", approved=False)
    page = payroll.get(PERIOD)
    assert "2 people are due 460.00 USD in all." in page.text
    assert "1 person has unapproved hours worth 320.00 USD" in page.text
    assert "Ada A-1 Chordus Mon 2 Mar 2026 7.5 40.00 300.00 USD Approved" in page.rows
    unapproved = payroll.get(f"{PERIOD}?kind=unapproved")
    assert "Cy missing Larkspur Mon 2 Mar 2026 8 40.00 320.00 USD Open" in unapproved.rows
    file = payroll.get(f"{PERIOD}?kind=unapproved&format=csv").body
    assert "Cy,C3,,Larkspur,2026-03-02,8.00,40.00,320.00,USD,open" in file


@pytest.mark.usefixtures("worked")
def test_missing_payroll_id_is_named_and_blocks(payroll: Browser, session: Session) -> None:
    work(session, 3, "8")
    page = payroll.get(f"{PERIOD}?kind=no_id")
    assert "1 person lacks a usable payroll id, with 320.00 USD to pay" in page.text
    assert [row for row in page.rows if row.startswith("Cy missing")]
    assert "No usable payroll id: Cy." in export(payroll).text
    assert "No export yet" in payroll.get("/payroll/exports").text


@pytest.mark.usefixtures("worked")
def test_export_takes_each_hour_once_and_keeps_its_bytes(payroll: Browser) -> None:
    page = payroll.get(PERIOD)
    done = payroll.post(f"{PERIOD}/export", {"key": page.inputs["key"]})
    assert "Export 1" in done.text
    assert "To pay in USD 460.00 11.5 h" in done.text
    assert "1 Ada A-1 Chordus Mon 2 Mar 2026 to Sun 8 Mar 2026 7.5 40.00 300.00 USD" in done.rows
    again = payroll.post(f"{PERIOD}/export", {"key": page.inputs["key"]})
    assert "Export 1" in again.text
    other = payroll.post(f"{PERIOD}/export", {"key": "another click"})
    assert "No approved hours to export" in other.text
    file = payroll.get("/payroll/exports/1/file")
    assert file.headers["Content-Disposition"] == 'attachment; filename="payroll-000001.csv"'
    assert file.headers["Cache-Control"] == "no-store, private"
    assert "1,1,A-1,Ada,Chordus,regular,2026-03-02,2026-03-08,7.50,40.00,300.00,USD," in file.body
    assert payroll.get("/payroll/exports/1/file").body == file.body
    checksum = hashlib.sha256(file.body.encode()).hexdigest()
    assert checksum in payroll.get("/payroll/exports").text
    manifest = json.loads(payroll.get("/payroll/exports/1/manifest").body)
    assert manifest["file"]["sha256"] == checksum


@pytest.mark.usefixtures("worked")
def test_late_hours_of_a_closed_period_become_an_adjustment(
    payroll: Browser, session: Session
) -> None:
    export(payroll)
    closed = payroll.post(f"{PERIOD}/close", {})
    assert "The period is closed." in closed.text
    assert "Export 2" not in payroll.post(f"{PERIOD}/export", {"key": "x"}).text
    form = {"assignment_id": "a1", "day": "2026-03-05", "value": "2,5", "reason": "Came late"}
    said = payroll.post("/payroll/adjustments/hours", form)
    assert "The next export pays the difference." in said.text
    assert "It says so already." in payroll.post("/payroll/adjustments/hours", form).text
    rate = form | {"day": "2026-03-04", "value": "42.00"}
    assert "pays the difference" in payroll.post("/payroll/adjustments/rate", rate).text
    payroll.post(
        "/payroll/periods", {"starts_on": "2026-03-09", "ends_on": "2026-03-15", "zone": "UTC"}
    )
    page = payroll.get("/payroll/periods/2")
    assert "2 lines adjust what was paid before, by 120.00 USD." in page.text
    payroll.post("/payroll/periods/2/export", {"key": page.inputs["key"]})
    lines = payroll.get("/payroll/exports/2?only=adjustments").rows
    assert [line for line in lines if f"{chr(0x2212)}7.5 40.00 {chr(0x2212)}300.00 USD" in line]
    assert [line for line in lines if " 10 42.00 420.00 USD Adjustment" in line]
    found = payroll.get("/payroll/adjustments?person=ada")
    assert "42.00 USD an hour" in found.text
    assert "Came late" in found.text


@pytest.mark.parametrize(
    ("kind", "changes", "sentence"),
    [
        ("hours", {}, "The pay period is open"),
        ("hours", {"value": "x"}, "Give a day and a number of hours."),
        ("hours", {"value": "25"}, "Hours: a number from 0 to 24"),
        ("hours", {"day": "soon"}, "Give a day as year-month-day."),
        ("hours", {"reason": ""}, "Reason: 1 to 300 characters"),
        ("rate", {"value": "1.005"}, "a rate with two decimals at most"),
        ("rate", {"value": "NaN"}, "a rate with two decimals at most"),
        ("rate", {"day": "2090-01-01"}, "First day: "),
    ],
)
@pytest.mark.usefixtures("worked")
def test_unusable_correction_is_said_and_changes_nothing(
    payroll: Browser, kind: str, changes: dict[str, str], sentence: str
) -> None:
    form = {"assignment_id": "a1", "day": "2026-03-04", "value": "2", "reason": "r"} | changes
    assert sentence in payroll.post(f"/payroll/adjustments/{kind}", form).text
    assert "No correction yet" in payroll.get("/payroll/adjustments").text


@pytest.mark.usefixtures("worked")
def test_closing_asks_before_it_leaves_unapproved_hours_out(
    payroll: Browser, session: Session
) -> None:
    export(payroll)
    work(session, 3, "8", approved=False)
    assert "confirm to leave them out" in payroll.post(f"{PERIOD}/close", {}).text
    done = payroll.post(f"{PERIOD}/close", {"leave_unapproved": "1"})
    assert "Closed by The payroll" in done.text
    assert "closed already" in payroll.post(f"{PERIOD}/close", {}).text
    assert session.scalar(text("SELECT closed_at IS NOT NULL FROM pay_periods"))


def test_missing_things_read_like_any_missing_page(payroll: Browser) -> None:
    for path in ("/payroll/exports/7", "/payroll/exports/7/file", "/payroll/periods/7"):
        assert payroll.get(path).text == payroll.get("/none").text
