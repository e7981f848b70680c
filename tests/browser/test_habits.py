"""Working by habit: keys, the palette, columns and filters that are remembered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.app.web.conftest import Vendor
from tests.browser.accessibility import find_violations
from tests.browser.conftest import sign_in


@pytest.fixture
def ops_page(new_page: Callable[..., Page], pages_served: str, planned: Vendor) -> Page:
    """An ops manager's page, signed in."""
    page = new_page(reduced_motion="reduce")
    sign_in(page, pages_served, "ops_manager@vendor.example")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def test_keys_walk_select_and_approve(ops_page: Page, pages_served: str, planned: Vendor) -> None:
    page = ops_page
    page.goto(f"{pages_served}/ops/plans/{planned.run_id}/review")
    review = page.get_by_role("region", name="Proposals")
    rows = review.locator("tbody tr")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_class("cursor")
    page.keyboard.press("k")
    expect(rows.nth(0)).to_have_class("cursor")
    expect(rows.nth(0).get_by_role("link", name="Ada")).to_be_focused()
    page.keyboard.press("x")
    expect(review.get_by_text("1 selected")).to_be_visible()
    page.keyboard.press("x")
    expect(review.get_by_text("None selected")).to_be_visible()
    # With nothing selected, approving means the row under the cursor.
    page.keyboard.press("a")
    expect(page.get_by_text("1 proposal approved.")).to_be_visible()
    expect(review.get_by_role("checkbox", name="Select")).to_have_count(1)
    expect(rows.nth(0)).to_have_class("cursor")
    page.keyboard.press("x")
    page.keyboard.press("r")
    reason = review.get_by_label("Reason, needed to reject")
    expect(reason).to_be_focused()
    page.keyboard.type("joke")
    expect(reason).to_have_value("joke")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 proposal rejected.")).to_be_visible()


def test_enter_opens_the_row_and_slash_searches(ops_page: Page, pages_served: str) -> None:
    page = ops_page
    page.goto(f"{pages_served}/ops/projects")
    page.keyboard.press("/")
    expect(page.get_by_label("Codename")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Chordus", level=1)).to_be_visible()


def test_help_lists_the_keys_and_switches_them_off(
    ops_page: Page, pages_served: str, planned: Vendor
) -> None:
    page = ops_page
    page.goto(f"{pages_served}/ops/plans/{planned.run_id}/review")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Approve what is selected, or the row")
    assert find_violations(page) == []
    keys.get_by_label("Keys of a single letter work").uncheck()
    page.keyboard.press("Escape")
    expect(keys).not_to_be_visible()
    page.reload()
    page.keyboard.press("?")
    page.keyboard.press("j")
    expect(keys).not_to_be_visible()
    expect(page.locator("tr.cursor")).to_have_count(0)
    page.get_by_role("button", name="Keys").click()
    keys.get_by_label("Keys of a single letter work").check()
    keys.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    expect(page.locator("tr.cursor")).to_have_count(1)


def test_palette_goes_to_a_project(ops_page: Page) -> None:
    page = ops_page
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Go to a page")
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="Pause of Chordus")).to_be_visible()
    page.keyboard.type("lark")
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("option", name="Larkspur")).to_have_attribute("aria-selected", "true")
    assert find_violations(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Larkspur", level=1)).to_be_visible()


def test_palette_is_chosen_from_with_arrows_and_closed_by_a_click_beside_it(
    ops_page: Page,
) -> None:
    page = ops_page
    page.get_by_role("button", name="Go to").click()
    options = page.get_by_role("option")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.mouse.click(5, 5)
    expect(page.get_by_role("combobox")).not_to_be_visible()


def test_hidden_column_stays_hidden(ops_page: Page, pages_served: str) -> None:
    page = ops_page
    page.goto(f"{pages_served}/ops/projects")
    head = page.get_by_role("columnheader", name="Priority")
    expect(head).to_be_visible()
    page.locator("summary").get_by_text("Columns").click()
    page.get_by_label("Priority").uncheck()
    expect(head).not_to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Priority")).not_to_be_visible()
    page.reload()
    expect(page.get_by_role("columnheader", name="People")).to_be_visible()
    expect(head).not_to_be_visible()


def test_way_back_leads_to_the_filtered_list(ops_page: Page, pages_served: str) -> None:
    page = ops_page
    page.goto(f"{pages_served}/ops/projects")
    page.get_by_role("combobox", name="Status").select_option("open")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Larkspur", exact=True).click()
    crumbs = page.get_by_role("navigation", name="Where you are")
    crumbs.get_by_role("link", name="Projects").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Projects", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(3)


def test_paper_shows_the_list_alone(ops_page: Page, pages_served: str) -> None:
    page = ops_page
    page.goto(f"{pages_served}/ops/projects?print=1")
    page.emulate_media(media="print")
    expect(page.get_by_role("cell", name="Larkspur")).to_be_visible()
    expect(page.get_by_role("navigation", name="Desks")).not_to_be_visible()
    expect(page.get_by_role("link", name="CSV")).not_to_be_visible()
