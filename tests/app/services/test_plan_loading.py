"""What the optimiser is given: pins, rejections, the plan before, other pauses."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.models import (
    Assignment,
    PlanRun,
    Proposal,
)
from app.services.pausing import open_pause
from app.services.plan_loading import load_pairs_roster, load_planning_roster
from app.services.planning import PlanOptions
from app.services.reviewing import (
    ProposalVersion,
    approve_proposals,
    reject_proposals,
)
from tests.app.world import (
    EFFECTIVE_AT,
    SYSTEM,
    add_world,
    pause_p1,
    propose,
)


def approve(session: Session, proposals: list[ProposalVersion]) -> list[bool]:
    return [outcome.ok for outcome in approve_proposals(session, actor=SYSTEM, proposals=proposals)]


def get_run(session: Session, plan_run_id: int) -> PlanRun:
    return session.get_one(PlanRun, plan_run_id)


def pause_p3(session: Session) -> int:
    """Pause P3 two days after P1; return its plan run."""
    opened = open_pause(
        session,
        actor=SYSTEM,
        project_ids=["P3"],
        effective_at=EFFECTIVE_AT + timedelta(days=2),
        reason_class="funding",
        options=PlanOptions(),
    )
    return opened.plan_run_id


def test_replan_pins_what_was_approved_and_keeps_the_rest_as_baseline(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    proposals = propose(
        session, opened.plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20), ("C3", "P2", 20)]
    )
    approve(session, proposals[:1])
    reject_proposals(session, actor=SYSTEM, proposals=proposals[1:2], reason="no")
    row = session.get_one(Proposal, proposals[0].proposal_id)
    roster, request = load_planning_roster(session, get_run(session, row.plan_run_id))
    assert request.pinned == (("C1", "P2", 20),)
    assert request.rejected == {("C2", "P2")}
    assert request.baseline == (("C3", "P2", 20),)
    assert roster.assignments["assignment_id"].tolist() == ["A1", "A2", "A3"]
    assert set(roster.assignments["status"]) == {"active"}
    assert request.scope.project_ids == ("P1",)


def test_plan_of_one_pause_sees_another_pause_as_ended(session: Session) -> None:
    add_world(session)
    session.get_one(Assignment, "A3").project_id = "P3"
    session.commit()
    opened = pause_p1(session)
    other = pause_p3(session)
    roster, _ = load_planning_roster(session, get_run(session, opened.plan_run_id))
    rows = roster.assignments.set_index("assignment_id")
    assert rows["status"].to_dict() == {"A1": "active", "A2": "active", "A3": "ended"}
    assert rows["ends_on"]["A3"].date() == date(2026, 3, 4)
    roster, _ = load_planning_roster(session, get_run(session, other))
    rows = roster.assignments.set_index("assignment_id")
    assert rows["status"].to_dict() == {"A1": "ended", "A2": "ended", "A3": "active"}


def test_roster_of_pairs_holds_who_takes_room_beside_them_and_nobody_else(session: Session) -> None:
    add_world(session, num_contractors=5)
    session.get_one(Assignment, "A3").project_id = "P2"
    session.get_one(Assignment, "A4").project_id = "P3"
    session.commit()
    opened = pause_p1(session)
    rows = [("C1", "P2", 20), ("C2", "P2", 20), ("C5", "P3", 20)]
    proposals = propose(session, opened.plan_run_id, rows)
    approve(session, [proposals[1], proposals[2]])
    run = get_run(session, opened.plan_run_id)
    roster, request = load_pairs_roster(session, run, [("C1", "P2")])
    assert roster.contractors["contractor_id"].tolist() == ["C1", "C2", "C3"]
    assert roster.assignments["assignment_id"].tolist() == ["A1", "A2", "A3"]
    assert len(roster.projects) == 3
    assert request.pinned == (("C2", "P2", 20),)
