"""What the optimiser is given: pins, rejections, the plan before, other pauses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from app.models import (
    Assignment,
    PlanRun,
    Proposal,
)
from app.services.pausing import open_pause
from app.services.plan_loading import load_pairs_roster, load_planning_roster
from app.services.planning import PlanOptions, request_plan
from app.services.reviewing import (
    ProposalVersion,
    approve_proposals,
    reject_proposals,
)
from solver.affected import build_affected
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
        now=EFFECTIVE_AT,
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


def test_plan_of_an_old_pause_begins_on_the_next_monday(session: Session) -> None:
    add_world(session)
    session.get_one(Assignment, "A3").ends_on = date(2026, 6, 9)
    session.commit()
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20)])
    assert approve(session, proposals) == [True, True]
    session.get_one(Assignment, f"redeploy-{proposals[0].proposal_id}").ends_on = date(2026, 6, 9)
    session.commit()
    again = request_plan(
        session,
        actor=SYSTEM,
        pause_id=opened.pause_id,
        options=PlanOptions(),
        now=datetime(2026, 6, 10, 12, tzinfo=UTC),
    )
    run = get_run(session, again)
    assert (run.pause_date, run.horizon_starts_on) == (date(2026, 6, 10), date(2026, 6, 15))
    roster, request = load_planning_roster(session, run)
    assert request.horizon.starts_on == run.horizon_starts_on
    # What was approved and is over is earlier work, not a part of the plan.
    assert request.pinned == (("C2", "P2", 20),)
    affected = build_affected(roster, request.scope, request.pause_date, request.horizon)
    assert affected.contractor_ids == ("C1", "C2")
