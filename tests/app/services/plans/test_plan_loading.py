"""What the optimiser is given: pins, rejections, the plan before, other pauses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd
from sqlalchemy.orm import Session

from app.models import (
    Assignment,
    PlanRun,
    Proposal,
)
from app.services.pauses.pausing import open_pause
from app.services.pauses.resuming import resume_pause
from app.services.plans.plan_loading import load_pairs_roster, load_planning_roster
from app.services.plans.planning import PlanOptions, request_plan
from app.services.review.reviewing import (
    ProposalVersion,
    approve_proposals,
    reject_proposals,
)
from solver.affected import build_affected
from solver.roster import Roster
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


def pause_p3(session: Session, *, days_later: int = 2) -> int:
    """Pause P3 after P1; return its plan run."""
    opened = open_pause(
        session,
        actor=SYSTEM,
        project_ids=["P3"],
        effective_at=EFFECTIVE_AT + timedelta(days=days_later),
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


def test_two_pauses_do_not_spend_one_budget_twice_bug(session: Session) -> None:
    """What another pause's approvals cost had been as free as work of before."""
    two_places = 2 * 20 * 4000
    add_world(session, target={"demand_hours": 1000, "weekly_budget_cents": two_places})
    session.get_one(Assignment, "A3").project_id = "P3"
    session.commit()
    first = pause_p1(session)
    second = pause_p3(session, days_later=0)
    ours = propose(session, first.plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20)])
    theirs = propose(session, second, [("C3", "P2", 20)])
    assert approve(session, ours) == [True, True]
    outcomes = approve_proposals(session, actor=SYSTEM, proposals=theirs)
    assert [outcome.sentence for outcome in outcomes] == [
        "The project's weekly budget has no room for it any more."
    ]
    roster, _ = load_planning_roster(session, get_run(session, second))
    assert get_budget(roster, "P2") == 0
    # In the plan of their own pause they are pins, and count there.
    roster, _ = load_planning_roster(session, get_run(session, first.plan_run_id))
    assert get_budget(roster, "P2") == two_places
    resume_pause(session, actor=SYSTEM, pause_id=first.pause_id, today=EFFECTIVE_AT.date())
    assert approve(session, theirs) == [False]
    session.get_one(Assignment, f"redeploy-{ours[0].proposal_id}").status = "ended"
    session.commit()
    assert approve(session, theirs) == [True]


def get_budget(roster: Roster, project_id: str) -> int | None:
    projects = roster.projects.set_index("project_id")
    budget = projects["weekly_budget_cents"][project_id]
    return None if pd.isna(budget) else int(budget)


def test_budget_without_a_limit_stays_without_one_beside_another_pause(session: Session) -> None:
    add_world(session, target={"demand_hours": 1000})
    session.get_one(Assignment, "A3").project_id = "P3"
    session.commit()
    first = pause_p1(session)
    second = pause_p3(session)
    approve(session, propose(session, first.plan_run_id, [("C1", "P2", 20)]))
    roster, _ = load_planning_roster(session, get_run(session, second))
    assert get_budget(roster, "P2") is None
