"""Every page in Chromium: it fits, nothing complains, axe finds nothing, in both themes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from app.errors import Refused
from app.services.access.access import Permission
from app.web.guard import permit
from tests.app.web.conftest import Vendor
from tests.app.web.everything import add_everything
from tests.browser.accessibility import find_violations, read_axe
from tests.browser.conftest import sign_in

PAGES = {
    "ops_manager": (
        "/ops/",
        "/ops/insights",
        "/ops/insights/timeline",
        "/ops/drills",
        "/ops/drills/{drill}",
        "/ops/projects",
        "/ops/projects/P1",
        "/ops/projects/P2",
        "/ops/pauses",
        "/ops/pauses/new?project=P2",
        "/ops/pauses/{pause}",
        "/ops/pauses/{pause}/access",
        "/ops/pauses/{pause}/recall",
        "/ops/plans/{run}",
        "/ops/plans/{run}/review",
        "/ops/plans/{run}/review?status=all",
        "/ops/batches/{batch}",
        "/ops/plans/{run}/unplaced",
        "/ops/plans/{run}/open-demand",
        "/ops/plans/{run}/open-demand/P2",
        "/ops/plans/{run}/place/C3",
        "/ops/plans/{run}/limits",
        "/ops/proposals/1",
        "/ops/proposals/1/change",
        "/ops/offers",
        "/ops/claims",
        "/ops/exposure",
        "/ops/exposure/contractors",
        "/ops/exposure/clients/K1",
        "/ops/exposure/contractors/C1",
        "/ops/policies",
        "/ops/policies/new",
        "/ops/policies/{policy}",
        "/ops/scenarios",
        "/ops/scenarios/new",
        "/ops/scenarios/{scenario}",
        "/ops/scenarios/compare?id={scenario}&id={other}",
        "/timesheets/",
        "/timesheets/{sheet}",
        "/imports/",
        "/imports/format",
        "/imports/{unmatched}",
        "/imports/{ready}",
        "/imports/{upload}",
        "/imports/{upload}/problems",
        "/tokens",
    ),
    "contractor": (
        "/my/work",
        "/my/offers",
        "/my/offers/{offer}",
        "/my/availability",
        "/my/hours",
        "/my/calendar",
        "/messages/",
    ),
    "payroll": (
        "/payroll/",
        "/payroll/periods/{period}",
        "/payroll/periods/{period}?kind=unapproved",
        "/payroll/exports",
        "/payroll/exports/{export}",
        "/payroll/adjustments?person=a",
        "/payroll/exports/{export}/files",
        "/payroll/formats",
        "/payroll/formats/new/gusto",
        "/payroll/formats/new/columns",
        "/payroll/formats/{map}",
        "/payroll/groups/",
    ),
    "admin": (
        "/admin/users",
        "/admin/users/1",
        "/admin/mail",
        "/admin/webhooks",
        "/admin/webhooks/{webhook}",
        "/admin/audit",
    ),
    "auditor": ("/account", "/tf-setup", "/mf-recovery-codes", "/verify"),
}
"""Every page, by who sees it; a test holds it against the routes."""
NOT_PAGES = (
    "ops.plan_progress",
    "ops.plan_progress_table",
    "ops.recall_progress",
    "ops.recall_progress_table",
    "ops.scenario_progress",
    "ops.scenario_progress_table",
    "ops.insight_file",
    "ops.proposal_blockers",
    "ops.exposure_evidence",
    "payroll.export_file",
    "payroll.export_manifest",
    "formats.batch_file",
    "my_calendar.feed",
    "imports.template",
    "imports.bad_rows",
)
"""Parts of pages, and files."""
EMPTY_PAGES = {
    "ops_manager": (
        "/ops/",
        "/ops/insights",
        "/ops/drills",
        "/ops/exposure",
        "/ops/offers",
        "/ops/pauses",
        "/ops/projects?text=nothing",
        "/ops/projects/P3",
        "/ops/scenarios",
        "/timesheets/?text=nothing",
    ),
    "contractor": ("/my/hours?week=2030-01-07", "/my/offers"),
    "payroll": (
        "/payroll/",
        "/payroll/exports",
        "/payroll/adjustments?person=nobody",
        "/payroll/groups/",
    ),
    "admin": ("/admin/users?text=nothing", "/admin/audit?text=nothing"),
}
"""Pages with an empty list on them."""
_THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture
def everything(session: Session, planned: Vendor) -> dict[str, int]:
    """A row of each kind that has a page; name in an address -> key."""
    return add_everything(session, planned)


def test_every_page_of_a_desk_is_looked_at(app: Flask) -> None:
    adapter = app.url_map.bind("127.0.0.1")
    filled = re.compile(r"\{\w+\}|\?.*")
    looked_at = {
        adapter.match(filled.sub(lambda found: "1" if found[0][0] == "{" else "", path))[0]
        for paths in PAGES.values()
        for path in paths
    }
    own = ("contractor.", "my_calendar.page", "my_hours.", "offers.", "availability.")
    pay = ("timesheets.", "payroll.", "formats.", "pay_groups.")
    accounts = (
        "account.",
        "api_tokens.",
        "security.two_factor_setup",
        "security.mf_recovery_codes",
    )
    admin = ("admin.", "admin_user.", "admin_mail.", "admin_webhooks.")
    desks = ("messages.", "ops.", "imports.", *own, *pay, *admin, *accounts, "security.verify")
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint.startswith(desks)
    }
    assert pages - set(NOT_PAGES) == looked_at


@pytest.mark.parametrize("role", PAGES)
def test_pages_fit_and_are_accessible(
    new_page: Callable[..., Page], pages_served: str, everything: dict[str, int], role: str
) -> None:
    page = new_page(reduced_motion="reduce")
    page.add_init_script(read_axe())
    page.goto(f"{pages_served}/login")
    found = list_faults(page)
    sign_in(page, pages_served, f"{role}@vendor.example")
    for path in PAGES[role]:
        page.goto(pages_served + path.format(**everything))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found += list_faults(page)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("role", EMPTY_PAGES)
def test_pages_without_anything_on_them_are_as_good(
    new_page: Callable[..., Page], pages_served: str, people: None, role: str
) -> None:
    page = new_page(reduced_motion="reduce")
    page.add_init_script(read_axe())
    sign_in(page, pages_served, f"{role}@vendor.example")
    found = []
    for path in EMPTY_PAGES[role]:
        page.goto(pages_served + path)
        found += list_faults(page)
    assert found == [], "\n".join(found)


def list_faults(page: Page) -> list[str]:
    """What is wrong with the page at both widths and in both themes: too wide, or axe's rules."""
    found = []
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in _THEMES:
            page.emulate_media(color_scheme=theme)
            faults = find_violations(page, theme=theme, only_colours=theme == "dark")
            overflow = page.evaluate(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            faults += [f"{overflow} px too wide"] if overflow > 0 else []
            found += [f"{page.url} at {width} px, {theme}: {fault}" for fault in faults]
    return found


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
    page.goto(f"{pages_served}/ops/plans/{planned.run_id}/review")
    review = page.get_by_role("region", name="Proposals")
    expect(review.get_by_role("checkbox", name="Select")).to_have_count(2)
    review.get_by_label("Pay", exact=True).select_option("no_cut")
    expect(review.get_by_role("checkbox", name="Select")).to_have_count(1)
    assert "pay=no_cut" in page.url
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
    page.goto(f"{pages_served}/ops/plans/{planned.run_id}/review")
    review = page.get_by_role("region", name="Proposals")
    app.view_functions["ops.decide"] = refuse
    review.get_by_label("All on this page").check()
    review.get_by_role("button", name="Approve").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(f"Plan {planned.run_id} is closed.")
    expect(alert).to_be_in_viewport()
    expect(review.get_by_role("checkbox", name="Select")).to_have_count(2)
    review.get_by_label("Pay", exact=True).select_option("no_cut")
    expect(review.get_by_role("checkbox", name="Select")).to_have_count(1)
    expect(alert).to_have_count(0)
