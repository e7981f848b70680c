"""Placing somebody by hand: the rules of a change, once, only where the plan still stands."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, NotFound, Refused
from app.models import AuditEvent, Contractor, PlanRun, Project, Proposal, RejectedPair, Wall
from app.services.pauses.resuming import resume_pause
from app.services.plans.planning import PlanOptions, request_plan
from app.services.review.hand_places import add_place, check_place
from app.services.review.hand_verdicts import Wish
from app.services.review.reviewing import ProposalVersion, approve_proposals
from tests.app.services.plans.crossing import cross
from tests.app.world import (
    EFFECTIVE_AT,
    PAUSE_DATE,
    SYSTEM,
    add_account,
    add_world,
    pause_p1,
    propose,
)

C2_ON_P3 = Wish("C2", "P3", 20)


def prepare(session: Session) -> int:
    """Return a run that proposes C1 for P2, 20 hours a week, and nothing for C2."""
    add_world(session, num_contractors=2)
    run_id = pause_p1(session).plan_run_id
    propose(session, run_id, [("C1", "P2", 20)])
    return run_id


def place(session: Session, run_id: int, wish: Wish = C2_ON_P3, reason: str = "") -> int:
    return add_place(session, actor=SYSTEM, plan_run_id=run_id, wish=wish, reason=reason)


def test_check_tells_the_effect_and_writes_nothing(session: Session) -> None:
    run_id = prepare(session)
    checked = check_place(session, plan_run_id=run_id, wish=C2_ON_P3)
    assert checked.findings == ()
    assert checked.effect is not None
    before, after = checked.effect.before, checked.effect.after
    assert (before.covered, after.covered) == (False, True)
    assert (before.hour_weeks, before.fit_goal, after.hour_weeks) == (0, 0, 160)
    assert session.scalar(select(func.count()).select_from(Proposal)) == 1


def test_place_is_a_pinned_proposal_that_can_be_approved(session: Session) -> None:
    run_id = prepare(session)
    manager = add_account(session, "ops_manager")
    made = add_place(session, actor=manager, plan_run_id=run_id, wish=C2_ON_P3)
    row = session.get_one(Proposal, made)
    assert (row.contractor_id, row.project_id, row.hours_per_week) == ("C2", "P3", 20)
    assert (row.pinned, row.changed_by, row.from_projects) == (True, manager.user_id, "P1")
    assert row.previous_pay_rate_cents == row.pay_rate_cents
    assert row.restored_hour_weeks == 160
    assert (row.starts_on, row.since_last) == (PAUSE_DATE, "")
    assert row.reasons[0] == "Restores 20 of 20 lost hours a week."
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "proposal.added")).one()
    assert event.after is not None
    assert (event.subject_id, event.after["codename"]) == (str(made), "Larch")
    (outcome,) = approve_proposals(session, actor=SYSTEM, proposals=[ProposalVersion(made, 1)])
    assert outcome.sentence == "Approved."


def test_same_request_twice_makes_one_proposal(session: Session) -> None:
    run_id = prepare(session)
    assert place(session, run_id) == place(session, run_id)
    with pytest.raises(Refused, match=r"has a proposal .* a test placed them there by hand"):
        place(session, run_id, Wish("C2", "P3", 10))


def test_places_at_once_take_no_hours_twice(database: Database) -> None:
    with database.session() as session:
        run_id = prepare(session)

    def place_on(project_id: str) -> str:
        with database.session() as session:
            try:
                return f"made {place(session, run_id, Wish('C2', project_id, 20))}"
            except Refused as refused:
                return refused.code

    said: list[str] = []
    cross(
        database,
        lambda: said.append(place_on("P3")),
        "INTO proposals",
        lambda: said.append(place_on("P2")),
    )
    assert sorted(said) == ["broken", "made 2"]


def test_soft_limit_needs_a_reason_and_holds_at_the_approval(session: Session) -> None:
    run_id = prepare(session)
    session.execute(update(Project).where(Project.project_id == "P3").values(seats=0))
    session.commit()
    with pytest.raises(Refused, match="Give a reason"):
        place(session, run_id)
    made = place(session, run_id, reason="The client asked for them")
    assert session.get_one(Proposal, made).overridden == ["seats"]
    (outcome,) = approve_proposals(session, actor=SYSTEM, proposals=[ProposalVersion(made, 1)])
    assert outcome.sentence == "Approved."


@pytest.mark.parametrize(
    "values",
    [{"clearance": 3}, {"compartments": "red"}, {"countries": "NZ"}, {"status": "closed"}],
    ids=lambda values: next(iter(values)),
)
def test_hard_rule_is_never_overridden(session: Session, values: dict[str, object]) -> None:
    run_id = prepare(session)
    session.execute(update(Project).where(Project.project_id == "P3").values(**values))
    session.commit()
    with pytest.raises(Refused, match="Not eligible"):
        place(session, run_id, reason="Please")


def test_wall_is_never_overridden_and_names_no_client(session: Session) -> None:
    run_id = prepare(session)
    session.add(Wall(client_id="K1", competitor_id="K3", cooling_off_days=30))
    session.commit()
    with pytest.raises(Refused) as refused:
        place(session, run_id, reason="Please")
    assert refused.value.code == "broken"
    assert "K1" not in str(refused.value)


def test_second_place_counts_beside_the_first(session: Session) -> None:
    run_id = prepare(session)
    with pytest.raises(Refused, match="no room for these hours"):
        place(session, run_id, Wish("C1", "P3", 10), reason="Please")


def test_rejected_pair_and_unknown_ids_are_refused(session: Session) -> None:
    run_id = prepare(session)
    session.add(RejectedPair(contractor_id="C2", project_id="P3", reason="No"))
    session.commit()
    with pytest.raises(Refused, match="Not eligible"):
        place(session, run_id, reason="Please")
    for wish in (Wish("C9", "P3", 20), Wish("C2", "P9", 20)):
        with pytest.raises(NotFound):
            place(session, run_id, wish)
    with pytest.raises(NotFound):
        place(session, 99)


def test_nobody_places_themselves_and_not_everybody_may_place(session: Session) -> None:
    run_id = prepare(session)
    actor = add_account(session, "payroll")
    with pytest.raises(Forbidden):
        add_place(session, actor=actor, plan_run_id=run_id, wish=C2_ON_P3)
    own = add_account(session, "ops_manager", contractor_id="C2")
    with pytest.raises(Refused, match="their own work"):
        add_place(session, actor=own, plan_run_id=run_id, wish=C2_ON_P3)


def test_somebody_whom_the_pause_does_not_affect_is_refused(session: Session) -> None:
    run_id = prepare(session)
    session.execute(
        update(Contractor).where(Contractor.contractor_id == "C2").values(status="inactive")
    )
    session.commit()
    with pytest.raises(Refused, match="does not affect"):
        place(session, run_id)


def test_only_a_plan_that_still_stands_takes_places(session: Session) -> None:
    run_id = prepare(session)
    later = request_plan(session, actor=SYSTEM, pause_id=1, options=PlanOptions(), now=EFFECTIVE_AT)
    with pytest.raises(Refused, match="has brought no plan"):
        place(session, later)
    session.execute(update(PlanRun).where(PlanRun.id == later).values(status="running"))
    session.commit()
    propose(session, later, [("C1", "P2", 20)])
    with pytest.raises(Refused, match="newer plan"):
        place(session, run_id)
    resume_pause(session, actor=SYSTEM, pause_id=1, today=PAUSE_DATE)
    with pytest.raises(Refused, match="resumed"):
        place(session, later)


def test_place_of_a_week_that_is_over_is_refused(session: Session) -> None:
    run_id = prepare(session)
    with pytest.raises(Refused, match="that week is over"):
        add_place(session, actor=SYSTEM, plan_run_id=run_id, wish=C2_ON_P3, today=date(2026, 3, 9))
    assert session.scalar(select(func.count()).select_from(Proposal)) == 1
