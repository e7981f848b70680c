"""Placing by hand on the pages: open demand, ranked people, ranked projects, the proposal."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.models import Project, Proposal, UnplacedContractor
from tests.app.web.conftest import Browser, Vendor


@pytest.fixture
def run(session: Session, planned: Vendor) -> str:
    """The address of a plan that leaves Bo without a place."""
    session.execute(delete(Proposal).where(Proposal.contractor_id == "C2"))
    session.execute(update(UnplacedContractor).values(contractor_id="C2"))
    session.commit()
    return f"/ops/plans/{planned.run_id}"


def test_way_from_the_list_to_a_proposal(ops: Browser, session: Session, run: str) -> None:
    assert f"{run}/place/C2" in ops.get(f"{run}/unplaced").body
    page = ops.get(f"{run}/place/C2")
    assert "Place Bo" in page.text
    assert "project=P2" in page.body
    chosen = ops.get(f"{run}/place/C2?project=P2&hours=20")
    assert "Every rule and every limit holds now." in chosen.text
    assert "Keeps the floor no yes" in chosen.text
    made = ops.post(f"{run}/place/C2", {"project": "P2", "hours": "20", "reason": ""})
    assert "It waits for approval" in made.text
    assert "Chosen by hand The ops_manager" in made.text
    assert "Gets back All hours back" in made.text
    assert "Bo" in ops.get(f"{run}/review?coverage=full").text
    assert "Bo" not in ops.get(f"{run}/review?coverage=below", fragment=True).text
    row = session.scalars(select(Proposal).where(Proposal.contractor_id == "C2")).one()
    assert (row.hours_per_week, row.pinned, row.status) == (20, True, "proposed")
    assert "by hand: Larkspur 20 h" in ops.get(f"{run}/unplaced?by_hand=placed").text
    assert "Nobody matches" in ops.get(f"{run}/unplaced?by_hand=not_yet").text


def test_refusal_is_said_on_the_form(ops: Browser, session: Session, run: str) -> None:
    session.execute(update(Project).where(Project.project_id == "P2").values(seats=1))
    session.commit()
    form = {"project": "P2", "hours": "20", "reason": ""}
    refused = ops.post(f"{run}/place/C2", form)
    assert refused.status == 409
    assert "Give a reason to allow it." in refused.text
    assert ops.post(f"{run}/place/C2", form | {"hours": "0"}).status == 400
    assert ops.post(f"{run}/place/C2", form | {"rate": "1"}).status == 400
    assert ops.get(f"{run}/place/C9").status == 404
    assert ops.get(f"{run}/place/C2?project=P9&hours=5").status == 404


def test_people_for_a_project_lead_to_the_place(ops: Browser, run: str) -> None:
    assert "Larkspur" in ops.get(f"{run}/open-demand").text
    page = ops.get(f"{run}/open-demand/P2")
    assert "Bo" in page.text
    assert "Ada" not in page.text
    assert f"{run}/place/C2?project=P2&amp;hours=20" in page.body
    assert "Nobody matches" in ops.get(f"{run}/open-demand/P2?text=Ada").text
    assert ops.get(f"{run}/open-demand/P9").status == 404


def test_lists_come_as_files(ops: Browser, run: str) -> None:
    assert "Larkspur" in ops.get(f"{run}/open-demand?format=csv").body
    assert "1,C2,Bo" in ops.get(f"{run}/open-demand/P2?format=csv").body
    assert "1,P2,Larkspur" in ops.get(f"{run}/place/C2?format=csv").body
