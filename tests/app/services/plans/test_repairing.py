"""Decline-aware repair: the hole goes to somebody else, and everybody else stays."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Message, Offer, PlanRun, Project, Proposal
from app.services.access.access import Actor
from app.services.offers.offer_answers import accept_offer, decline_offer
from app.services.offers.offer_endings import settle_offers
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.repairing import request_repairs
from app.services.plans.solving import run_plan
from app.services.review.reviewing import ProposalVersion
from tests.app.offers import ADA, BO, minutes_from_now, publish
from tests.app.world import SYSTEM, add_account, add_world, pause_p1, propose


def add_vendor(session: Session, num_people: int) -> None:
    """P2 has two seats, and there is no other work."""
    add_world(session, num_contractors=num_people, target={"seats": 2})
    session.execute(update(Project).where(Project.project_id == "P3").values(status="closed"))
    session.commit()


def list_proposed(session: Session, run_id: int) -> list[tuple[str, str, int]]:
    rows = session.execute(
        select(Proposal.contractor_id, Proposal.project_id, Proposal.hours_per_week)
        .where(Proposal.plan_run_id == run_id, Proposal.status == "proposed")
        .order_by(Proposal.contractor_id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def repair(database: Database, session: Session) -> int:
    """Let the answers become final, and solve the plan that they ask for."""
    settle_offers(session, actor=SYSTEM, now=minutes_from_now(11))
    (run_id,) = request_repairs(session, actor=SYSTEM)
    run_plan(database, run_id, limits=ChildLimits())
    session.expire_all()
    run = session.get_one(PlanRun, run_id)
    assert (run.status, run.error) == ("succeeded", None)
    return run_id


def test_declined_place_is_proposed_to_the_next_and_never_to_the_same(
    database: Database, session: Session
) -> None:
    """P2 has two seats: Ada keeps hers, Bo declines, and the next of the four gets the other."""
    add_vendor(session, 4)
    first = pause_p1(session).plan_run_id
    proposals = propose(session, first, [("C1", "P2", 20), ("C2", "P2", 20)])
    publish(session, proposals)
    offers = session.scalars(select(Offer.id).order_by(Offer.id)).all()
    session.rollback()
    accept_offer(session, actor=ADA, offer_id=offers[0])
    decline_offer(session, actor=BO, offer_id=offers[1], reason="rate")
    run_id = repair(database, session)
    ((next_person, project, hours),) = list_proposed(session, run_id)
    assert (project, hours) == ("P2", 20)
    assert next_person in {"C3", "C4"}
    # Bo is planned like everybody else, but not there.
    summary = session.get_one(PlanRun, run_id).summary
    assert summary is not None
    assert summary["num_affected"] == 4

    publish_next(session, run_id, next_person)
    decline_offer(session, actor=get_actor(next_person), offer_id=find_offer(session, next_person))
    last = repair(database, session)
    ((last_person, _, _),) = list_proposed(session, last)
    assert {next_person, last_person} == {"C3", "C4"}


def test_repair_leaves_undecided_proposals_where_they_are_and_managers_are_told(
    database: Database, session: Session
) -> None:
    add_vendor(session, 3)
    manager = add_account(session, "ops_manager")
    add_account(session, "payroll")
    first = pause_p1(session).plan_run_id
    proposals = propose(session, first, [("C1", "P2", 20), ("C2", "P2", 20)])
    publish(session, proposals[:1])
    decline_offer(session, actor=ADA, offer_id=find_offer(session, "C1"))
    run_id = repair(database, session)
    assert list_proposed(session, first) == [("C2", "P2", 20)]
    assert list_proposed(session, run_id) == [("C3", "P2", 20)]
    # Nobody asked for a repair, so all who decide on proposals are told.
    told = session.execute(
        select(Message.user_id, Message.event)
        .where(Message.kind == "repair_ready")
        .order_by(Message.user_id)
    )
    assert told.all() == [(manager.user_id, str(run_id))]


def get_actor(contractor_id: str) -> Actor:
    return Actor(None, contractor_id, frozenset({"contractor"}), contractor_id)


def find_offer(session: Session, contractor_id: str) -> int:
    offer_id = session.scalars(select(Offer.id).where(Offer.contractor_id == contractor_id)).one()
    session.rollback()
    return offer_id


def publish_next(session: Session, run_id: int, contractor_id: str) -> None:
    rows = session.execute(
        select(Proposal.id, Proposal.version).where(
            Proposal.plan_run_id == run_id, Proposal.contractor_id == contractor_id
        )
    ).all()
    session.rollback()
    publish(session, [ProposalVersion(*row) for row in rows])
