"""Offers that end without an acceptance: freed places, closed pairs, and no penalty."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.errors import InvalidValue
from app.models import Assignment, AuditEvent, Client, Offer, PlanRun, RejectedPair
from app.services.offers.offer_answers import accept_offer, decline_offer
from app.services.offers.offer_endings import settle_offers, withdraw_offers
from app.services.pauses.pausing import open_pause
from app.services.pauses.resuming import resume_pause
from app.services.plans.plan_loading import load_planning_roster
from app.services.plans.planning import PlanOptions, request_plan
from app.services.plans.repairing import request_repairs
from tests.app.offers import ADA, BO, Offered, add_offers, get_offer, minutes_from_now
from tests.app.world import SYSTEM


def list_held(session: Session) -> list[str]:
    placed = select(Assignment.contractor_id).where(Assignment.proposal_id.is_not(None))
    return sorted(session.scalars(placed))


def list_closed(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(select(RejectedPair.contractor_id, RejectedPair.project_id))
    return sorted((who, where) for who, where in rows)


def list_statuses(session: Session) -> list[str]:
    return list(session.scalars(select(Offer.status).order_by(Offer.id)))


@pytest.fixture
def offered(session: Session) -> Offered:
    return add_offers(session, 3)


def test_unanswered_offer_expires_and_frees_its_place(session: Session, offered: Offered) -> None:
    accept_offer(session, actor=ADA, offer_id=offered.offer_ids[0])
    end = get_offer(session, offered.offer_ids[1]).expires_at
    assert settle_offers(session, actor=SYSTEM, now=end - timedelta(seconds=1)) == 0
    assert list_held(session) == ["C1", "C2", "C3"]
    assert settle_offers(session, actor=SYSTEM, now=end) == 2
    assert list_statuses(session) == ["accepted", "expired", "expired"]
    assert list_held(session) == ["C1"]
    assert list_closed(session) == [("C2", "P2"), ("C3", "P2")]
    assert settle_offers(session, actor=SYSTEM, now=end) == 0


def test_declined_place_is_free_once_the_answer_is_final(
    session: Session, offered: Offered
) -> None:
    decline_offer(session, actor=ADA, offer_id=offered.offer_ids[0])
    assert settle_offers(session, actor=SYSTEM, now=minutes_from_now(9)) == 0
    assert list_held(session) == ["C1", "C2", "C3"]
    assert settle_offers(session, actor=SYSTEM, now=minutes_from_now(11)) == 1
    assert list_held(session) == ["C2", "C3"]
    assert list_closed(session) == [("C1", "P2")]


def test_withdrawn_offer_says_why_and_answered_ones_stay(
    session: Session, offered: Offered
) -> None:
    accept_offer(session, actor=ADA, offer_id=offered.offer_ids[0])
    decline_offer(session, actor=BO, offer_id=offered.offer_ids[1])
    withdraw = partial(withdraw_offers, session, actor=SYSTEM, offer_ids=offered.offer_ids)
    with pytest.raises(InvalidValue):
        withdraw(reason=" ")
    session.execute(update(Client).where(Client.client_id == "K2").values(name="Halcyon"))
    session.commit()
    with pytest.raises(InvalidValue, match="the name of a client"):
        withdraw(reason="halcyon wants nobody new")
    assert withdraw(reason="The client changed its mind.") == 1
    assert withdraw(reason="Again.") == 0
    assert list_statuses(session) == ["accepted", "declined", "withdrawn"]
    assert get_offer(session, offered.offer_ids[2]).note == "The client changed its mind."
    assert list_held(session) == ["C1", "C2"]


def test_offer_of_stopped_work_is_withdrawn_without_closing_the_pair(
    session: Session, offered: Offered
) -> None:
    accept_offer(session, actor=ADA, offer_id=offered.offer_ids[0])
    open_pause(
        session,
        actor=SYSTEM,
        project_ids=["P2"],
        effective_at=datetime.now(UTC),
        reason_class="other",
        options=PlanOptions(),
    )
    assert settle_offers(session, actor=SYSTEM) == 2
    assert list_statuses(session) == ["accepted", "withdrawn", "withdrawn"]
    assert "stopped" in get_offer(session, offered.offer_ids[1]).note
    assert (list_held(session), list_closed(session)) == (["C1"], [])


def test_resume_gives_people_their_work_back_instead_of_what_they_have_not_accepted(
    session: Session, offered: Offered
) -> None:
    accept_offer(session, actor=ADA, offer_id=offered.offer_ids[0])
    decline_offer(session, actor=BO, offer_id=offered.offer_ids[1])
    resumed = resume_pause(session, actor=SYSTEM, pause_id=offered.pause_id, today=date(2026, 3, 3))
    assert list_statuses(session) == ["accepted", "declined", "withdrawn"]
    assert list_held(session) == ["C1"]
    assert resumed.num_restored == 3
    assert request_repairs(session, actor=SYSTEM) == []


def test_every_end_of_an_offer_is_one_event(session: Session, offered: Offered) -> None:
    decline_offer(session, actor=ADA, offer_id=offered.offer_ids[0])
    withdraw_offers(session, actor=SYSTEM, offer_ids=offered.offer_ids[1:2], reason="No room.")
    settle_offers(session, actor=SYSTEM, now=minutes_from_now(60 * 49))
    events = session.execute(
        select(AuditEvent.action, AuditEvent.subject_id)
        .where(AuditEvent.subject_kind == "offer", AuditEvent.action != "offer.sent")
        .order_by(AuditEvent.id)
    )
    first, second, third = (str(offer_id) for offer_id in offered.offer_ids)
    assert [tuple(event) for event in events] == [
        ("offer.declined", first),
        ("offer.withdrawn", second),
        ("offer.expired", third),
        ("offer.released", first),
    ]


def test_freed_place_asks_for_one_repair_and_no_second(session: Session, offered: Offered) -> None:
    decline_offer(session, actor=ADA, offer_id=offered.offer_ids[0])
    assert request_repairs(session, actor=SYSTEM) == []
    settle_offers(session, actor=SYSTEM, now=minutes_from_now(11))
    (run_id,) = request_repairs(session, actor=SYSTEM)
    assert session.get_one(PlanRun, run_id).is_repair
    assert get_offer(session, offered.offer_ids[0]).repair_run_id == run_id
    assert request_repairs(session, actor=SYSTEM) == []


def test_repair_waits_for_a_plan_that_is_being_solved(session: Session, offered: Offered) -> None:
    running = request_plan(session, actor=SYSTEM, pause_id=offered.pause_id, options=PlanOptions())
    withdraw_offers(session, actor=SYSTEM, offer_ids=offered.offer_ids[:1], reason="No room.")
    assert request_repairs(session, actor=SYSTEM) == []
    session.get_one(PlanRun, running).status = "cancelled"
    session.commit()
    assert len(request_repairs(session, actor=SYSTEM)) == 1


def test_plan_asked_for_by_hand_looks_after_the_holes_too(
    session: Session, offered: Offered
) -> None:
    withdraw_offers(session, actor=SYSTEM, offer_ids=offered.offer_ids[:1], reason="No room.")
    run_id = request_plan(session, actor=SYSTEM, pause_id=offered.pause_id, options=PlanOptions())
    assert get_offer(session, offered.offer_ids[0]).repair_run_id == run_id
    assert request_repairs(session, actor=SYSTEM) == []


def test_repair_frees_the_hole_alone(session: Session) -> None:
    offered = add_offers(session, 4, proposed=1)
    decline_offer(session, actor=BO, offer_id=offered.offer_ids[1])
    settle_offers(session, actor=SYSTEM, now=minutes_from_now(11))
    (run_id,) = request_repairs(session, actor=SYSTEM)
    run = session.get_one(PlanRun, run_id)
    _roster, request = load_planning_roster(session, run)
    assert sorted(request.pinned) == [("C1", "P2", 20), ("C3", "P2", 20), ("C4", "P2", 20)]
    assert request.rejected == {("C2", "P2")}
    assert request.baseline == ()
    assert session.scalar(select(func.count()).select_from(Offer)) == 3
