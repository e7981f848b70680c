"""Changing and pinning a proposal on its page, and what stands in the way elsewhere."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import Project, Proposal
from tests.app.web.conftest import Browser, Vendor


@pytest.fixture
def ada(session: Session, planned: Vendor) -> str:
    """The address of Ada's proposal."""
    found = session.scalars(select(Proposal.id).where(Proposal.contractor_id == "C1")).one()
    session.rollback()
    return f"/ops/proposals/{found}"


def get_ada(session: Session) -> Proposal:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Proposal).where(Proposal.contractor_id == "C1")).one()


def test_verdict_follows_what_one_types(ops: Browser, ada: str) -> None:
    form = ops.get(f"{ada}/change")
    assert "Every rule and every limit holds now." in form.text
    less = ops.get(f"{ada}/change?project=P2&hours=5")
    assert "Keeps the floor yes no" in less.text
    assert "Hour-weeks 160 40" in less.text
    assert "Give whole hours a week" in ops.get(f"{ada}/change?project=P2&hours=lots").text
    assert "Can't be overridden." in ops.get(f"{ada}/change?project=P3&hours=20").text
    assert ops.get(f"{ada}/change?project=P9&hours=20").status == 404


def test_change_is_saved_pinned_and_told(ops: Browser, session: Session, ada: str) -> None:
    form = {"project": "P2", "hours": "15", "version": "1", "reason": ""}
    page = ops.post(f"{ada}/change", form, fragment=True)
    assert "Changed. Later plans leave it as it is." in page.text
    assert "Pinned" in page.text
    assert "Chosen by hand The ops_manager" in page.text
    assert page.headers["HX-Trigger"] == "proposals-changed"
    assert get_ada(session).hours_per_week == 15
    stale = ops.post(f"{ada}/change", form, fragment=True)
    assert "The ops_manager changed it by hand" in stale.text
    assert ops.post(f"{ada}/change", form | {"hours": "0"}).status == 400
    assert ops.post(f"{ada}/change", form | {"rate": "1"}).status == 400


def test_override_asks_for_its_reason(ops: Browser, session: Session, ada: str) -> None:
    session.execute(update(Project).where(Project.project_id == "P2").values(seats=1))
    session.commit()
    form = {"project": "P2", "hours": "20", "version": "1", "reason": ""}
    asked = ops.post(f"{ada}/change", form, fragment=True)
    assert "Give a reason to allow it." in asked.text
    ops.post(f"{ada}/change", form | {"reason": "The client asked"}, fragment=True)
    assert "Allowed against the project's seats: The client asked" in ops.get(ada).text


def test_pin_goes_on_and_off(ops: Browser, session: Session, ada: str) -> None:
    assert "Pinned." in ops.post(f"{ada}/pin", {"pinned": "1", "version": "1"}).text
    assert get_ada(session).pinned
    off = ops.post(f"{ada}/pin", {"pinned": "0", "version": "2"}, fragment=True)
    assert "The pin is off." in off.text
    stale = ops.post(f"{ada}/pin", {"pinned": "1", "version": "2"}, fragment=True)
    assert "took its pin off" in stale.text


def test_blockers_name_what_would_help(ops: Browser, session: Session, ada: str) -> None:
    assert "No rule keeps them off an open project." in ops.get(f"{ada}/blockers").text
    session.execute(update(Project).where(Project.project_id == "P2").values(clearance=3))
    session.commit()
    page = ops.get(f"{ada}/blockers")
    assert "Larkspur" in page.text
    assert "Raise clearance from 0 to 3" in page.text
