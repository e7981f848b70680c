"""Changing a proposal by hand: what it may break, what it does to the goals, pins, re-plans."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import NotFound, Refused, Stale
from app.models import Assignment, PlanRun, Project, Proposal, RejectedPair, Wall
from app.services.plans.plan_loading import load_pairs_roster, load_planning_roster
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.planning import PlanOptions, request_plan
from app.services.plans.solving import run_plan
from app.services.review.hand_changes import change_proposal, check_change, set_pin
from app.services.review.reviewing import ProposalVersion, approve_proposals
from tests.app.world import (
    EFFECTIVE_AT,
    SYSTEM,
    add_account,
    add_world,
    pause_p1,
    propose,
)


def prepare(session: Session, **target: object) -> ProposalVersion:
    """Return the proposal of C1 on P2, 20 hours a week; `target` changes cells of P2."""
    add_world(session, num_contractors=2, target=target or None)  # type: ignore[arg-type]  # cells
    return propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])[0]


def change(
    session: Session,
    wanted: ProposalVersion,
    project_id: str = "P3",
    hours: int = 20,
    reason: str = "",
) -> None:
    change_proposal(
        session,
        actor=SYSTEM,
        wanted=wanted,
        project_id=project_id,
        hours_per_week=hours,
        reason=reason,
    )


def get(session: Session, proposal_id: int) -> Proposal:
    return session.get_one(Proposal, proposal_id, populate_existing=True)


def test_check_tells_the_effect_on_the_goals(session: Session) -> None:
    wanted = prepare(session)
    session.execute(update(Project).where(Project.project_id == "P3").values(priority=5))
    session.commit()
    checked = check_change(
        session, proposal_id=wanted.proposal_id, project_id="P3", hours_per_week=5
    )
    assert checked.findings == ()
    effect = checked.effect
    assert effect is not None
    assert (effect.before.covered, effect.after.covered) == (True, False)
    assert (effect.before.hour_weeks, effect.after.hour_weeks) == (160, 40)
    assert (effect.before.hours_goal, effect.after.hours_goal) == (480, 200)
    assert get(session, wanted.proposal_id).project_id == "P2"


def test_check_counts_what_other_proposals_want(session: Session) -> None:
    add_world(session, num_contractors=3, target={"demand_hours": 50})
    rows = [("C1", "P3", 20), ("C2", "P2", 20), ("C3", "P2", 20)]
    first = propose(session, pause_p1(session).plan_run_id, rows)[0]
    checked = check_change(
        session, proposal_id=first.proposal_id, project_id="P2", hours_per_week=20
    )
    assert (checked.open_hours, checked.wanted_hours) == (50, 40)
    assert checked.findings == ()


def test_change_gives_the_new_place_and_pins_it(session: Session) -> None:
    wanted = prepare(session)
    manager = add_account(session, "ops_manager")
    change_proposal(session, actor=manager, wanted=wanted, project_id="P3", hours_per_week=16)
    row = get(session, wanted.proposal_id)
    assert (row.project_id, row.hours_per_week) == ("P3", 16)
    assert row.restored_hour_weeks == 128
    assert (row.pinned, row.changed_by, row.version) == (True, manager.user_id, 2)
    assert row.reasons[0] == "Restores 16 of 20 lost hours a week."
    with pytest.raises(Stale, match=r"changed it by hand, .*: 16 h a week on Larch instead"):
        change(session, wanted)
    assert approve_proposals(
        session, actor=SYSTEM, proposals=[ProposalVersion(wanted.proposal_id, 2)]
    )[0].ok
    made = session.scalars(select(Assignment).where(Assignment.project_id == "P3")).one()
    assert made.hours_per_week == 16


def test_soft_limit_needs_a_reason_and_holds_at_the_approval(session: Session) -> None:
    wanted = prepare(session)
    session.execute(update(Project).where(Project.project_id == "P3").values(seats=0))
    session.commit()
    with pytest.raises(Refused, match=r"no free seat any more\. Give a reason"):
        change(session, wanted)
    change(session, wanted, reason="The client asked for her")
    row = get(session, wanted.proposal_id)
    assert (row.overridden, row.override_reason) == (["seats"], "The client asked for her")
    (outcome,) = approve_proposals(
        session, actor=SYSTEM, proposals=[ProposalVersion(wanted.proposal_id, 2)]
    )
    assert outcome.sentence == "Approved."


def test_missing_skill_may_be_overridden(session: Session) -> None:
    wanted = prepare(session)
    session.execute(
        update(Project).where(Project.project_id == "P3").values(utc_offset=8, max_utc_distance=1)
    )
    session.commit()
    change(session, wanted, reason="She works at night")
    assert get(session, wanted.proposal_id).overridden == ["utc_distance"]
    (outcome,) = approve_proposals(
        session, actor=SYSTEM, proposals=[ProposalVersion(wanted.proposal_id, 2)]
    )
    assert outcome.sentence == "Approved."


def test_override_of_one_limit_allows_no_other(session: Session) -> None:
    wanted = prepare(session)
    session.execute(update(Project).where(Project.project_id == "P3").values(seats=0))
    session.commit()
    change(session, wanted, reason="The client asked for her")
    session.execute(update(Project).where(Project.project_id == "P3").values(demand_hours=10))
    session.commit()
    (outcome,) = approve_proposals(
        session, actor=SYSTEM, proposals=[ProposalVersion(wanted.proposal_id, 2)]
    )
    assert outcome.sentence == "The project has not so many open hours any more."


@pytest.mark.parametrize(
    "values",
    [{"clearance": 3}, {"compartments": "red"}, {"countries": "NZ"}, {"status": "closed"}],
    ids=lambda values: next(iter(values)),
)
def test_hard_rule_is_never_overridden(session: Session, values: dict[str, object]) -> None:
    wanted = prepare(session)
    session.execute(update(Project).where(Project.project_id == "P3").values(**values))
    session.commit()
    with pytest.raises(Refused, match="Not eligible"):
        change(session, wanted, reason="Please")


def test_wall_is_never_overridden_and_names_no_client(session: Session) -> None:
    wanted = prepare(session)
    session.add(Wall(client_id="K1", competitor_id="K3", cooling_off_days=30))
    session.commit()
    with pytest.raises(Refused) as refused:
        change(session, wanted, reason="Please")
    assert refused.value.code == "broken"
    assert "K1" not in str(refused.value)


def test_rejected_pair_is_not_allowed_through_the_back_door(session: Session) -> None:
    wanted = prepare(session)
    session.add(RejectedPair(contractor_id="C1", project_id="P3", reason="No"))
    session.commit()
    with pytest.raises(Refused, match="Not eligible"):
        change(session, wanted, reason="Please")


def test_change_onto_another_proposal_is_refused(session: Session) -> None:
    add_world(session)
    rows = [("C1", "P2", 10), ("C1", "P3", 10)]
    first = propose(session, pause_p1(session).plan_run_id, rows)[0]
    with pytest.raises(Refused, match="decide on that one"):
        change(session, first)
    with pytest.raises(NotFound):
        change(session, first, project_id="P9")


def test_pin_is_counted_on_by_the_next_plan_and_takes_no_seat_before(session: Session) -> None:
    wanted = prepare(session)
    set_pin(session, actor=SYSTEM, wanted=wanted, pinned=True)
    set_pin(session, actor=SYSTEM, wanted=ProposalVersion(wanted.proposal_id, 2), pinned=True)
    assert get(session, wanted.proposal_id).version == 2
    run = session.get_one(PlanRun, 1)
    _, request = load_planning_roster(session, run)
    assert (request.pinned, request.baseline) == ((("C1", "P2", 20),), ())
    _, judged = load_pairs_roster(session, run, [("C2", "P2")])
    assert judged.pinned == ()


def test_pin_stays_while_a_plan_counts_on_it(session: Session) -> None:
    wanted = prepare(session)
    set_pin(session, actor=SYSTEM, wanted=wanted, pinned=True)
    request_plan(session, actor=SYSTEM, pause_id=1, options=PlanOptions(), now=EFFECTIVE_AT)
    with pytest.raises(Refused, match="is being made"):
        set_pin(session, actor=SYSTEM, wanted=ProposalVersion(wanted.proposal_id, 2), pinned=False)


def test_replan_keeps_pins_and_rejections_and_compares_the_rest(database: Database) -> None:
    with database.session() as session:
        add_world(session, num_contractors=3)
        run_id = pause_p1(session).plan_run_id
        rows = [("C1", "P2", 12), ("C2", "P2", 20)]
        first, _ = propose(session, run_id, rows)
        change(session, first, hours=13)
        session.add(RejectedPair(contractor_id="C2", project_id="P3", reason="No"))
        session.commit()
        options = PlanOptions(time_limit_s=10, workers=1)
        later = request_plan(session, actor=SYSTEM, pause_id=1, options=options, now=EFFECTIVE_AT)
    run_plan(database, later, limits=ChildLimits())
    with database.session() as session:
        found = session.scalars(
            select(Proposal).where(Proposal.plan_run_id == later).order_by(Proposal.contractor_id)
        ).all()
        pinned = next(row for row in found if row.pinned)
        assert (pinned.contractor_id, pinned.project_id, pinned.hours_per_week) == ("C1", "P3", 13)
        assert (pinned.since_last, pinned.status) == ("kept", "proposed")
        assert ("C2", "P3") not in {(row.contractor_id, row.project_id) for row in found}
        by_person = {row.contractor_id: row.since_last for row in found if not row.pinned}
        assert by_person["C2"] == "kept"
        assert by_person["C3"] == "new"
        assert get(session, first.proposal_id).status == "superseded"
        everything = [ProposalVersion(row.id, row.version) for row in found]
        outcomes = approve_proposals(session, actor=SYSTEM, proposals=everything)
        assert [one.sentence for one in outcomes] == ["Approved."] * len(everything)
