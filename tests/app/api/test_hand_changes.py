"""Changes by hand through the API: verdicts, changes, pins, places, and why a plan is as it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.models import AuditEvent, PlanLimits, Project, Proposal, UnplacedContractor
from tests.app.api.conftest import Program
from tests.app.web.conftest import Vendor
from tests.app.web.test_plan_limits import BOTTLENECKS, UNLOCK

NEW_PLACE = {"contractor_id": "C2", "project_id": "P2", "hours_per_week": 20}


@pytest.fixture
def ada(session: Session, planned: Vendor) -> str:
    """The address of Ada's proposal."""
    found = session.scalars(select(Proposal.id).where(Proposal.contractor_id == "C1")).one()
    session.rollback()
    return f"/proposals/{found}"


@pytest.fixture
def run(session: Session, planned: Vendor) -> str:
    """The address of a plan that leaves Bo without a place."""
    session.execute(delete(Proposal).where(Proposal.contractor_id == "C2"))
    session.execute(update(UnplacedContractor).values(contractor_id="C2"))
    session.commit()
    return f"/plans/{planned.run_id}"


def test_a_proposal_is_checked_changed_and_pinned(ops: Program, ada: str) -> None:
    verdict = ops.get(f"{ada}/change", project_id="P2", hours_per_week=15)
    assert (verdict["findings"], verdict["effect"]["after"]["hours_per_week"]) == ([], 15)
    hard = ops.get(f"{ada}/change", project_id="P3", hours_per_week=20)["findings"]
    assert [one["is_soft"] for one in hard] == [False]
    change = {"project_id": "P2", "hours_per_week": 15, "version": 1}
    changed = ops.post(f"{ada}/change", change)
    assert (changed["row"]["hours_per_week"], changed["pinned"]) == (15, True)
    stale = ops.call("POST", f"{ada}/change", change)
    assert (stale.status_code, stale.get_json()["code"]) == (409, "stale")
    version = changed["row"]["version"]
    assert not ops.post(f"{ada}/pin", {"pinned": False, "version": version})["pinned"]
    stale = ops.call("POST", f"{ada}/pin", {"pinned": True, "version": version})
    assert stale.get_json()["code"] == "stale"


def test_an_override_asks_for_its_reason(ops: Program, session: Session, ada: str) -> None:
    session.execute(update(Project).where(Project.project_id == "P2").values(seats=1))
    session.commit()
    change = {"project_id": "P2", "hours_per_week": 20, "version": 1}
    assert ops.call("POST", f"{ada}/change", change).get_json()["code"] == "needs_reason"
    changed = ops.post(f"{ada}/change", {**change, "reason": "The client asked"})
    assert (changed["overridden"], changed["override_reason"]) == (["seats"], "The client asked")
    for wrong in ({"hours_per_week": 0}, {"hours_per_week": 169}, {"fit": 100}):
        assert ops.call("POST", f"{ada}/change", {**change, **wrong}).status_code == 422
    missing = {**change, "project_id": "P9"}
    assert ops.call("POST", f"{ada}/change", missing).status_code == 404
    actions = session.scalars(select(AuditEvent.action)).all()
    assert actions.count("proposal.changed") == 1


def test_somebody_is_placed_by_hand(ops: Program, session: Session, run: str) -> None:
    demand = ops.get(f"{run}/open-demand")["items"]
    assert [(row["project_id"], row["free_hours"] > 0) for row in demand] == [("P2", True)]
    assert ops.get(f"{run}/open-demand", text="none")["items"] == []
    ranked = ops.get(f"{run}/open-demand/P2")["items"]
    assert [(row["rank"], row["contractor_id"], row["held"]) for row in ranked] == [(1, "C2", [])]
    places = ops.get(f"{run}/places/C2")
    assert [row["project_id"] for row in places["items"]] == ["P2"]
    after = ops.get(f"{run}/places/C2", cursor="MQ==")
    assert (after["items"], after["total"]) == ([], 1)
    wish = {"project_id": "P2", "hours_per_week": 20}
    assert ops.get(f"{run}/places/C2/check", **wish)["findings"] == []
    made = ops.call("POST", f"{run}/places", NEW_PLACE)
    assert made.status_code == 201
    assert ops.get(made.headers["Location"])["row"]["contractor_id"] == "C2"
    again = ops.post(f"{run}/places", NEW_PLACE)
    assert again["row"]["proposal_id"] == made.get_json()["row"]["proposal_id"]
    other = ops.call("POST", f"{run}/places", {**NEW_PLACE, "hours_per_week": 5})
    assert other.get_json()["code"] == "duplicate"
    assert ops.call("GET", f"{run}/places/C9").status_code == 404
    assert ops.call("POST", f"{run}/places", {**NEW_PLACE, "rate": 1}).status_code == 422
    assert len(session.scalars(select(Proposal).where(Proposal.contractor_id == "C2")).all()) == 1


def test_a_plan_tells_its_reasons(
    ops: Program, session: Session, planned: Vendor, ada: str
) -> None:
    plan = f"/plans/{planned.run_id}"
    groups = ops.get(f"{plan}/blockers")["items"]
    assert [(one["blocker"], one["num_people"]) for one in groups] == [("capacity", 1)]
    assert ops.get(f"{ada}/explanation")["explanation"] is None
    assert ops.get(f"{ada}/other-places")["items"] == []
    assert all(one["blockers"] for one in ops.get(f"{ada}/blockers")["items"])
    assert ops.call("GET", f"{plan}/limits").status_code == 404
    assert ops.post(f"{plan}/limits")["status"] == "queued"
    assert ops.call("POST", f"{plan}/limits").get_json()["code"] == "limits_running"
    session.execute(
        update(PlanLimits).values(
            status="done", finished_at=datetime.now(UTC), bottlenecks=BOTTLENECKS, unlocks=[UNLOCK]
        )
    )
    session.commit()
    limits = ops.get(f"{plan}/limits")
    assert (limits["bottlenecks"], limits["unlocks"]) == (BOTTLENECKS, [UNLOCK])
