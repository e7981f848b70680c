"""The contractor's offers: read, accept, decline, undo, and what became of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.models import Offer
from app.services.offers.offer_endings import withdraw_offers
from tests.app.offers import add_bare_offer, get_offer
from tests.app.web.conftest import CLIENT_NAME, SYSTEM, Browser, Vendor
from tests.app.web.crawling import open_address


@pytest.fixture
def offer_id(session: Session, planned: Vendor) -> int:
    """Ada is offered 20 hours a week on Larkspur at 42.00 instead of 40.00."""
    return add_bare_offer(session, planned.run_id, "C1", "P3")


def test_offer_says_all_that_an_answer_needs(contractor: Browser, offer_id: int) -> None:
    assert "You are offered work on Umbra" in contractor.get("/my/work").text
    assert "1 offer waits for your answer." in contractor.get("/my/offers").text
    page = contractor.get(f"/my/offers/{offer_id}")
    for said in (
        "Work on Umbra",
        "Please answer by",
        "20 h",
        "42.00 USD",
        "+2.00 against 40.00 before",
        "In place of Chordus",
        "Restores 20 of 20 lost hours a week.",
        "Your ops team approved it.",
        "Decline and say why",
    ):
        assert said in page.text
    assert CLIENT_NAME not in page.body


def test_offer_is_accepted_and_the_answer_undone(
    contractor: Browser, session: Session, offer_id: int
) -> None:
    page = contractor.post(f"/my/offers/{offer_id}/accept", {})
    assert "You have accepted this work." in page.text
    assert "Umbra" in contractor.get("/my/work").text
    page = contractor.post(f"/my/offers/{offer_id}/undo", {})
    assert "the offer waits for you again" in page.text
    assert get_offer(session, offer_id).status == "pending"


def test_offer_is_declined_with_a_reason(
    contractor: Browser, session: Session, offer_id: int
) -> None:
    form = {"reason": "rate", "note": "Less than the market pays."}
    page = contractor.post(f"/my/offers/{offer_id}/decline", form)
    assert "You have declined this work." in page.text
    assert "You said: The rate is too low. Less than the market pays." in page.text
    offer = get_offer(session, offer_id)
    assert (offer.status, offer.decline_reason) == ("declined", "rate")
    assert "Declined" in contractor.get("/my/offers").text


def test_answer_that_is_final_cannot_be_undone(
    contractor: Browser, session: Session, offer_id: int
) -> None:
    contractor.post(f"/my/offers/{offer_id}/accept", {})
    session.execute(update(Offer).values(answered_at=datetime.now(UTC) - timedelta(minutes=11)))
    session.commit()
    assert "Undo" not in contractor.get(f"/my/offers/{offer_id}").text
    page = contractor.post(f"/my/offers/{offer_id}/undo", {})
    assert page.status == 409
    assert "An answer can be undone for 10 minutes." in page.text


def test_offer_that_is_over_says_so_plainly(
    contractor: Browser, session: Session, offer_id: int
) -> None:
    session.execute(update(Offer).values(expires_at=datetime.now(UTC) - timedelta(minutes=1)))
    session.commit()
    page = contractor.get(f"/my/offers/{offer_id}")
    assert "The time to answer ended" in page.text
    assert "Accept" not in page.text
    assert "Expired" in contractor.get("/my/offers").text
    assert contractor.post(f"/my/offers/{offer_id}/accept", {}).status == 409


def test_withdrawn_offer_says_why(contractor: Browser, session: Session, offer_id: int) -> None:
    withdraw_offers(session, actor=SYSTEM, offer_ids=[offer_id], reason="the budget was cut")
    page = contractor.get(f"/my/offers/{offer_id}")
    assert "Your ops team has withdrawn this offer. The budget was cut." in page.text
    assert "Umbra" not in contractor.get("/my/work").text


def test_offer_of_somebody_else_reads_as_one_that_does_not_exist(
    contractor: Browser, session: Session, planned: Vendor
) -> None:
    """Check 2: offers."""
    theirs = add_bare_offer(session, planned.run_id, "C2", "P3")
    nowhere = open_address(contractor, "/my/offers/987654", {})
    assert nowhere.status == 404
    assert open_address(contractor, f"/my/offers/{theirs}", {}).body == nowhere.body
    for verb in ("accept", "decline", "undo"):
        assert contractor.post(f"/my/offers/{theirs}/{verb}", {}).status == 404
    assert get_offer(session, theirs).status == "pending"


@pytest.mark.parametrize(
    "form", [{"reason": "money"}, {"note": "x" * 1001}, {"pay_rate_cents": "9900"}]
)
def test_unusable_answers_are_refused(
    contractor: Browser, session: Session, offer_id: int, form: dict[str, str]
) -> None:
    assert contractor.post(f"/my/offers/{offer_id}/decline", form).status == 400
    assert get_offer(session, offer_id).status == "pending"
