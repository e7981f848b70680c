"""The pages of pictures: figures in words, tables behind, files, filters."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Proposal
from app.services.review.reviewing import ProposalVersion, approve_proposals
from app.web.ops.insights import PICTURES
from tests.app.web.conftest import SYSTEM, Browser, Vendor


@pytest.fixture
def placed(session: Session, planned: Vendor) -> Vendor:
    """Ada has her 20 hours back, Bo waits."""
    rows = session.execute(
        select(Proposal.id, Proposal.version).where(Proposal.contractor_id == "C1")
    ).all()
    session.rollback()
    approve_proposals(session, actor=SYSTEM, proposals=[ProposalVersion(*row) for row in rows])
    return planned


def test_insights_tell_how_it_stands(ops: Browser, placed: Vendor) -> None:
    page = ops.get("/ops/insights")
    for words in (
        "People affected 2 1 have a new place",
        "Hours restored 50 % 20 of 40 h a week",
        "Pay at risk a week 800 USD",
        "50 % of 40 lost hours a week restored",
        "1 person waits for a place.",
    ):
        assert words in page.text, words
    # Not within 1 day: the pause of yesterday noon is a day old in the afternoon.
    assert "Within 3 days: 50 %, 1 of 2 people so far" in page.body
    assert any(row.startswith("Bo C2") for row in page.rows)


def test_insights_of_one_pause_keep_to_it(ops: Browser, placed: Vendor) -> None:
    assert "The pause of Chordus" in ops.get(f"/ops/insights?pause={placed.pause_id}").text
    for unknown in ("987654", "x", "9" * 40):
        assert ops.get(f"/ops/insights?pause={unknown}").status == 404


def test_insights_without_a_pause_say_what_to_do(ops: Browser) -> None:
    page = ops.get("/ops/insights")
    assert "No pause yet" in page.text
    assert "No pause takes hours away." in page.text
    assert "No pause yet" in ops.get("/ops/insights/timeline").text


@pytest.mark.parametrize("key", list(PICTURES))
def test_every_picture_has_its_table_as_a_file(ops: Browser, placed: Vendor, key: str) -> None:
    answer = ops.send("GET", f"/ops/insights/{key}.csv")
    assert answer.mimetype == "text/csv"
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert len(lines) > (0 if key == "skills" else 1)


def test_file_of_no_picture_does_not_exist(ops: Browser) -> None:
    assert ops.get("/ops/insights/passwords.csv").status == 404


def test_timeline_shows_before_and_after(ops: Browser, placed: Vendor) -> None:
    page = ops.get(f"/ops/insights/timeline?pause={placed.pause_id}")
    assert "Ada: 20 h a week paused, 20 h in new places" in page.body
    assert "Bo: 20 h a week paused, 0 h in new places" in page.body
    waiting = ops.get(
        f"/ops/insights/timeline?pause={placed.pause_id}&state=waiting", fragment=True
    )
    assert "Ada" not in waiting.text
    assert "Bo" in waiting.text
    assert "<html" not in waiting.body


def test_home_shows_the_figures(ops: Browser, placed: Vendor) -> None:
    page = ops.get("/ops/")
    for words in (
        "Open pauses 1",
        "People affected 2 1 without any paid work",
        "Hours restored 50 %",
        "Redeployment rate 50 % within 7 days, so far",
        "Pay at risk a week 800 USD",
    ):
        assert words in page.text, words
