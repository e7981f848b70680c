"""Offers: what publishing tells, and the contractor's answer to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import Assignment, AuditEvent, Offer, PlanRun, ProjectSkill, Proposal, Skill
from app.services.access.access import Actor
from app.services.hours.hours import log_hours
from app.services.offers.offer_answers import accept_offer, decline_offer, undo_answer
from app.services.own_work.my_work import get_my_work
from app.services.pauses.pausing import open_pause
from app.services.plans.planning import PlanOptions
from app.services.plans.policy_settings import PolicySettings, write_settings
from app.services.review.reviewing import ProposalVersion, publish_proposals
from solver.policy import PEOPLE_FIRST
from tests.app.offers import ADA, BO, add_offers, get_offer, minutes_from_now, publish
from tests.app.world import PAUSE_DATE, SYSTEM, add_world, pause_p1, propose

WORKDAY = date(2026, 3, 3)
NOBODY = Actor(None, "C1", frozenset({"payroll"}), "C1")


def get_refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def list_own(session: Session) -> list[str]:
    work = get_my_work(session, "C1", today=PAUSE_DATE)
    return [row.codename for row in (*work.current, *work.upcoming)]


def log(session: Session) -> bool:
    place = select(Assignment.assignment_id).where(
        Assignment.contractor_id == "C1", Assignment.project_id == "P2"
    )
    return log_hours(
        session,
        actor=ADA,
        assignment_id=session.scalars(place).one(),
        work_date=WORKDAY,
        hours=Decimal(4),
    )


def test_published_offer_holds_what_the_contractor_is_told(session: Session) -> None:
    add_world(session, target={"pay_rate_cents": 4400})
    session.add(Skill(name="sql"))
    session.flush()
    run_id = pause_p1(session).plan_run_id
    proposals = propose(session, run_id, [("C1", "P2", 20)])
    reasons = ["Restores 20 of 20 lost hours a week.", "Earlier work: for this client.", "Pay: up."]
    session.execute(update(Proposal).values(reasons=reasons, pay_rate_cents=4400))
    session.commit()
    publish(session, proposals)
    session.add(ProjectSkill(project_id="P2", skill="sql", min_level=3, required=True, weight=1))
    session.commit()
    offer = session.scalars(select(Offer)).one()
    assert (offer.codename, offer.hours_per_week, offer.starts_on) == ("Kestrel", 20, PAUSE_DATE)
    assert (offer.pay_rate_cents, offer.previous_pay_rate_cents) == (4400, 4000)
    assert offer.from_codenames == ["Chordus"]
    assert offer.reasons == [reasons[0], reasons[2]]
    assert offer.asked == []
    assert offer.status == "pending"
    assert offer.expires_at - offer.sent_at == timedelta(hours=48)


def test_offer_says_which_skills_the_work_asks_for(session: Session) -> None:
    add_world(session)
    run_id = pause_p1(session).plan_run_id
    proposals = propose(session, run_id, [("C1", "P2", 20)])
    session.add_all([Skill(name="sql"), Skill(name="go")])
    session.flush()
    for skill, required in (("sql", True), ("go", False)):
        session.add(
            ProjectSkill(project_id="P2", skill=skill, min_level=3, required=required, weight=1)
        )
    session.execute(update(Proposal).values(overridden=["skill"], override_reason="a test"))
    session.commit()
    publish(session, proposals)
    assert session.scalars(select(Offer.asked)).one() == ["sql, level 3"]


def test_policy_says_how_long_an_offer_waits(session: Session) -> None:
    add_world(session)
    run_id = pause_p1(session).plan_run_id
    settings = write_settings(PolicySettings(PEOPLE_FIRST, offer_hours=4))
    session.execute(update(PlanRun).values(policy_settings=settings))
    publish(session, propose(session, run_id, [("C1", "P2", 20)]))
    offer = session.scalars(select(Offer)).one()
    assert offer.expires_at - offer.sent_at == timedelta(hours=4)


def test_publishing_again_makes_no_second_offer(session: Session) -> None:
    add_offers(session)
    again = session.execute(select(Proposal.id, Proposal.version)).all()
    session.rollback()
    versions = [ProposalVersion(*row) for row in again]
    outcomes = publish_proposals(session, actor=SYSTEM, proposals=versions)
    assert [outcome.ok for outcome in outcomes] == [False, False]
    assert session.scalar(select(func.count()).select_from(Offer)) == 2


def test_offered_work_is_the_contractors_own_once_accepted(session: Session) -> None:
    offer_id = add_offers(session).offer_ids[0]
    assert list_own(session) == []
    with pytest.raises(NotFound):
        log(session)
    accept_offer(session, actor=ADA, offer_id=offer_id)
    assert list_own(session) == ["Kestrel"]
    assert log(session)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "offer.accepted")).one()
    assert (event.actor, event.subject_id) == ("C1", str(offer_id))


def test_declined_place_is_held_until_the_answer_is_final(session: Session) -> None:
    offer_id = add_offers(session).offer_ids[0]
    decline_offer(session, actor=ADA, offer_id=offer_id, reason="rate", note=" Too little. ")
    offer = get_offer(session, offer_id)
    assert (offer.status, offer.decline_reason, offer.note) == ("declined", "rate", "Too little.")
    assert offer.released_at is None
    assert list_own(session) == []
    undo_answer(session, actor=ADA, offer_id=offer_id)
    offer = get_offer(session, offer_id)
    assert (offer.status, offer.decline_reason, offer.note) == ("pending", "", "")
    accept_offer(session, actor=ADA, offer_id=offer_id)
    assert list_own(session) == ["Kestrel"]


def test_answer_can_be_undone_for_ten_minutes(session: Session) -> None:
    offer_id = add_offers(session).offer_ids[0]
    accept_offer(session, actor=ADA, offer_id=offer_id)
    late = minutes_from_now(10)
    undo = partial(undo_answer, session, actor=ADA, offer_id=offer_id)
    assert get_refusal(lambda: undo(now=late)) == "too_late"
    undo(now=late - timedelta(minutes=1))
    assert get_offer(session, offer_id).status == "pending"
    assert get_refusal(undo) == "not_answered"


def test_undone_answer_leaves_time_for_another(session: Session) -> None:
    offer_id = add_offers(session).offer_ids[0]
    last = get_offer(session, offer_id).expires_at - timedelta(minutes=1)
    decline_offer(session, actor=ADA, offer_id=offer_id, now=last)
    undone = last + timedelta(minutes=9)
    undo_answer(session, actor=ADA, offer_id=offer_id, now=undone)
    assert get_offer(session, offer_id).expires_at == undone + timedelta(minutes=10)
    accept_offer(session, actor=ADA, offer_id=offer_id, now=undone + timedelta(minutes=9))


def test_acceptance_with_hours_on_it_stands(session: Session) -> None:
    offer_id = add_offers(session).offer_ids[0]
    accept_offer(session, actor=ADA, offer_id=offer_id)
    log(session)
    undo = partial(undo_answer, session, actor=ADA, offer_id=offer_id)
    assert get_refusal(undo) == "hours_logged"


def test_answering_again_changes_nothing(session: Session) -> None:
    offers = add_offers(session).offer_ids
    for _ in range(2):
        accept_offer(session, actor=ADA, offer_id=offers[0])
        decline_offer(session, actor=BO, offer_id=offers[1])
    answered = select(func.count()).where(
        AuditEvent.action.in_(["offer.accepted", "offer.declined"])
    )
    assert session.scalar(answered) == 2
    decline = partial(decline_offer, session, actor=ADA, offer_id=offers[0])
    assert get_refusal(decline) == "accepted"
    accept = partial(accept_offer, session, actor=BO, offer_id=offers[1])
    assert get_refusal(accept) == "declined"


def test_offer_cannot_be_answered_once_its_time_is_over(session: Session) -> None:
    offer_id = add_offers(session).offer_ids[0]
    end = get_offer(session, offer_id).expires_at
    accept = partial(accept_offer, session, actor=ADA, offer_id=offer_id)
    decline = partial(decline_offer, session, actor=ADA, offer_id=offer_id)
    assert get_refusal(partial(accept, now=end)) == "expired"
    assert get_refusal(partial(decline, now=end)) == "expired"
    accept(now=end - timedelta(seconds=1))


def test_offer_on_a_project_paused_since_cannot_be_accepted(session: Session) -> None:
    offer_id = add_offers(session).offer_ids[0]
    open_pause(
        session,
        actor=SYSTEM,
        project_ids=["P2"],
        effective_at=datetime.now(UTC),
        reason_class="other",
        options=PlanOptions(),
    )
    accept = partial(accept_offer, session, actor=ADA, offer_id=offer_id)
    assert get_refusal(accept) == "stopped"


def test_offer_of_somebody_else_does_not_exist(session: Session) -> None:
    offer_id = add_offers(session).offer_ids[0]
    answers: tuple[Callable[..., None], ...] = (accept_offer, decline_offer, undo_answer)
    for answer in answers:
        for wanted in (offer_id, 987_654):
            with pytest.raises(NotFound, match=f"no offer {wanted}"):
                answer(session, actor=BO, offer_id=wanted)
        with pytest.raises(Forbidden):
            answer(session, actor=NOBODY, offer_id=offer_id)


@pytest.mark.parametrize(("reason", "note"), [("money", ""), ("rate", "x" * 1001)])
def test_unusable_reasons_are_refused(session: Session, reason: str, note: str) -> None:
    offer_id = add_offers(session).offer_ids[0]
    with pytest.raises(InvalidValue):
        decline_offer(session, actor=ADA, offer_id=offer_id, reason=reason, note=note)
    assert get_offer(session, offer_id).status == "pending"
