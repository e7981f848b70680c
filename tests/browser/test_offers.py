"""A declined offer, from the contractor's phone to the next person, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Offer, Project, Proposal
from app.services.offers.offer_endings import settle_offers
from app.services.pauses.pausing import open_pause
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.planning import PlanOptions
from app.services.plans.repairing import request_repairs
from app.services.plans.solving import run_plan
from app.services.review.reviewing import ProposalVersion
from tests.app.offers import publish
from tests.app.web.conftest import add_people
from tests.app.world import SYSTEM
from tests.browser.conftest import sign_in


@pytest.fixture
def offered(session: Session, database: Database) -> int:
    """Larkspur has one seat free; it is offered to Ada, and Bo has nothing. Return the pause."""
    add_people(session)
    session.execute(update(Project).where(Project.project_id == "P2").values(seats=2))
    session.commit()
    opened = open_pause(
        session,
        actor=SYSTEM,
        project_ids=["P1"],
        effective_at=datetime.now(UTC) - timedelta(hours=1),
        reason_class="funding",
        options=PlanOptions(time_limit_s=10, workers=1),
    )
    session.execute(text("INSERT INTO rejected_pairs VALUES ('C2', 'P2', 'for now', NULL)"))
    session.commit()
    run_plan(database, opened.plan_run_id, limits=ChildLimits())
    session.execute(text("DELETE FROM rejected_pairs"))
    rows = session.execute(select(Proposal.id, Proposal.version)).all()
    session.commit()
    publish(session, [ProposalVersion(*row) for row in rows])
    return opened.pause_id


def test_declined_offer_goes_on_to_the_next(
    new_page: Callable[..., Page],
    pages_served: str,
    database: Database,
    session: Session,
    offered: int,
) -> None:
    ada = new_page(width=390, height=844)
    sign_in(ada, pages_served, "contractor@vendor.example")
    ada.get_by_role("link", name="look at it and answer").click()
    expect(ada.get_by_role("heading", name="Work on Larkspur", level=1)).to_be_visible()
    ada.get_by_text("Decline", exact=True).click()
    ada.get_by_label("The rate is too low").check()
    ada.get_by_label("In your own words").fill("Less than the market pays.")
    ada.get_by_role("button", name="Decline this work").click()
    expect(ada.get_by_text("You have declined this work.")).to_be_visible()
    ada.get_by_role("button", name="Undo").click()
    expect(ada.get_by_role("button", name="Accept")).to_be_visible()
    ada.get_by_text("Decline", exact=True).click()
    ada.get_by_label("The rate is too low").check()
    ada.get_by_role("button", name="Decline this work").click()
    expect(ada.get_by_text("You said: The rate is too low")).to_be_visible()

    session.execute(update(Offer).values(answered_at=datetime.now(UTC) - timedelta(minutes=11)))
    session.commit()
    assert settle_offers(session, actor=SYSTEM) == 1
    (run_id,) = request_repairs(session, actor=SYSTEM)
    run_plan(database, run_id, limits=ChildLimits())

    manager = new_page()
    sign_in(manager, pages_served, "ops_manager@vendor.example")
    manager.goto(f"{pages_served}/ops/offers")
    row = manager.get_by_role("row", name="Ada")
    expect(row).to_contain_text("The rate is too low")
    row.get_by_role("link", name=f"Plan {run_id} looks for other work").click()
    expect(manager.get_by_text("It fills holes")).to_be_visible()
    manager.get_by_role("link", name="Review 1 proposal").click()
    review = manager.get_by_role("region", name="Proposals")
    review.get_by_label("Select Bo on Larkspur").check()
    review.get_by_role("button", name="Approve").click()
    expect(manager.get_by_role("region", name="Last decisions")).to_contain_text(
        "1 proposal approved."
    )
