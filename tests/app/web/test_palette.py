"""The command palette over HTTP: words, addresses, and nothing beyond one's desks."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.models import Assignment
from tests.app.web.conftest import Browser, Vendor


def test_palette_leads_to_pages_and_objects(ops: Browser, planned: Vendor) -> None:
    page = ops.get("/palette?text=chord", fragment=True)
    for address in ("/ops/projects/P1", f"/ops/pauses/{planned.pause_id}"):
        assert f'href="{address}"' in page.body
    assert "Pause of Chordus" in page.text
    assert "Go to Pause work" in ops.get("/palette?text=pause", fragment=True).text


def test_palette_says_when_nothing_is_called_so(ops: Browser, contractor: Browser) -> None:
    assert "Nothing called “zzz”. Try a codename" in ops.get("/palette?text=zzz").text
    assert ops.get("/palette?text=<b>").text.startswith("Nothing called “<b>”.")
    words = contractor.get("/palette?text=Chordus").text
    assert words == "Nothing called “Chordus”."


def test_contractor_reaches_own_pages_alone(contractor: Browser, planned: Vendor) -> None:
    page = contractor.get("/palette?text=", fragment=True)
    assert "Hours" in page.text
    assert "/ops" not in page.body
    assert "Pause work" not in page.text


def test_contractor_id_leads_to_the_latest_proposal(ops: Browser, planned: Vendor) -> None:
    page = ops.get("/palette?text=c1", fragment=True)
    assert "C1 Ada, latest proposal" in page.text
    assert 'href="/ops/proposals/1"' in page.body
    assert "Cy, their project" in ops.get("/palette?text=c3", fragment=True).text


def test_contractor_without_a_place_has_a_ledger(ops: Browser, session: Session) -> None:
    session.execute(delete(Assignment).where(Assignment.contractor_id == "C3"))
    session.commit()
    page = ops.get("/palette?text=c3", fragment=True)
    assert "C3 Cy, exposure ledger" in page.text
    assert 'href="/ops/exposure/contractors/C3"' in page.body
