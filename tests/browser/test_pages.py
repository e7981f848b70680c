"""Every page in Chromium: no overflow, no complaint, at both widths and in both themes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.errors import Refused
from app.services.access import Permission
from app.web.guard import permit
from tests.app.web.conftest import Vendor
from tests.browser.conftest import sign_in

PAGES = {
    "ops_manager": (
        "/ops/",
        "/ops/projects",
        "/ops/projects/P1",
        "/ops/projects/P2",
        "/ops/pauses",
        "/ops/pauses/new?project=P2",
        "/ops/pauses/{pause}",
        "/ops/plans/{run}",
        "/ops/plans/{run}?status=all",
        "/ops/plans/{run}/unplaced",
        "/ops/proposals/1",
    ),
    "contractor": ("/my/work", "/my/hours"),
    "payroll": ("/payroll/", "/payroll/exports"),
    "admin": ("/admin/users", "/admin/audit"),
}


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("role", PAGES)
def test_pages_fit_and_raise_no_complaint(
    new_page: Callable[..., Page], pages_served: str, planned: Vendor, role: str, width: int
) -> None:
    page = new_page(width=width, color_scheme="dark" if width == 390 else "light")
    page.goto(f"{pages_served}/login")
    assert_fits(page)
    sign_in(page, pages_served, f"{role}@vendor.example")
    for path in PAGES[role]:
        page.goto(pages_served + path.format(pause=planned.pause_id, run=planned.run_id))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert_fits(page)


def assert_fits(page: Page) -> None:
    """The page is no wider than its window."""
    overflow = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow <= 0, f"{page.url} is {overflow} px too wide"


def test_theme_follows_the_system_until_chosen(
    new_page: Callable[..., Page], pages_served: str, planned: Vendor
) -> None:
    page = new_page(color_scheme="dark")
    sign_in(page, pages_served, "ops_manager@vendor.example")
    html = page.locator("html")
    expect(html).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="Light or dark").click()
    expect(html).to_have_attribute("data-bs-theme", "light")
    page.reload()
    expect(html).to_have_attribute("data-bs-theme", "light")


def test_menu_opens_on_a_phone(
    new_page: Callable[..., Page], pages_served: str, planned: Vendor
) -> None:
    page = new_page(width=390)
    sign_in(page, pages_served, "ops_manager@vendor.example")
    link = page.get_by_role("link", name="Projects", exact=True)
    expect(link).not_to_be_visible()
    page.get_by_role("button", name="Open the menu").click()
    link.click()
    expect(page.get_by_role("heading", name="Projects", level=1)).to_be_visible()


def test_filter_narrows_in_place_and_stays_in_the_address(
    new_page: Callable[..., Page], pages_served: str, planned: Vendor
) -> None:
    page = new_page()
    sign_in(page, pages_served, "ops_manager@vendor.example")
    page.goto(f"{pages_served}/ops/plans/{planned.run_id}")
    review = page.get_by_role("region", name="Proposals")
    expect(review.get_by_role("checkbox", name="Select")).to_have_count(2)
    review.get_by_label("Fit", exact=True).select_option("70")
    expect(review.get_by_role("checkbox", name="Select")).to_have_count(1)
    assert "fit=70" in page.url
    page.reload()
    expect(review.get_by_role("checkbox", name="Select")).to_have_count(1)


def test_impact_follows_the_choice(
    new_page: Callable[..., Page], pages_served: str, planned: Vendor
) -> None:
    page = new_page()
    sign_in(page, pages_served, "ops_manager@vendor.example")
    page.goto(f"{pages_served}/ops/pauses/new")
    impact = page.get_by_role("region", name="Impact")
    expect(impact).to_contain_text("Choose what to pause")
    page.get_by_label("Client", exact=True).select_option("K2")
    expect(page.get_by_label("Everything of one client")).to_be_checked()
    expect(impact).to_contain_text("People affected 1")
    expect(impact.get_by_role("button", name="Pause Larkspur")).to_be_visible()


def test_refused_bulk_action_is_seen_bug(
    new_page: Callable[..., Page], app: Flask, pages_served: str, planned: Vendor
) -> None:
    """htmx swaps no error of its own accord: the click had seemed to do nothing."""

    @permit(Permission.REVIEW)
    def refuse(run_id: int) -> str:
        raise Refused("closed", f"Plan {run_id} is closed.")

    page = new_page()
    sign_in(page, pages_served, "ops_manager@vendor.example")
    page.goto(f"{pages_served}/ops/plans/{planned.run_id}")
    review = page.get_by_role("region", name="Proposals")
    app.view_functions["ops.decide"] = refuse
    review.get_by_label("All on this page").check()
    review.get_by_role("button", name="Approve").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(f"Plan {planned.run_id} is closed.")
    expect(alert).to_be_in_viewport()
    expect(review.get_by_role("checkbox", name="Select")).to_have_count(2)
    review.get_by_label("Fit", exact=True).select_option("70")
    expect(review.get_by_role("checkbox", name="Select")).to_have_count(1)
    expect(alert).to_have_count(0)
