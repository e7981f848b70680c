"""From the moment in which a pause commits, nothing of the stopped work is given any more."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import AccessItem, HoursEntry
from app.services.offers.offer_endings import settle_offers
from app.services.own_work.calendar_links import make_link
from app.services.pauses.pausing import open_pause
from app.services.plans.planning import PlanOptions
from app.web.clock import get_today
from tests.app.api.conftest import find_actor
from tests.app.offers import add_bare_offer, get_offer
from tests.app.web.conftest import SYSTEM, Browser, Vendor, pause_chordus


def name_field(day: date) -> str:
    return f"hours:{day.isoformat()}:a1"


def count_hours(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(HoursEntry)) or 0


def test_pause_denies_hours_and_material_to_pages_of_before(
    session: Session, contractor: Browser
) -> None:
    """Check 7. The next request, a page that was kept, and the calendar know of the pause."""
    today = get_today()
    token = make_link(session, actor=find_actor(session, "contractor"))
    kept = contractor.get("/my/hours")
    assert kept.headers["Cache-Control"] == "no-store, private"
    form = {name: value for name, value in kept.inputs.items() if ":" in name}
    assert name_field(today) in form
    # At yesterday's noon, so that all of today lies behind it.
    pause = pause_chordus(session)
    sent = {"week": kept.inputs["week"], "version": kept.inputs["version"], "do": "save"}
    refused = contractor.post("/my/hours", {**form, **sent, name_field(today): "8"})
    fresh = contractor.get("/my/hours")
    sent["version"] = fresh.inputs["version"]
    again = contractor.post("/my/hours", {**sent, name_field(today): "8"})
    for page in (refused, again):
        assert page.status == 409
        assert "Chordus is paused since" in page.text
    assert count_hours(session) == 0
    feed = contractor.get(f"/calendar/{token}.ics").body
    assert "Paused: Chordus" in feed
    removed = select(AccessItem.contractor_id).where(AccessItem.pause_id == pause.pause_id)
    assert set(session.scalars(removed)) == {"C1", "C2"}


def test_pause_denies_an_offer_and_what_a_job_would_do_with_it(
    session: Session, contractor: Browser, paused: Vendor
) -> None:
    """Check 7. An offer of work that a later pause stops can't be accepted, nor waits on."""
    offer_id = add_bare_offer(session, paused.run_id, "C1", "P2")
    page = contractor.get(f"/my/offers/{offer_id}")
    assert page.status == 200
    open_pause(
        session,
        actor=SYSTEM,
        project_ids=["P2"],
        effective_at=datetime.now(UTC),
        reason_class="other",
        options=PlanOptions(),
    )
    refused = contractor.post(f"/my/offers/{offer_id}/accept", {})
    assert refused.status == 409
    assert get_offer(session, offer_id).status == "pending"
    session.rollback()
    assert settle_offers(session, actor=SYSTEM) == 1
    assert get_offer(session, offer_id).status == "withdrawn"
