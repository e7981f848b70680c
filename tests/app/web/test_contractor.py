"""The contractor's pages: what changed and why, and the hours of a week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import HoursEntry, Offer, Proposal, User
from app.services.review.reviewing import ProposalVersion, approve_proposals, publish_proposals
from tests.app.web.conftest import SYSTEM, Browser, Vendor


def test_work_says_that_a_project_is_paused(contractor: Browser, paused: Vendor) -> None:
    page = contractor.get("/my/work")
    assert "Chordus is paused from" in page.text
    assert "Your ops team is looking for other work for you." in page.text
    assert "They called at nine" not in page.body


def test_work_shows_the_new_assignment_and_why(
    contractor: Browser, session: Session, planned: Vendor
) -> None:
    proposal_id = session.scalars(select(Proposal.id).where(Proposal.contractor_id == "C1")).one()
    approve_proposals(session, actor=SYSTEM, proposals=[ProposalVersion(proposal_id, 1)])
    assert "Larkspur" not in contractor.get("/my/work").text
    assert "Larkspur" not in contractor.get(f"/my/hours?week={planned.today + timedelta(8)}").text
    publish_proposals(session, actor=SYSTEM, proposals=[ProposalVersion(proposal_id, 2)])
    page = contractor.get("/my/work")
    assert "You are offered work on Larkspur: 20 h a week" in page.text
    assert "This takes the place of Chordus" not in page.text
    assert "Larkspur" not in contractor.get(f"/my/hours?week={planned.today + timedelta(8)}").text
    offer_id = session.scalars(select(Offer.id)).one()
    contractor.post(f"/my/offers/{offer_id}/accept", {})
    page = contractor.get("/my/work")
    assert "This takes the place of Chordus" in page.text
    assert "Restores 20 of 20 lost hours a week." in page.text
    assert "40.00 USD an hour (as before)" in page.text


def test_hours_are_logged_changed_and_taken_back(
    contractor: Browser, session: Session, paused: Vendor
) -> None:
    day = paused.today - timedelta(days=paused.today.weekday() + 7)
    form = {"week": day.isoformat(), f"hours:{day}:a1": "7,5"}
    assert "Saved 1 day." in contractor.post("/my/hours", form).text
    assert session.scalars(select(HoursEntry.hours)).one() == Decimal("7.5")
    assert "Nothing had changed." in contractor.post("/my/hours", form).text
    blank = {f"shown:hours:{day}:a1": "7.5", f"hours:{day}:a1": ""}
    taken_back = contractor.post("/my/hours", form | blank)
    assert "Saved 1 day." in taken_back.text
    assert session.scalars(select(HoursEntry)).all() == []


def test_page_of_another_device_wipes_no_hours_bug(
    contractor: Browser, session: Session, paused: Vendor
) -> None:
    """Saving a page opened before had taken back what was entered elsewhere since."""
    monday = paused.today - timedelta(days=paused.today.weekday() + 7)
    tuesday = monday + timedelta(days=1)
    opened = contractor.get(f"/my/hours?week={monday}").inputs
    fields = {name: value for name, value in opened.items() if "hours:" in name}
    assert fields[f"shown:hours:{monday}:a1"] == ""
    contractor.post("/my/hours", {"week": monday.isoformat(), f"hours:{monday}:a1": "8"})
    old_page = fields | {"week": monday.isoformat(), f"hours:{tuesday}:a1": "3"}
    assert "Saved 1 day." in contractor.post("/my/hours", old_page).text
    logged = select(HoursEntry.work_date, HoursEntry.hours).order_by(HoursEntry.work_date)
    assert session.execute(logged).all() == [(monday, Decimal(8)), (tuesday, Decimal(3))]


def test_hours_that_moved_since_are_not_overwritten_bug(
    contractor: Browser, session: Session, paused: Vendor
) -> None:
    day = paused.today - timedelta(days=paused.today.weekday() + 7)
    week = {"week": day.isoformat()}
    contractor.post("/my/hours", week | {f"hours:{day}:a1": "8"})
    page = contractor.post("/my/hours", week | {f"hours:{day}:a1": "6"})
    assert page.status == 409
    assert "Since you opened the page 8 h stand there; look again." in page.text
    assert session.scalars(select(HoursEntry.hours)).one() == Decimal(8)
    session.rollback()
    seen = {name: page.inputs[name] for name in (f"hours:{day}:a1", f"shown:hours:{day}:a1")}
    assert seen == {f"hours:{day}:a1": "6", f"shown:hours:{day}:a1": "8"}
    assert "Saved 1 day." in contractor.post("/my/hours", week | seen).text
    assert session.scalars(select(HoursEntry.hours)).one() == Decimal(6)


def test_hours_on_a_paused_project_are_refused_with_the_sentence(
    contractor: Browser, session: Session, paused: Vendor
) -> None:
    day = paused.today + timedelta(days=1)
    page = contractor.post("/my/hours", {"week": day.isoformat(), f"hours:{day}:a1": "8"})
    assert page.status == 409
    assert "1 day was not saved" in page.text
    assert "Chordus is paused since" in page.text
    assert session.scalars(select(HoursEntry)).all() == []


def test_good_days_stand_beside_a_refused_one(
    contractor: Browser, session: Session, paused: Vendor
) -> None:
    monday = paused.today - timedelta(days=paused.today.weekday() + 7)
    form = {
        "week": monday.isoformat(),
        f"hours:{monday}:a1": "8",
        f"hours:{monday + timedelta(days=1)}:a1": "lots",
    }
    page = contractor.post("/my/hours", form)
    assert "1 day was not saved; 1 day was." in page.text
    assert "Hours go from 0 to 24" in page.text
    assert page.inputs[f"hours:{monday + timedelta(days=1)}:a1"] == "lots"
    assert session.scalars(select(HoursEntry.work_date)).one() == monday


@pytest.mark.parametrize("text", ["-1", "25", "7.555", "NaN", "Infinity", "1e400"])
def test_hours_that_are_none_are_refused(
    contractor: Browser, session: Session, paused: Vendor, text: str
) -> None:
    day = paused.today - timedelta(days=7)
    page = contractor.post("/my/hours", {"week": day.isoformat(), f"hours:{day}:a1": text})
    assert "Hours go from 0 to 24" in page.text
    assert session.scalars(select(HoursEntry)).all() == []


def test_somebody_elses_assignment_is_no_field_of_the_form(
    contractor: Browser, session: Session, paused: Vendor
) -> None:
    """Check 4: other people's hours, and rates."""
    day = paused.today - timedelta(days=7)
    for name in (f"hours:{day}:a2", "rate_cents", "hours:x"):
        page = contractor.post("/my/hours", {"week": day.isoformat(), name: "8"})
        assert page.status == 400
    assert session.scalars(select(HoursEntry)).all() == []


def test_week_begins_on_its_monday_and_has_neighbours(contractor: Browser) -> None:
    page = contractor.get("/my/hours?week=2026-11-25")
    assert "Hours of Mon 23 to Sun 29 Nov 2026" in page.text
    assert "week=2026-11-22" in page.body
    assert "week=2026-11-30" in page.body
    assert contractor.get("/my/hours?week=someday").status == 400
    assert "No assignment in this week" in contractor.get("/my/hours?week=2020-01-01").text


def test_account_without_its_contractor_sees_nothing(
    browse: Callable[[str], Browser], session: Session
) -> None:
    contractor = browse("contractor")
    user = session.scalars(select(User).where(User.contractor_id == "C1")).one()
    user.contractor_id = None
    session.commit()
    assert contractor.get("/my/work").status == 404


def test_zero_is_shown_and_an_empty_day_is_missing(
    contractor: Browser, session: Session, paused: Vendor
) -> None:
    monday = paused.today - timedelta(days=paused.today.weekday() + 7)
    page = contractor.get(f"/my/hours?week={monday}")
    assert "7 days missing" in page.text
    off = {"week": monday.isoformat(), "do": f"off:{monday}", f"hours:{monday}:a1": ""}
    assert "6 days missing" in contractor.post("/my/hours", off).text
    page = contractor.get(f"/my/hours?week={monday}")
    assert page.inputs[f"hours:{monday}:a1"] == "0"
    assert page.inputs[f"hours:{monday + timedelta(days=1)}:a1"] == ""


def test_week_is_filled_with_zeros_and_submitted_once(
    contractor: Browser, session: Session, paused: Vendor
) -> None:
    monday = paused.today - timedelta(days=paused.today.weekday() + 14)
    week = {"week": monday.isoformat()}
    refused = contractor.post("/my/hours", week | {"do": "submit", "version": "0"})
    assert refused.status == 409
    assert "7 days have no hours yet" in refused.text
    typed = {f"hours:{monday}:a1": "6"}
    contractor.post("/my/hours", week | typed | {"do": "zeros"})
    version = contractor.get(f"/my/hours?week={monday}").inputs["version"]
    stale = contractor.post("/my/hours", week | {"do": "submit", "version": "1"})
    assert "The week has changed since you opened the page" in stale.text
    last = {f"hours:{monday}:a1": "7", f"shown:hours:{monday}:a1": "6"}
    page = contractor.post("/my/hours", week | last | {"do": "submit", "version": version})
    assert "Submitted." in page.text
    closed = contractor.post("/my/hours", week | {f"hours:{monday}:a1": "8"})
    assert "is submitted: its hours can't change." in closed.text
    assert sorted(session.scalars(select(HoursEntry.hours)))[-2:] == [Decimal(0), Decimal(7)]


def test_hours_of_last_week_are_offered_and_not_saved(
    contractor: Browser, session: Session, paused: Vendor
) -> None:
    monday = paused.today - timedelta(days=paused.today.weekday() + 14)
    following = monday + timedelta(days=7)
    none = contractor.get(f"/my/hours?week={following}&fill=last")
    assert "Last week has no hours" in none.text
    contractor.post("/my/hours", {"week": str(monday), f"hours:{monday}:a1": "6.5"})
    page = contractor.get(f"/my/hours?week={following}&fill=last")
    assert "Filled in from last week, not saved yet" in page.text
    assert page.inputs[f"hours:{following}:a1"] == "6.5"
    assert page.inputs[f"shown:hours:{following}:a1"] == ""
    assert session.scalars(select(HoursEntry.work_date)).all() == [monday]
