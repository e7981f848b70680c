"""Payroll in Chromium: from approved hours to a batch, and from a correction to an adjustment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.app.pay_world import approve
from tests.app.web.test_payroll import work
from tests.browser.conftest import sign_in


@pytest.mark.usefixtures("people")
def test_hours_become_a_batch_and_a_correction_an_adjustment(
    new_page: Callable[..., Page], pages_served: str, session: Session, tmp_path: Path
) -> None:
    work(session, 1, "7.5")
    late = work(session, 2, "4", approved=False)
    page = new_page()
    sign_in(page, pages_served, "payroll@vendor.example")
    open_period(page, "2026-03-02", "2026-03-08")
    report = page.get_by_role("region", name="Ready to export")
    expect(report).to_contain_text("1 person has unapproved hours worth 160.00 USD")
    expect(report).to_contain_text("1 person is due 300.00 USD in all.")
    report.get_by_role("link", name="Show rows").first.click()
    expect(page.get_by_role("region", name="Not approved")).to_contain_text("Bo")
    page.get_by_role("button", name="Export 1 line").click()
    expect(page.get_by_role("heading", name="Export 1", exact=True)).to_be_visible()
    assert download(page, tmp_path / "first") == download(page, tmp_path / "second")

    close_period(page)
    approve(session, late)
    correct_hours(page)
    page.get_by_role("link", name="Pay periods").click()
    open_period(page, "2026-03-09", "2026-03-15")
    expect(page.get_by_text("2 lines adjust what was paid before, by 100.00 USD.")).to_be_visible()
    page.get_by_role("button", name="Export 2 lines").click()
    expect(page.get_by_role("heading", name="Export 2", exact=True)).to_be_visible()
    lines = page.get_by_role("region", name="Lines")
    expect(lines.get_by_role("row").filter(has_text="Ada")).to_contain_text("\u221260.00 USD")
    expect(lines.get_by_role("row").filter(has_text="Bo")).to_contain_text("160.00 USD")
    expect(lines.get_by_role("cell", name="Adjustment", exact=True)).to_have_count(2)


def open_period(page: Page, starts_on: str, ends_on: str) -> None:
    page.get_by_label("First day").fill(starts_on)
    page.get_by_label("Last day").fill(ends_on)
    page.get_by_role("button", name="Open period").click()
    expect(page.get_by_role("region", name="Close the period")).to_be_visible()


def download(page: Page, path: Path) -> str:
    with page.expect_download() as started:
        page.get_by_role("link", name="Download CSV").click()
    started.value.save_as(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def close_period(page: Page) -> None:
    page.get_by_role("link", name="Mon 2 to Sun 8 Mar 2026").click()
    page.get_by_label("Close although there are unapproved hours").check()
    page.get_by_role("button", name="Close period").click()
    expect(page.get_by_text("The period is closed.")).to_be_visible()
    expect(page.get_by_role("button", name="Export")).to_have_count(0)


def correct_hours(page: Page) -> None:
    """Ada had 6 hours on that day, not 7.5."""
    page.get_by_role("link", name="Corrections").click()
    page.get_by_role("searchbox", name="Contractor").fill("ada")
    page.get_by_role("button", name="Find").click()
    page.locator("summary").filter(has_text="Ada").click()
    form = page.locator("form").filter(has=page.get_by_role("button", name="Correct hours"))
    form.get_by_label("Day", exact=True).fill("2026-03-04")
    form.get_by_label("Hours that day").fill("6")
    form.get_by_label("Reason").fill("Signed paper sheet")
    form.get_by_role("button", name="Correct hours").click()
    expect(page.get_by_text("The next export pays the difference.")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("Signed paper sheet")
