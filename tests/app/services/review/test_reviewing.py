"""Approving and rejecting: judged against the present state, and never twice the last seat."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Forbidden, InvalidValue
from app.models import (
    Assignment,
    AuditEvent,
    Contractor,
    Project,
    Proposal,
    RejectedPair,
)
from app.services.access.access import Actor
from app.services.plans.planning import PlanOptions, request_plan
from app.services.review.review_ledger import ReviewLedger
from app.services.review.reviewing import (
    Outcome,
    ProposalVersion,
    approve_proposals,
    reject_proposals,
)
from tests.app.world import (
    PAUSE_DATE,
    SYSTEM,
    add_account,
    add_world,
    pause_p1,
    propose,
)
from tests.factories import Row


def approve(session: Session, proposals: list[ProposalVersion]) -> list[bool]:
    return [outcome.ok for outcome in approve_proposals(session, actor=SYSTEM, proposals=proposals)]


def get_sentence(session: Session, proposals: list[ProposalVersion]) -> str:
    outcomes = approve_proposals(session, actor=SYSTEM, proposals=proposals)
    return next(outcome.sentence for outcome in outcomes if not outcome.ok)


def count_on_p2(session: Session) -> int:
    statement = select(func.count()).select_from(Assignment).where(Assignment.project_id == "P2")
    return session.scalar(statement) or 0


def test_approve_makes_an_assignment_of_the_proposal(session: Session) -> None:
    add_world(session)
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    manager = add_account(session, "ops_manager")
    outcomes = approve_proposals(session, actor=manager, proposals=proposals)
    assert outcomes == (Outcome(proposals[0].proposal_id, ok=True, sentence="Approved."),)
    made = session.scalars(select(Assignment).where(Assignment.project_id == "P2")).one()
    assert (made.contractor_id, made.hours_per_week, made.status) == ("C1", 20, "active")
    assert (made.starts_on, made.pay_rate_cents) == (PAUSE_DATE, 4000)
    row = session.get_one(Proposal, proposals[0].proposal_id)
    assert (row.status, row.version, row.decided_by) == ("approved", 2, manager.user_id)
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.actor_user_id) == ("proposal.approved", manager.user_id)


def test_approve_same_proposal_twice_in_one_call_counts_once(session: Session) -> None:
    add_world(session)
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    assert approve(session, proposals * 2) == [True]


def test_approve_stops_at_the_seats(session: Session) -> None:
    add_world(session, num_contractors=5, target={"seats": 3})
    rows = [(f"C{number}", "P2", 20) for number in range(1, 6)]
    proposals = propose(session, pause_p1(session).plan_run_id, rows)
    assert approve(session, proposals) == [True, True, True, False, False]
    assert count_on_p2(session) == 3


def test_approve_counts_what_was_approved_before(session: Session) -> None:
    add_world(session, target={"seats": 1})
    proposals = propose(
        session, pause_p1(session).plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20)]
    )
    assert approve(session, proposals[:1]) == [True]
    assert get_sentence(session, proposals[1:]) == "The project has no free seat any more."


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"demand_hours": 39}, "The project has not so many open hours any more."),
        ({"demand_hours": 40}, None),
        ({"weekly_budget_cents": 159_999}, "The project's weekly budget has no room"),
        ({"weekly_budget_cents": 160_000}, None),
    ],
)
def test_approve_second_person_needs_room(
    session: Session, target: dict[str, int], expected: str | None
) -> None:
    add_world(session, target=target)
    proposals = propose(
        session, pause_p1(session).plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20)]
    )
    outcomes = approve_proposals(session, actor=SYSTEM, proposals=proposals)
    assert outcomes[0].ok
    if expected is None:
        assert outcomes[1].ok
    else:
        assert outcomes[1].sentence.startswith(expected)


def test_approve_counts_who_works_there_without_being_affected(session: Session) -> None:
    add_world(session, target={"seats": 1})
    session.get_one(Assignment, "A3").project_id = "P2"
    session.commit()
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    assert get_sentence(session, proposals) == "The project has no free seat any more."


def test_approve_what_the_independent_check_refuses_writes_nothing(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_world(session, target={"seats": 1})
    rows = [("C1", "P2", 20), ("C2", "P2", 20), ("C3", "P3", 99)]
    proposals = propose(session, pause_p1(session).plan_run_id, rows)
    monkeypatch.setattr(ReviewLedger, "list_faults", lambda *_arguments: [])
    outcomes = approve_proposals(session, actor=SYSTEM, proposals=proposals)
    assert {outcome.ok for outcome in outcomes} == {False}
    assert outcomes[0].sentence.startswith("Nothing was approved: the independent check")
    assert count_on_p2(session) == 0


def test_approve_one_of_a_team_does_not_ask_for_the_others(session: Session) -> None:
    # Rules between people are asked of whole plans; who approves one by one has decided so.
    add_world(session, contractor={"team": "blue"}, target={"min_people": 3, "people_per_lead": 2})
    proposals = propose(
        session, pause_p1(session).plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20)]
    )
    assert approve(session, proposals[:1]) == [True]
    assert approve(session, proposals[1:]) == [True]


def test_approve_more_hours_than_were_lost_is_refused(session: Session) -> None:
    add_world(session)
    proposals = propose(
        session, pause_p1(session).plan_run_id, [("C1", "P2", 15), ("C1", "P3", 15)]
    )
    assert approve(session, proposals) == [True, False]


def test_approve_competing_clients_for_one_person_is_refused(session: Session) -> None:
    walls: list[Row] = [{"client_id": "K3", "competitor_id": "K2", "cooling_off_days": 0}]
    add_world(session, walls=walls)
    proposals = propose(
        session, pause_p1(session).plan_run_id, [("C1", "P2", 10), ("C1", "P3", 10)]
    )
    outcomes = approve_proposals(session, actor=SYSTEM, proposals=proposals)
    assert [outcome.ok for outcome in outcomes] == [True, False]
    assert outcomes[1].sentence == "The contractor would work for two competing clients."


def test_approve_project_closed_since_is_refused(session: Session) -> None:
    add_world(session)
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    session.get_one(Project, "P2").status = "closed"
    session.commit()
    assert "the project is closed" in get_sentence(session, proposals)


def test_approve_clearance_lost_since_is_refused(session: Session) -> None:
    add_world(session, target={"clearance": 2}, contractor={"clearance": 2})
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    session.get_one(Contractor, "C1").clearance = 1
    session.commit()
    assert "clearance 1 held, 2 needed" in get_sentence(session, proposals)


def test_approve_rate_changed_since_is_refused(session: Session) -> None:
    add_world(session)
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    session.get_one(Project, "P2").pay_rate_cents = 4100
    session.commit()
    assert get_sentence(session, proposals).startswith("The pay rate")


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "expected"),
    [
        (None, date(2026, 4, 30), "The project now ends on 2026-04-30: plan again."),
        (PAUSE_DATE + timedelta(days=7), None, "The project now starts on 2026-03-09: plan again."),
        (None, date(2026, 12, 31), None),
        (PAUSE_DATE, None, None),
    ],
)
def test_approve_project_with_other_dates_since_is_refused(
    session: Session, starts_on: date | None, ends_on: date | None, expected: str | None
) -> None:
    add_world(session, target={"ends_on": "2026-12-31"})
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    session.get_one(Proposal, proposals[0].proposal_id).ends_on = date(2026, 12, 31)
    project = session.get_one(Project, "P2")
    project.starts_on, project.ends_on = starts_on, ends_on
    session.commit()
    outcome = approve_proposals(session, actor=SYSTEM, proposals=proposals)[0]
    assert outcome.sentence == (expected or "Approved.")


@pytest.mark.parametrize(("days_after_start", "is_taken"), [(6, True), (7, False)])
def test_approve_place_whose_first_week_is_over_is_refused(
    session: Session, days_after_start: int, is_taken: bool
) -> None:
    add_world(session)
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    today = PAUSE_DATE + timedelta(days=days_after_start)
    (outcome,) = approve_proposals(session, actor=SYSTEM, proposals=proposals, today=today)
    assert outcome.ok == is_taken
    assert is_taken or "to start on 2026-03-02" in outcome.sentence


def test_approve_inactive_contractor_is_refused(session: Session) -> None:
    add_world(session)
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    session.get_one(Contractor, "C1").status = "inactive"
    session.commit()
    assert "does not affect this contractor" in get_sentence(session, proposals)


def test_approve_wall_refusal_names_no_client(session: Session) -> None:
    walls: list[Row] = [{"client_id": "K1", "competitor_id": "K2", "cooling_off_days": 30}]
    add_world(session, walls=walls)
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    sentence = get_sentence(session, proposals)
    assert "competing client" in sentence
    assert "Client K1" not in sentence


def test_approve_stale_version_is_refused(session: Session) -> None:
    """Check 24: approval."""
    add_world(session)
    seen = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])[0]
    stale = ProposalVersion(seen.proposal_id, seen.version - 1)
    assert get_sentence(session, [stale]) == "It has changed since you saw it."
    assert count_on_p2(session) == 0


def test_approve_unknown_and_superseded_are_refused(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    old = propose(session, opened.plan_run_id, [("C1", "P2", 20)])
    again = request_plan(session, actor=SYSTEM, pause_id=opened.pause_id, options=PlanOptions())
    propose(session, again, [("C1", "P2", 18)])
    assert "newer plan" in get_sentence(session, old)
    assert get_sentence(session, [ProposalVersion(999, 1)]) == "There is no such proposal."


def test_approve_own_work_is_refused(session: Session) -> None:
    """Check 6: one's own place."""
    add_world(session)
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    both = Actor(None, "C1 who manages", frozenset({"ops_manager"}), "C1")
    outcomes = approve_proposals(session, actor=both, proposals=proposals)
    assert outcomes[0].sentence == "Nobody decides on their own work."


@pytest.mark.parametrize("role", ["contractor", "payroll", "admin"])
def test_approve_needs_the_permission(session: Session, role: str) -> None:
    with pytest.raises(Forbidden):
        approve_proposals(session, actor=Actor(None, role, frozenset({role})), proposals=[])


def test_reject_keeps_the_pair_out_of_later_plans(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20)])
    outcomes = reject_proposals(
        session, actor=SYSTEM, proposals=proposals[:1], reason=" too far away "
    )
    assert [outcome.ok for outcome in outcomes] == [True]
    pair = session.scalars(select(RejectedPair)).one()
    assert (pair.contractor_id, pair.project_id, pair.reason) == ("C1", "P2", "too far away")
    again = request_plan(session, actor=SYSTEM, pause_id=opened.pause_id, options=PlanOptions())
    renewed = propose(session, again, [("C1", "P2", 20)])
    assert "turned down before" in get_sentence(session, renewed)


def test_reject_without_a_reason_is_refused(session: Session) -> None:
    with pytest.raises(InvalidValue):
        reject_proposals(session, actor=SYSTEM, proposals=[], reason="  ")


def test_reject_after_approval_is_refused(session: Session) -> None:
    add_world(session)
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    approve(session, proposals)
    outcomes = reject_proposals(session, actor=SYSTEM, proposals=proposals, reason="late")
    assert outcomes[0].sentence.startswith("Somebody has approved it already. a test approved it")


def test_decide_on_more_proposals_than_a_statement_has_parameters(session: Session) -> None:
    unknown = [ProposalVersion(number, 1) for number in range(1, 70_001)]
    outcomes = approve_proposals(session, actor=SYSTEM, proposals=unknown)
    assert {outcome.sentence for outcome in outcomes} == {"There is no such proposal."}
    outcomes = reject_proposals(session, actor=SYSTEM, proposals=unknown, reason="no")
    assert len(outcomes) == 70_000


def test_approve_beside_an_imported_assignment_of_the_same_id_takes_another(
    session: Session,
) -> None:
    add_world(session)
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    taken = f"redeploy-{proposals[0].proposal_id}"
    for assignment_id in (taken, f"{taken}-r"):
        session.add(
            Assignment(
                assignment_id=assignment_id,
                contractor_id="C2",
                project_id="P3",
                hours_per_week=5,
                starts_on=PAUSE_DATE,
                status="ended",
            )
        )
    session.commit()
    assert approve(session, proposals) == [True]
    made = session.scalars(select(Assignment).where(Assignment.project_id == "P2")).one()
    assert made.assignment_id == f"{taken}-r-r"
