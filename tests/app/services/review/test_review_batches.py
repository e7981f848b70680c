"""Batches: a second approver where one is due, steps that go on, outcomes per row, undo."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, Refused
from app.models import (
    Assignment,
    Proposal,
    RejectedPair,
    ReviewBatch,
    ReviewBatchRow,
    User,
)
from app.services.access.access import Actor
from app.services.access.accounts import add_user
from app.services.plans.planning import PlanOptions, request_plan
from app.services.review.review_batches import confirm_batch, open_batch, withdraw_batch
from app.services.review.review_steps import advance_batch
from app.services.review.review_undo import undo_batch
from app.services.review.reviewing import ProposalVersion, approve_proposals
from app.services.review.second_approval import NO_SECOND, SecondApproval
from tests.app.world import (
    EFFECTIVE_AT,
    PAUSE_DATE,
    SYSTEM,
    add_account,
    add_entry,
    add_world,
    pause_p1,
    propose,
)


def add_second_manager(session: Session) -> Actor:
    user_id = add_user(
        session,
        actor=SYSTEM,
        email="second@vendor.example",
        name="The second",
        role="ops_manager",
        password="correct horse battery",
    )
    return Actor(user_id, "The second", frozenset({"ops_manager"}))


def prepare(session: Session, num_contractors: int = 3) -> tuple[int, list[ProposalVersion]]:
    """Return the run and the proposals that place everybody on P2."""
    add_world(session, num_contractors=num_contractors)
    run_id = pause_p1(session).plan_run_id
    rows = [(f"C{number + 1}", "P2", 20) for number in range(num_contractors)]
    return run_id, propose(session, run_id, rows)


def open_for(
    session: Session,
    actor: Actor,
    run_id: int,
    proposals: list[ProposalVersion],
    *,
    verb: str = "approve",
    second: SecondApproval = NO_SECOND,
) -> int:
    return open_batch(
        session,
        actor=actor,
        plan_run_id=run_id,
        verb=verb,
        proposals=proposals,
        second=second,
        reason="Needed elsewhere" if verb == "reject" else "",
    )


def get_batch(session: Session, batch_id: int) -> ReviewBatch:
    return session.get_one(ReviewBatch, batch_id, populate_existing=True)


def list_outcomes(session: Session, batch_id: int) -> list[str]:
    return list(
        session.scalars(
            select(ReviewBatchRow.outcome)
            .where(ReviewBatchRow.batch_id == batch_id)
            .order_by(ReviewBatchRow.position)
        )
    )


def list_statuses(session: Session) -> list[str]:
    return list(session.scalars(select(Proposal.status).order_by(Proposal.id)))


def test_batch_goes_on_step_by_step(session: Session) -> None:
    run_id, proposals = prepare(session)
    manager = add_account(session, "ops_manager")
    batch_id = open_for(session, manager, run_id, proposals)
    assert list_statuses(session) == ["proposed"] * 3
    assert advance_batch(session, actor=manager, batch_id=batch_id, step=2)
    assert list_outcomes(session, batch_id) == ["done", "done", "pending"]
    assert not advance_batch(session, actor=manager, batch_id=batch_id, step=2)
    batch = get_batch(session, batch_id)
    assert (batch.status, batch.num_rows, batch.num_done, batch.num_refused) == ("done", 3, 3, 0)
    assert list_statuses(session) == ["approved"] * 3
    assert not advance_batch(session, actor=manager, batch_id=batch_id)


def test_batch_ends_with_a_last_step_that_is_full(session: Session) -> None:
    run_id, proposals = prepare(session)
    batch_id = open_for(session, SYSTEM, run_id, proposals)
    assert not advance_batch(session, actor=SYSTEM, batch_id=batch_id, step=3)
    assert get_batch(session, batch_id).status == "done"


def test_batch_says_of_each_row_why_it_was_refused(session: Session) -> None:
    run_id, proposals = prepare(session)
    rival = add_second_manager(session)
    batch_id = open_for(session, SYSTEM, run_id, proposals)
    approve_proposals(session, actor=rival, proposals=proposals[1:2])
    advance_batch(session, actor=SYSTEM, batch_id=batch_id)
    row = session.get_one(ReviewBatchRow, (batch_id, 1))
    assert (row.outcome, get_batch(session, batch_id).num_refused) == ("refused", 1)
    assert row.sentence.startswith("Somebody has approved it already. The second approved it, ")


@pytest.mark.parametrize(("rows", "waits"), [(2, True), (3, False), (0, False)])
def test_second_approver_for_more_rows_than_one_may(
    session: Session, rows: int, waits: bool
) -> None:
    """Check 6: a large batch."""
    run_id, proposals = prepare(session)
    second = SecondApproval(rows=rows, raise_percent=0)
    batch_id = open_for(session, SYSTEM, run_id, proposals, second=second)
    assert (get_batch(session, batch_id).status == "waiting") == waits
    assert not advance_batch(session, actor=SYSTEM, batch_id=batch_id)
    assert (list_statuses(session)[0] == "proposed") == waits


@pytest.mark.parametrize(("cents", "waits"), [(4400, False), (4401, True)])
def test_second_approver_for_a_raise(session: Session, cents: int, waits: bool) -> None:
    """Check 6: a raise."""
    run_id, proposals = prepare(session)
    session.get_one(Proposal, proposals[0].proposal_id).pay_rate_cents = cents
    session.commit()
    second = SecondApproval(rows=0, raise_percent=10)
    batch_id = open_for(session, SYSTEM, run_id, proposals, second=second)
    expected = ["It raises 1 pay rate by more than 10 %."] if waits else []
    assert get_batch(session, batch_id).second_reasons == expected


def test_rejecting_needs_no_second_approver_but_a_reason(session: Session) -> None:
    run_id, proposals = prepare(session)
    second = SecondApproval(rows=1, raise_percent=1)
    batch_id = open_for(session, SYSTEM, run_id, proposals, verb="reject", second=second)
    assert get_batch(session, batch_id).status == "running"
    with pytest.raises(InvalidValue, match="a few words"):
        open_batch(
            session,
            actor=SYSTEM,
            plan_run_id=run_id,
            verb="reject",
            proposals=proposals,
            second=second,
        )


def test_nobody_is_their_own_second_approver(session: Session) -> None:
    """Check 6: nobody is two people."""
    run_id, proposals = prepare(session)
    first, second = add_account(session, "ops_manager"), add_second_manager(session)
    batch_id = open_for(session, first, run_id, proposals, second=SecondApproval(1, 0))
    with pytest.raises(Refused, match="Somebody else"):
        confirm_batch(session, actor=first, batch_id=batch_id)
    confirm_batch(session, actor=second, batch_id=batch_id)
    advance_batch(session, actor=second, batch_id=batch_id)
    row = session.get_one(Proposal, proposals[0].proposal_id, populate_existing=True)
    assert (row.status, row.decided_by) == ("approved", first.user_id)
    assert get_batch(session, batch_id).confirmed_by == second.user_id
    with pytest.raises(Refused, match="does not wait"):
        confirm_batch(session, actor=second, batch_id=batch_id)


def test_second_approver_decides_on_no_own_work(session: Session) -> None:
    run_id, proposals = prepare(session)
    first, second = add_account(session, "ops_manager"), add_second_manager(session)
    batch_id = open_for(session, first, run_id, proposals, second=SecondApproval(1, 0))
    own = Actor(second.user_id, second.name, second.roles, contractor_id="C2")
    confirm_batch(session, actor=own, batch_id=batch_id)
    advance_batch(session, actor=own, batch_id=batch_id)
    assert list_outcomes(session, batch_id) == ["done", "refused", "done"]
    assert get_batch(session, batch_id).num_refused == 1


def test_withdrawn_batch_does_nothing_more(session: Session) -> None:
    run_id, proposals = prepare(session)
    batch_id = open_for(session, SYSTEM, run_id, proposals)
    advance_batch(session, actor=SYSTEM, batch_id=batch_id, step=1)
    withdraw_batch(session, actor=SYSTEM, batch_id=batch_id)
    advance_batch(session, actor=SYSTEM, batch_id=batch_id)
    assert list_statuses(session) == ["approved", "proposed", "proposed"]
    with pytest.raises(Refused, match="over already"):
        withdraw_batch(session, actor=SYSTEM, batch_id=batch_id)
    assert undo_batch(session, actor=SYSTEM, batch_id=batch_id) == (1, 0)


def test_batch_takes_proposals_of_its_own_run_only(session: Session) -> None:
    run_id, proposals = prepare(session)
    stranger = ProposalVersion(proposals[0].proposal_id + 99, 1)
    with pytest.raises(InvalidValue, match="proposals of plan"):
        open_for(session, SYSTEM, run_id, [*proposals, stranger])


def test_undo_frees_the_places_again(session: Session) -> None:
    run_id, proposals = prepare(session)
    batch_id = open_for(session, SYSTEM, run_id, proposals)
    advance_batch(session, actor=SYSTEM, batch_id=batch_id)
    assert undo_batch(session, actor=SYSTEM, batch_id=batch_id) == (3, 0)
    assert list_statuses(session) == ["proposed"] * 3
    assert not session.scalars(select(Assignment).where(Assignment.project_id == "P2")).all()
    assert list_outcomes(session, batch_id) == ["undone"] * 3
    with pytest.raises(Refused, match="nothing to undo"):
        undo_batch(session, actor=SYSTEM, batch_id=batch_id)
    again = [ProposalVersion(wanted.proposal_id, 3) for wanted in proposals]
    assert all(one.ok for one in approve_proposals(session, actor=SYSTEM, proposals=again))


def test_undo_lets_rejected_pairs_be_proposed_again(session: Session) -> None:
    run_id, proposals = prepare(session)
    batch_id = open_for(session, SYSTEM, run_id, proposals[:1], verb="reject")
    advance_batch(session, actor=SYSTEM, batch_id=batch_id)
    assert session.scalars(select(RejectedPair.contractor_id)).all() == ["C1"]
    undo_batch(session, actor=SYSTEM, batch_id=batch_id)
    assert not session.scalars(select(RejectedPair)).all()
    assert list_statuses(session) == ["proposed"] * 3


def test_undo_keeps_what_somebody_has_built_on(session: Session) -> None:
    run_id, proposals = prepare(session)
    batch_id = open_for(session, SYSTEM, run_id, proposals)
    advance_batch(session, actor=SYSTEM, batch_id=batch_id)
    publishing = open_for(
        session, SYSTEM, run_id, [ProposalVersion(proposals[0].proposal_id, 2)], verb="publish"
    )
    advance_batch(session, actor=SYSTEM, batch_id=publishing)
    worked = session.scalars(
        select(Assignment.assignment_id).where(Assignment.proposal_id == proposals[1].proposal_id)
    ).one()
    add_entry(session, worked, PAUSE_DATE, "1")
    assert undo_batch(session, actor=SYSTEM, batch_id=batch_id) == (1, 2)
    assert list_statuses(session) == ["published", "approved", "proposed"]
    assert list_outcomes(session, batch_id) == ["kept", "kept", "undone"]
    with pytest.raises(Refused, match="The contractors know"):
        undo_batch(session, actor=SYSTEM, batch_id=publishing)


def test_undo_waits_for_a_plan_that_counts_on_it(session: Session) -> None:
    run_id, proposals = prepare(session)
    batch_id = open_for(session, SYSTEM, run_id, proposals[:1])
    advance_batch(session, actor=SYSTEM, batch_id=batch_id)
    pause_id = 1
    later = request_plan(
        session, actor=SYSTEM, pause_id=pause_id, options=PlanOptions(), now=EFFECTIVE_AT
    )
    with pytest.raises(Refused, match="A plan is being made"):
        undo_batch(session, actor=SYSTEM, batch_id=batch_id)
    propose(session, later, [("C3", "P2", 20)])
    assert undo_batch(session, actor=SYSTEM, batch_id=batch_id) == (1, 0)
    # The newer plan has taken its place: it is free, but not proposed any more.
    assert list_statuses(session) == ["superseded", "superseded", "superseded", "proposed"]


def test_publishing_takes_approved_places_only(session: Session) -> None:
    run_id, proposals = prepare(session)
    approve_proposals(session, actor=SYSTEM, proposals=proposals[:1])
    wanted = [ProposalVersion(proposals[0].proposal_id, 2), proposals[1]]
    batch_id = open_for(session, SYSTEM, run_id, wanted, verb="publish")
    advance_batch(session, actor=SYSTEM, batch_id=batch_id)
    assert list_statuses(session) == ["published", "proposed", "proposed"]
    row = session.get_one(ReviewBatchRow, (batch_id, 1))
    assert row.sentence == "Nobody has approved it yet."


def test_two_accounts_of_one_contractor_are_no_two_approvers_bug(session: Session) -> None:
    """Whoever is staff under two addresses could have confirmed what they asked for."""
    run_id, proposals = prepare(session)
    manager = add_account(session, "ops_manager", "C3")
    user_id = add_user(
        session,
        actor=SYSTEM,
        email="other@vendor.example",
        name="The other address",
        role="ops_manager",
        password="correct horse battery",
        contractor_id="C3",
    )
    other = Actor.of_user(session.get_one(User, user_id))
    second = SecondApproval(rows=1, raise_percent=0)
    batch_id = open_for(session, manager, run_id, proposals[:2], second=second)
    with pytest.raises(Refused, match="Somebody else than who asked for it"):
        confirm_batch(session, actor=other, batch_id=batch_id)
    confirm_batch(session, actor=add_second_manager(session), batch_id=batch_id)
    assert get_batch(session, batch_id).status == "running"
