"""The offers of the ops desk: answers, filters, and taking offers back."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.services.access.access import Actor
from app.services.offers.offer_answers import accept_offer, decline_offer
from tests.app.offers import add_bare_offer, get_offer
from tests.app.web.conftest import Browser, Vendor

ADA = Actor(None, "Ada", frozenset({"contractor"}), "C1")


@pytest.fixture
def offers(session: Session, planned: Vendor) -> tuple[int, int]:
    """Ada is offered Umbra, and Bo."""
    return (
        add_bare_offer(session, planned.run_id, "C1", "P3"),
        add_bare_offer(session, planned.run_id, "C2", "P3"),
    )


def test_answers_and_reasons_are_listed(
    ops: Browser, session: Session, offers: tuple[int, int]
) -> None:
    decline_offer(session, actor=ADA, offer_id=offers[0], reason="rate", note="Too little")
    assert "1 offer not answered yet" in ops.get("/ops/").text
    page = ops.get("/ops/offers")
    assert "Not answered yet 1" in page.text
    assert "Declined 1" in page.text
    (ada,) = [row for row in page.rows if "Ada" in row]
    assert "The rate is too low. Too little" in ada
    drawer = ops.get("/ops/proposals/3", fragment=True)
    assert "Offer Declined" in drawer.text
    assert "The rate is too low. Too little" in drawer.text
    waiting = ops.get("/ops/offers?state=pending")
    assert [row for row in waiting.rows[1:] if "Bo" in row]
    assert "Ada" not in waiting.text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("text=bo", "Bo"),
        ("text=C1", "Ada"),
        ("pause=1", "Ada Bo"),
        ("pause=9", ""),
        ("state=x", "Ada Bo"),
    ],
)
def test_filter_narrows(ops: Browser, offers: tuple[int, int], query: str, names: str) -> None:
    rows = " ".join(ops.get(f"/ops/offers?{query}").rows[1:])
    assert [name for name in ("Ada", "Bo") if name in rows] == names.split()


def test_unanswered_offers_are_withdrawn_with_a_reason(
    ops: Browser, session: Session, offers: tuple[int, int]
) -> None:
    accept_offer(session, actor=ADA, offer_id=offers[0])
    both = {"row": [str(offer_id) for offer_id in offers]}
    assert "Say why" in ops.post("/ops/offers/withdraw", both).text
    page = ops.post("/ops/offers/withdraw", both | {"reason": "The client cut the budget"})
    assert "1 offer withdrawn" in page.text
    assert get_offer(session, offers[0]).status == "accepted"
    assert get_offer(session, offers[1]).note == "The client cut the budget"
    again = ops.post("/ops/offers/withdraw", both | {"reason": "Again"})
    assert "Nothing changed" in again.text


def test_all_that_match_are_withdrawn(
    ops: Browser, session: Session, offers: tuple[int, int]
) -> None:
    form = {"all_matching": "1", "text": "Bo", "reason": "No room"}
    assert "1 offer withdrawn" in ops.post("/ops/offers/withdraw", form).text
    assert [get_offer(session, one).status for one in offers] == ["pending", "withdrawn"]


def test_list_is_a_file_too(ops: Browser, offers: tuple[int, int]) -> None:
    lines = ops.get("/ops/offers?format=csv").body.splitlines()
    assert len(lines) == 3
    assert "42.00,2.00,USD" in lines[1]
