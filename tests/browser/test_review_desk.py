"""The review desk in Chromium: the drawer, a change by hand, a batch in steps, undo."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.app.web.conftest import Vendor
from tests.browser.accessibility import find_violations
from tests.browser.conftest import sign_in


@pytest.fixture
def review_page(new_page: Callable[..., Page], pages_served: str, planned: Vendor) -> Page:
    page = new_page(reduced_motion="reduce")
    sign_in(page, pages_served, "ops_manager@vendor.example")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"{pages_served}/ops/plans/{planned.run_id}/review")
    return page


def test_change_in_the_drawer_is_judged_while_one_types(review_page: Page) -> None:
    page = review_page
    drawer = page.get_by_role("complementary", name="Proposal")
    page.get_by_role("link", name="Ada", exact=True).click()
    expect(drawer.get_by_role("heading", name="Ada on Larkspur")).to_be_visible()
    expect(page.get_by_role("link", name="Ada", exact=True)).to_be_focused()
    assert find_violations(page) == []
    drawer.get_by_role("link", name="Change").click()
    expect(drawer).to_contain_text("Every rule and every limit holds now.")
    drawer.get_by_label("Hours a week").fill("5")
    expect(drawer.get_by_role("row", name="Keeps the floor yes no")).to_be_visible()
    assert find_violations(page) == []
    drawer.get_by_role("button", name="Save the change").click()
    expect(drawer).to_contain_text("Changed. Later plans leave it as it is.")
    expect(drawer.get_by_role("heading", name="Ada on Larkspur")).to_be_visible()
    expect(page.get_by_role("region", name="Proposals")).to_contain_text("5 h")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(page.get_by_role("link", name="Ada", exact=True)).to_be_focused()


def test_batch_runs_step_by_step_and_is_undone(
    review_page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.ops.review_views.STEP", 1)
    page = review_page
    review = page.get_by_role("region", name="Proposals")
    review.get_by_label("All on this page").check()
    review.get_by_role("button", name="Approve").click()
    log = page.get_by_role("region", name="Last decisions")
    expect(log).to_contain_text("2 proposals approved.")
    expect(review).to_contain_text("Nothing left to decide")
    log.get_by_role("button", name="Undo").click()
    expect(log).to_contain_text("Undone: 2 proposals approved.")
    expect(review.get_by_role("checkbox", name="Select")).to_have_count(2)


def test_filter_is_folded_on_a_phone_and_stays_as_it_was_left(review_page: Page) -> None:
    page = review_page
    country = page.get_by_label("Country", exact=True)
    more = page.get_by_text("More filters")
    expect(country).to_be_visible()
    expect(more).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(country).to_be_hidden()
    expect(page.get_by_label("Person or project")).to_be_visible()
    more.click()
    expect(country).to_be_visible()
    assert find_violations(page) == []
    with page.expect_response(lambda response: "coverage=full" in response.url):
        page.locator("#f-coverage").select_option("full")
    expect(page.get_by_role("link", name="Clear", exact=True)).to_be_visible()
    expect(country).to_be_visible()
    more.click()
    expect(country).to_be_hidden()
