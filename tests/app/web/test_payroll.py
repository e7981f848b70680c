"""The payroll desk: the hours of a period, what is in the way, and the files."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.services.access import Actor
from app.services.hours import log_hours
from tests.app.web.conftest import Browser

DAY = date(2026, 3, 4)
PERIOD = {"starts_on": "2026-03-02", "ends_on": "2026-03-08"}
PATH = "/payroll/?starts_on=2026-03-02&ends_on=2026-03-08"


def log(session: Session, contractor_id: str, assignment_id: str, hours: str) -> None:
    log_hours(
        session,
        actor=Actor(None, contractor_id, frozenset({"contractor"}), contractor_id),
        assignment_id=assignment_id,
        work_date=DAY,
        hours=Decimal(hours),
    )


@pytest.fixture
def logged(session: Session, people: None) -> None:
    """Ada worked 7.5 hours, Bo 4, both on Chordus at 40 USD."""
    log(session, "C1", "a1", "7.5")
    log(session, "C2", "a2", "4")


@pytest.mark.usefixtures("logged")
def test_period_shows_lines_and_totals(payroll: Browser) -> None:
    page = payroll.get(PATH)
    assert "Hours of Mon 2 to Sun 8 Mar 2026" in page.text
    assert "Lines to export 2 of 2 lines in the period" in page.text
    assert "To pay in USD 460.00 11.5 h on 2 lines" in page.text
    assert "Ada A-1 Chordus Wed 4 Mar 2026 7.5 40.00 300.00 USD Open" in page.rows


def test_period_without_hours_says_what_to_do(payroll: Browser) -> None:
    assert "No hours in this period" in payroll.get("/payroll/").text


@pytest.mark.usefixtures("logged")
def test_export_takes_each_hour_once_and_keeps_its_bytes(payroll: Browser) -> None:
    done = payroll.post("/payroll/exports", PERIOD)
    assert "Export 1 holds 2 lines." in done.text
    assert "No. 1" in payroll.get(PATH).text
    again = payroll.post("/payroll/exports", PERIOD)
    assert "No open hours from 2026-03-02 to 2026-03-08." in again.text
    file = payroll.get("/payroll/exports/1/file")
    assert file.headers["Content-Disposition"] == 'attachment; filename="payroll-000001.csv"'
    assert file.headers["Cache-Control"] == "no-store, private"
    assert "A-1,Ada,Chordus,2026-03-04,7.50,40.00,300.00,USD" in file.body
    assert payroll.get("/payroll/exports/1/file").body == file.body
    checksum = hashlib.sha256(file.body.encode()).hexdigest()
    assert checksum in payroll.get("/payroll/exports").text


def test_export_is_refused_while_a_payroll_id_is_missing(
    payroll: Browser, session: Session
) -> None:
    log(session, "C3", "a3", "8")
    page = payroll.get(PATH)
    assert "1 person with open hours has no usable payroll id" in page.text
    assert "Cy" in page.text
    refused = payroll.post("/payroll/exports", PERIOD)
    assert "No usable payroll id: Cy." in refused.text
    assert "No export yet" in payroll.get("/payroll/exports").text


def test_unusable_dates_are_said_and_change_nothing(payroll: Browser) -> None:
    page = payroll.get("/payroll/?starts_on=2026-03-08&ends_on=2026-03-02")
    assert "The period ends before it starts" in page.text
    refused = payroll.post("/payroll/exports", {"starts_on": "x", "ends_on": "2026-03-02"})
    assert "Give a day as year-month-day." in refused.text


def test_missing_export_reads_like_any_missing_page(payroll: Browser) -> None:
    assert payroll.get("/payroll/exports/7/file").text == payroll.get("/none").text


def test_period_longer_than_two_months_shows_the_first_62_days_and_says_so(
    payroll: Browser,
) -> None:
    page = payroll.get("/payroll/?starts_on=2026-01-01&ends_on=2026-12-31")
    assert page.status == 200
    assert "A period has 62 days at most; the first 62 are shown." in page.text
    assert 'value="2026-03-03"' in page.body
