"""A week of hours on a phone: entered, submitted, sent back, approved, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import ApprovedHours
from tests.browser.conftest import sign_in


def test_week_is_entered_on_a_phone_submitted_and_approved(
    new_page: Callable[..., Page], pages_served: str, people: None, session: Session
) -> None:
    today = datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday() + 7)
    address = f"{pages_served}/my/hours?week={monday}"
    ada = new_page(width=390, height=844)
    sign_in(ada, pages_served, "contractor@vendor.example")
    ada.goto(address)
    expect(ada.get_by_role("button", name="Submit week")).to_be_in_viewport()
    enter_week(ada, monday)
    ada.get_by_role("button", name="0 on empty days").click()
    expect(ada.get_by_text("Saved 7 days.")).to_be_visible()
    submit(ada)
    expect(ada.get_by_text("Submitted.")).to_be_visible()

    manager = new_page()
    sign_in(manager, pages_served, "ops_manager@vendor.example")
    manager.goto(f"{pages_served}/timesheets/?day={monday}&state=submitted")
    manager.get_by_role("link", name="Ada").click()
    manager.get_by_placeholder("Reason, needed to reject").fill("Friday was a holiday")
    manager.get_by_role("button", name="Reject").click()

    ada.goto(address)
    expect(ada.get_by_text("Friday was a holiday")).to_be_visible()
    get_cell(ada, monday + timedelta(days=4)).fill("0")
    submit(ada)
    expect(ada.get_by_text("Submitted.")).to_be_visible()

    manager.goto(f"{pages_served}/timesheets/?day={monday}&state=submitted")
    manager.get_by_label("Select the week of Ada").check()
    manager.get_by_role("button", name="Approve").click()
    expect(manager.get_by_text("1 week approved.")).to_be_visible()

    ada.goto(address)
    expect(get_cell(ada, monday)).to_be_disabled()
    assert session.scalar(select(func.sum(ApprovedHours.hours))) == 24


def enter_week(page: Page, monday: date) -> None:
    """Type six hours on each day from Monday to Friday, with the keyboard alone."""
    get_cell(page, monday).focus()
    for _ in range(5):
        page.keyboard.type("6")
        page.keyboard.press("Tab")


def submit(page: Page) -> None:
    page.get_by_role("button", name="Submit week").click()


def get_cell(page: Page, day: date) -> Locator:
    return page.locator(f"[name='hours:{day}:a1']")
