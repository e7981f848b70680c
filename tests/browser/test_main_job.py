"""The main job, end to end: pause Chordus, plan, approve, see the new work, pay it.

Real PostgreSQL, web process, worker process and Chromium, on the sample data.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.cli.demo_data import import_sample
from app.exports.payroll_csv import HEADER
from app.models import Assignment, Contractor, Project, Proposal
from app.services.access.accounts import add_user
from tests.app.pay_world import approve, enter
from tests.app.web.conftest import PASSWORD, SYSTEM
from tests.browser.conftest import SOLVE_TIME_LIMIT_S, sign_in

_PLAN_TIMEOUT_MS = (SOLVE_TIME_LIMIT_S + 60) * 1000
_HOURS = "8"


@dataclass(frozen=True)
class Place:
    """The approved proposal that the rest of the journey follows."""

    contractor_id: str
    name: str
    payroll_id: str
    project_id: str
    codename: str
    hours_per_week: int
    starts_on: date


@pytest.fixture
def sample(session: Session) -> None:
    """The Chordus sample, its dates moved to this week, and the vendor's own people."""
    import_sample(session)
    for role in ("ops_manager", "payroll"):
        add_account(session, role)


def add_account(session: Session, role: str, contractor_id: str | None = None) -> None:
    add_user(
        session,
        actor=SYSTEM,
        email=f"{role}@vendor.example",
        name=role,
        role=role,
        password=PASSWORD,
        contractor_id=contractor_id,
    )


@pytest.mark.usefixtures("sample")
def test_main_job(
    new_page: Callable[..., Page], served: str, fresh: Callable[[], Session], tmp_path: Path
) -> None:
    manager = new_page()
    sign_in(manager, served, "ops_manager@vendor.example")
    pause_chordus(manager)
    watch_the_plan(manager)
    place = choose_place(fresh())
    approve_in_bulk_but_reject_one(manager, fresh, place)
    place_somebody_by_hand(manager, fresh())

    add_account(fresh(), "contractor", place.contractor_id)
    contractor = new_page(width=390, height=844)
    sign_in(contractor, served, "contractor@vendor.example")
    accept_the_offer(contractor, place)
    see_the_new_work(contractor, place)
    be_refused_on_chordus(contractor, served)
    log_hours_on_the_new_project(contractor, served, place)

    payroll = new_page()
    sign_in(payroll, served, "payroll@vendor.example")
    approve_a_day(fresh(), place)
    content = export(payroll, place, tmp_path)
    assert_file_holds_exactly(content, fresh(), place)


def pause_chordus(page: Page) -> None:
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Pause work").first.click()
    page.get_by_role("checkbox", name="Chordus").check()
    impact = page.get_by_role("region", name="Impact")
    expect(impact).to_contain_text("People affected 300")
    expect(impact).to_contain_text("Hours lost a week")
    page.get_by_label("Kind of reason").select_option(label="Security breach")
    page.get_by_label("Comment").fill("Their security team called at nine.")
    impact.get_by_role("button", name="Pause Chordus").click()


def watch_the_plan(page: Page) -> None:
    expect(page.get_by_text("The plan for these people is being made.")).to_be_visible()
    expect(page.get_by_role("region", name="Solving")).to_be_visible(timeout=_PLAN_TIMEOUT_MS)
    expect(page.get_by_role("figure").first).to_contain_text("of at most")
    certificate = page.get_by_role("region", name="Certificate")
    expect(certificate).to_be_visible(timeout=_PLAN_TIMEOUT_MS)
    expect(certificate).to_contain_text("people keep at least their floor of weekly hours.")
    expect(certificate).to_contain_text("No plan can do better")
    expect(certificate).to_contain_text("Checked independently")


def choose_place(session: Session) -> Place:
    """Return a proposal that starts with the horizon, for someone whom payroll can pay."""
    alone = (
        select(Proposal.contractor_id).group_by(Proposal.contractor_id).having(func.count() == 1)
    )
    row = session.execute(
        select(Proposal, Contractor, Project)
        .join(Contractor, Contractor.contractor_id == Proposal.contractor_id)
        .join(Project, Project.project_id == Proposal.project_id)
        .where(
            Proposal.contractor_id.in_(alone),
            Contractor.payroll_id != "",
            Proposal.starts_on <= datetime.now(UTC).date() + timedelta(days=7),
            Proposal.hours_per_week >= int(_HOURS),
        )
        .order_by(Proposal.fit.desc(), Proposal.id)
    ).first()
    assert row is not None
    proposal, contractor, project = row
    return Place(
        contractor.contractor_id,
        contractor.name,
        contractor.payroll_id,
        project.project_id,
        project.codename,
        proposal.hours_per_week,
        proposal.starts_on,
    )


def approve_in_bulk_but_reject_one(page: Page, fresh: Callable[[], Session], place: Place) -> None:
    page.get_by_role("link", name=re.compile("^Review .* proposals$")).click()
    review = page.get_by_role("region", name="Proposals")
    said = page.get_by_role("region", name="Last decisions")
    review.get_by_label("All on this page").check()
    review.get_by_label(f"Select {place.name} on {place.codename}").check()
    turned_down = review.get_by_role("checkbox", name="Select").last
    turned_down_name = turned_down.get_attribute("aria-label") or ""
    turned_down.uncheck()
    chosen = review.get_by_role("checkbox", name="Select", checked=True).count()
    expect(review).to_contain_text(f"{chosen} selected")
    review.get_by_role("button", name="Approve").click()
    expect(said).to_contain_text(f"{chosen} proposals approved.")
    # The list renews itself after the words: what is sent from the old one would be lost with it.
    approved = review.get_by_role("link", name=re.compile("^Approved"))
    expect(approved).to_contain_text(str(chosen))

    page.get_by_label(turned_down_name).check()
    review.get_by_role("button", name="Reject").click()
    expect(review).to_contain_text("Give a reason")
    page.get_by_label(turned_down_name).check()
    review.get_by_label("Reason, needed to reject").fill("Needed elsewhere next week")
    review.get_by_role("button", name="Reject").click()
    expect(said).to_contain_text("1 proposal rejected.")

    approved.click()
    expect(approved).to_have_attribute("aria-current", "page")
    review.get_by_label("All on this page").check()
    review.get_by_role("button", name="Publish").click()
    expect(said).to_contain_text(f"{chosen} proposals published.")

    session = fresh()
    rows = session.execute(select(Proposal.status, func.count()).group_by(Proposal.status))
    counts = {row[0]: row[1] for row in rows}
    assert (counts["published"], counts["rejected"]) == (chosen, 1)
    made = select(func.count()).select_from(Assignment).where(Assignment.proposal_id.is_not(None))
    assert session.scalar(made) == chosen


def accept_the_offer(page: Page, place: Place) -> None:
    expect(page.get_by_text("Chordus is paused from")).to_be_visible()
    page.get_by_role("link", name="look at it and answer").click()
    offer = page.get_by_role("region", name="What is offered")
    expect(offer).to_contain_text(f"{place.hours_per_week} h")
    expect(offer).to_contain_text(re.compile(r"In place of\s*Chordus"))
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("You have accepted this work.")).to_be_visible()
    page.get_by_role("link", name="your assignments").click()


def place_somebody_by_hand(page: Page, session: Session) -> None:
    """The clients ask for more: give somebody whom the plan left short a place, and publish it."""
    more = Project.demand_hours + 200
    session.execute(update(Project).values(demand_hours=more, seats=None, weekly_budget_cents=None))
    session.commit()
    page.get_by_label("Where you are").get_by_role("link", name="Plan", exact=True).click()
    page.get_by_role("link", name="Open demand is used up").click()
    page.get_by_role("link", name=re.compile("^Place .* by hand$")).first.click()
    ranked = page.get_by_role("region", name="Projects that every rule allows")
    ranked.get_by_role("rowgroup").last.get_by_role("link").first.click()
    expect(page.get_by_text("Every rule and every limit holds now.")).to_be_visible()
    page.get_by_role("button", name="Propose this place").click()
    expect(page.get_by_text("It waits for approval like every other")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("1 proposal approved.")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("1 proposal published.")).to_be_visible()


def see_the_new_work(page: Page, place: Place) -> None:
    card = page.get_by_role("region", name=place.codename)
    expect(card).to_contain_text(f"{place.hours_per_week} h")
    expect(card).to_contain_text("This takes the place of Chordus")
    expect(card).to_contain_text("Restores")


def be_refused_on_chordus(page: Page, served: str) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    page.goto(f"{served}/my/hours?week={tomorrow.isoformat()}")
    fill_day(page, "Chordus", tomorrow)
    page.get_by_role("button", name="Save hours").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("1 day was not saved")
    expect(alert).to_contain_text("paused")


def log_hours_on_the_new_project(page: Page, served: str, place: Place) -> None:
    page.goto(f"{served}/my/hours?week={place.starts_on.isoformat()}")
    if place.starts_on > datetime.now(UTC).date():
        # Nothing can be entered for a day to come.
        expect(find_day(page, place.codename, place.starts_on)).to_be_disabled()
        return
    fill_day(page, place.codename, place.starts_on)
    page.get_by_role("button", name="Save hours").click()
    expect(page.get_by_text("Saved 1 day.")).to_be_visible()


def fill_day(page: Page, codename: str, day: date) -> None:
    find_day(page, codename, day).fill(_HOURS)


def find_day(page: Page, codename: str, day: date) -> Locator:
    return page.get_by_label(f"{codename}, {day:%a} {day.day} {day:%b %Y}")


def approve_a_day(session: Session, place: Place) -> None:
    """The work begins in days to come; its first day counts as worked and approved."""
    assignment_id = session.scalars(
        select(Assignment.assignment_id).where(
            Assignment.contractor_id == place.contractor_id,
            Assignment.project_id == place.project_id,
            Assignment.proposal_id.is_not(None),
        )
    ).one()
    hours = {(assignment_id, place.starts_on): _HOURS}
    approve(session, enter(session, place.contractor_id, place.starts_on, hours))


def export(page: Page, place: Place, folder: Path) -> bytes:
    for label in ("First day", "Last day"):
        page.get_by_label(label).fill(place.starts_on.isoformat())
    page.get_by_role("button", name="Open period").click()
    expect(page.get_by_role("region", name="Ready to export")).to_contain_text("1 person is due")
    page.get_by_role("button", name="Export 1 line").click()
    expect(page.get_by_role("heading", name="Export 1", exact=True)).to_be_visible()
    contents = []
    for attempt in ("first", "second"):
        with page.expect_download() as download:
            page.get_by_role("link", name="Download CSV").click()
        download.value.save_as(folder / attempt)
        contents.append((folder / attempt).read_bytes())
    assert contents[0] == contents[1]
    return contents[0]


def assert_file_holds_exactly(content: bytes, session: Session, place: Place) -> None:
    assignment = session.scalars(
        select(Assignment).where(
            Assignment.contractor_id == place.contractor_id,
            Assignment.project_id == place.project_id,
            Assignment.proposal_id.is_not(None),
        )
    ).one()
    assert assignment.pay_rate_cents is not None
    currency = session.get_one(Contractor, place.contractor_id).currency
    header, *lines = csv.reader(content.decode("utf-8-sig").splitlines())
    assert tuple(header) == HEADER
    assert lines == [
        [
            "1",
            "1",
            place.payroll_id,
            place.name,
            place.codename,
            "regular",
            place.starts_on.isoformat(),
            place.starts_on.isoformat(),
            "8.00",
            f"{assignment.pay_rate_cents / 100:.2f}",
            f"{8 * assignment.pay_rate_cents / 100:.2f}",
            currency,
            "",
        ]
    ]
