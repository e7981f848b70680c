"""The plan desk in Chromium: words that follow the editor, a live search that stays still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.models import PlanProgress, PlanRun
from app.services.plans.plan_results import save_plan
from app.services.plans.planning import PlanOptions
from app.services.scenarios.scenario_requests import Case, Variant
from app.services.scenarios.scenarios import create_scenarios
from app.services.transaction import transaction
from tests.app.web.conftest import SYSTEM, Vendor
from tests.app.web.saved_plan import build_plan
from tests.app.web.test_ops_scenarios import ONE, OTHER, solve
from tests.browser.conftest import sign_in

MANAGER = "ops_manager@vendor.example"


@pytest.mark.usefixtures("people")
def test_words_follow_the_editor(new_page: Callable[..., Page], pages_served: str) -> None:
    page = new_page()
    sign_in(page, pages_served, MANAGER)
    page.goto(f"{pages_served}/ops/policies/new")
    words = page.get_by_role("region", name="In plain words")
    expect(words).to_contain_text("less than 80 % of the rate they lost")
    page.get_by_label("Largest pay cut").fill("5")
    page.get_by_label("Usual floor").click()
    expect(words).to_contain_text("less than 95 % of the rate they lost")
    page.get_by_label("Goal 2").select_option("coverage")
    expect(words).to_contain_text("Each goal once")
    page.get_by_label("Goal 2").select_option("hours")
    expect(words).to_contain_text("less than 95 % of the rate they lost")
    page.get_by_label("Name", exact=True).fill("Gentle on pay")
    page.get_by_role("button", name="Save policy").click()
    expect(page.get_by_role("row", name="Gentle on pay")).to_be_visible()


def add_progress(session: Session, run_id: int, seq: int, tier: str, value: int) -> None:
    with transaction(session):
        session.add(
            PlanProgress(
                plan_run_id=run_id, seq=seq, tier=tier, value=value, bound=900, elapsed_s=seq
            )
        )


def test_nothing_moves_under_the_cursor_while_a_search_is_live(
    new_page: Callable[..., Page], pages_served: str, session: Session, paused: Vendor
) -> None:
    now = datetime.now(UTC)
    session.execute(update(PlanRun).values(status="running", started_at=now))
    session.commit()
    add_progress(session, paused.run_id, 1, "coverage", 5)
    page = new_page()
    sign_in(page, pages_served, MANAGER)
    page.goto(f"{pages_served}/ops/plans/{paused.run_id}")
    stop = page.get_by_role("button", name="Good enough, stop now")
    expect(stop).to_be_enabled()
    stop.hover()
    stop.evaluate("button => { button.dataset.mine = 'yes'; }")
    place = stop.bounding_box()
    add_progress(session, paused.run_id, 2, "hours", 123_456)
    expect(page.get_by_role("figure").nth(1)).to_contain_text("24,691")
    add_progress(session, paused.run_id, 3, "fit", 4_000)
    expect(page.get_by_role("figure").nth(2)).to_contain_text("800")
    # The very button that was there: no poll has put another in its place.
    expect(stop).to_have_attribute("data-mine", "yes")
    assert stop.bounding_box() == place

    with transaction(session):
        run = session.get_one(PlanRun, paused.run_id)
        save_plan(session, run, build_plan(run.horizon_starts_on), actor=SYSTEM)
    # Somebody was about to press: the page waits with what to press instead.
    expect(page.get_by_role("region", name="Ready")).to_be_visible()
    page.get_by_role("link", name="Show what came of it").click()
    expect(page.get_by_role("region", name="Certificate")).to_be_visible()


def test_two_scenarios_are_ticked_and_compared_person_by_person(
    new_page: Callable[..., Page], pages_served: str, session: Session, paused: Vendor
) -> None:
    ids = create_scenarios(
        session,
        actor=SYSTEM,
        case=Case(paused.pause_id),
        variants=[
            Variant("people-first", with_extra=False),
            Variant("best-fit", with_extra=False),
        ],
        options=PlanOptions(),
    )
    for scenario_id, answer in zip(ids, (ONE, OTHER), strict=True):
        solve(session, scenario_id, answer)
    page = new_page()
    sign_in(page, pages_served, MANAGER)
    page.goto(f"{pages_served}/ops/scenarios")
    for scenario_id in ids:
        page.get_by_role("checkbox", name=f"Select scenario {scenario_id},").check()
    page.get_by_role("button", name="Compare side by side").click()
    people = page.get_by_role("region", name="A and B, person by person")
    expect(people.get_by_role("row", name="Bo")).to_contain_text("Larkspur 10 h, Umbra 10 h")
    people.get_by_role("link", name="Floor lost").click()
    expect(people.get_by_role("row", name="Bo")).to_have_count(0)
    expect(people.get_by_role("row", name="Ada")).to_be_visible()
    people.get_by_label("From").select_option("B")
    expect(page.get_by_role("region", name="B and A, person by person")).to_be_visible()
