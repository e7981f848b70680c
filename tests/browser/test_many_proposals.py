"""Ten thousand proposals in Chromium: filter, approve all that match, the bar, outcomes, undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from app.models import Assignment, PlanRun, Proposal, Role, User
from app.services.imports.importing import import_roster
from app.services.pauses.pausing import open_pause
from app.services.plans.plan_results import SolvedPlan, save_plan
from app.services.plans.planning import PlanOptions
from app.services.transaction import transaction
from app.web.formatting import format_number
from tests.app.web.conftest import SYSTEM, hash_test_password
from tests.app.web.saved_plan import build_certificate
from tests.browser.conftest import sign_in
from tests.factories import Cell, make_roster

NUM_CONTRACTORS, NUM_PROPOSALS, NUM_PROJECTS = 5_000, 10_000, 10
SCARCE, SEATS = "Scarce", 300
NAMES = ("first", "second")
BATCH_TIMEOUT_MS = 120_000
MATCHING = (Proposal.fit >= 70, Proposal.pay_rate_cents >= Proposal.previous_pay_rate_cents)

COPY_PEOPLE = """
    INSERT INTO contractors
    SELECT (jsonb_populate_record(one, jsonb_build_object(
        'contractor_id', 'C' || n, 'name', 'Person ' || n, 'email', n || '@example.org'))).*
    FROM contractors one CROSS JOIN generate_series(1, :most - 1) n
"""
COPY_WORK = """
    INSERT INTO assignments
    SELECT (jsonb_populate_record(one, jsonb_build_object(
        'assignment_id', 'A' || n, 'contractor_id', 'C' || n))).*
    FROM assignments one CROSS JOIN generate_series(1, :most - 1) n
"""
ADD_PROPOSALS = """
    INSERT INTO proposals (
        plan_run_id, contractor_id, project_id, hours_per_week, starts_on, fit, pay_rate_cents,
        previous_pay_rate_cents, currency, from_projects, restored_hour_weeks)
    SELECT r.id, 'C' || n, 'P' || (n + place) % :projects, 20, r.horizon_starts_on,
        40 + (7 * n + 13 * place) % 61, 4000, 4000 + CASE WHEN n % 4 = 0 THEN 500 ELSE 0 END,
        'USD', 'PAUSED', 160
    FROM plan_runs r, generate_series(0, :most - 1) n, generate_series(0, 1) place
"""
"""Two places of half the lost hours for everybody, of every fit, a quarter of them pay cuts."""

WATCH_FIRST_ROW = """
    window.seen = {tops: new Set(), values: new Set()};
    const look = () => {
        const bar = document.querySelector("progress"), row = document.querySelector("tbody tr");
        if (bar && row) {
            window.seen.values.add(bar.value);
            window.seen.tops.add(row.getBoundingClientRect().top);
        }
        requestAnimationFrame(look);
    };
    look();
"""


@pytest.fixture
def run_id(session: Session) -> int:
    """A plan of 10,000 proposals; each holds but those beyond the seats of one project."""
    projects: list[dict[str, Cell]] = [
        {"project_id": f"P{number}", "demand_hours": 100_000} for number in range(NUM_PROJECTS)
    ]
    projects[-1] |= {"codename": SCARCE, "seats": SEATS}
    roster = make_roster(
        projects=[{"project_id": "PAUSED", "codename": "Chordus"}, *projects],
        contractors=[{"contractor_id": "C0"}],
        assignments=[
            {
                "assignment_id": "A0",
                "contractor_id": "C0",
                "project_id": "PAUSED",
                "hours_per_week": 40,
            }
        ],
    )
    import_roster(session, roster, actor=SYSTEM, source="a test")
    role = session.scalars(select(Role).where(Role.name == "ops_manager")).one()
    with transaction(session):
        for name in NAMES:
            session.add(build_manager(name, role))
        for statement in (COPY_PEOPLE, COPY_WORK):
            session.execute(text(statement), {"most": NUM_CONTRACTORS})
    opened = open_pause(
        session,
        actor=SYSTEM,
        project_ids=["PAUSED"],
        effective_at=datetime.now(UTC).replace(second=0, microsecond=0),
        reason_class="other",
        options=PlanOptions(),
    )
    with transaction(session):
        run = session.get_one(PlanRun, opened.plan_run_id)
        run.started_at = datetime.now(UTC)
        save_plan(
            session, run, SolvedPlan(True, build_certificate(), SUMMARY, [], []), actor=SYSTEM
        )
        keys = {"most": NUM_CONTRACTORS, "projects": NUM_PROJECTS}
        session.execute(text(ADD_PROPOSALS), keys)
        session.execute(text("ANALYZE"))
    return opened.plan_run_id


SUMMARY: dict[str, Any] = {
    "num_affected": NUM_CONTRACTORS,
    "num_away": 0,
    "num_covered": NUM_CONTRACTORS,
    "lost_hours": 40 * NUM_CONTRACTORS,
    "restored_hours": 40.0 * NUM_CONTRACTORS,
    "lost_hour_weeks": 320.0 * NUM_CONTRACTORS,
    "restored_hour_weeks": 320.0 * NUM_CONTRACTORS,
    "top_blockers": [],
}


def build_manager(name: str, role: Role) -> User:
    return User(
        email=f"{name}@vendor.example",
        name=name,
        password=hash_test_password(),
        fs_uniquifier=name,
        roles=[role],
    )


def test_filter_and_bulk_approve_at_10_000_rows(
    new_page: Callable[..., Page], pages_served: str, run_id: int, fresh: Callable[[], Session]
) -> None:
    matching = count(fresh(), *MATCHING)
    num_refused = count(fresh(), *MATCHING, Proposal.project_id == "P9") - SEATS
    num_done = matching - num_refused
    assert num_refused > 0
    address = f"{pages_served}/ops/plans/{run_id}/review"
    first, second = (open_review(new_page(), pages_served, name, address) for name in NAMES)

    expect(get_tab(first, "To decide")).to_have_text("To decide 10,000")
    ask_to_approve_all(first, matching)
    top_row = get_review(first).get_by_role("row").nth(1).inner_text()

    second.reload()
    second.evaluate(WATCH_FIRST_ROW)
    second.get_by_role("button", name="Confirm and approve").click()
    bar = second.get_by_role("progressbar", name="How far the batch is")
    expect(bar).to_have_attribute("max", str(matching))
    sentence = f"{format_number(num_done)} proposals approved, {num_refused} not."
    expect(get_log(second)).to_contain_text(sentence, timeout=BATCH_TIMEOUT_MS)
    expect(bar).to_have_count(0)
    left = format_number(NUM_PROPOSALS - num_done)
    expect(get_tab(second, "To decide")).to_have_text(f"To decide {left}")
    tops, values = second.evaluate("[[...window.seen.tops], [...window.seen.values]]")
    assert len(tops) == 1
    assert len(values) > 1
    assert get_review(first).get_by_role("row").nth(1).inner_text() == top_row
    assert count_places(fresh()) == num_done
    see_why_not(second, num_refused)

    first.goto(address)
    get_log(first).get_by_role("button", name="Undo").click()
    expect(get_log(first)).to_contain_text(f"Undone: {sentence}", timeout=BATCH_TIMEOUT_MS)
    expect(get_tab(first, "To decide")).to_have_text("To decide 10,000")
    assert count_places(fresh()) == 0


def open_review(page: Page, served: str, name: str, address: str) -> Page:
    sign_in(page, served, f"{name}@vendor.example")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(address)
    return page


def ask_to_approve_all(page: Page, matching: int) -> None:
    """Filter for fit >= 70 and no pay cut, and ask for all that match: a second person has to."""
    review, number = get_review(page), format_number(matching)
    review.get_by_label("Fit from").fill("70")
    review.get_by_label("Fit from").press("Tab")
    expect(review).to_contain_text("proposals: fit 70 or more")
    review.get_by_label("Pay", exact=True).select_option(label="No cut")
    expect(review).to_contain_text(f"{number} proposals: fit 70 or more, no pay cut")
    review.get_by_label(f"All {number} that match").check()
    expect(review).to_contain_text(f"{number} selected")
    review.get_by_role("button", name="Approve").click()
    waiting = page.get_by_role("region", name="Waits for a second approver")
    expect(waiting).to_contain_text(f"Approve {number} proposals", timeout=BATCH_TIMEOUT_MS)
    expect(waiting.get_by_role("button", name="Confirm and approve")).to_have_count(0)
    # The list has been read anew: a request on its way would be broken off by the next page.
    expect(review.get_by_label(f"All {number} that match")).not_to_be_checked()


def see_why_not(page: Page, num_refused: int) -> None:
    get_log(page).get_by_role("link", name=f"Why {num_refused} not").click()
    rows = page.get_by_role("region", name="Rows")
    expect(rows).to_contain_text(f"of {num_refused} rows")
    one = rows.get_by_role("row", name=SCARCE).first
    expect(one).to_contain_text("Not done")
    expect(one).to_contain_text("The project has no free seat any more.")


def get_review(page: Page) -> Locator:
    return page.get_by_role("region", name="Proposals")


def get_log(page: Page) -> Locator:
    return page.get_by_role("region", name="Last decisions")


def get_tab(page: Page, name: str) -> Locator:
    return get_review(page).get_by_role("link", name=name)


def count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Proposal).where(*conditions)) or 0


def count_places(session: Session) -> int:
    made = select(func.count()).select_from(Assignment).where(Assignment.proposal_id.is_not(None))
    return session.scalar(made) or 0
