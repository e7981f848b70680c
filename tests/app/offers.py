"""Offers in the small vendor: K2's project P2 is offered to contractors whom the pause stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Assignment, Offer, Proposal
from app.services.access.access import Actor
from app.services.offers.offers import add_offers as offer_proposals
from app.services.review.reviewing import ProposalVersion, approve_proposals, publish_proposals
from tests.app.world import SYSTEM, add_world, pause_p1, propose
from tests.factories import Cell

ADA = Actor(None, "C1", frozenset({"contractor"}), "C1")
BO = Actor(None, "C2", frozenset({"contractor"}), "C2")


@dataclass(frozen=True)
class Offered:
    """A pause, its plan, and the offers of its published proposals, in order of the people."""

    pause_id: int
    run_id: int
    offer_ids: list[int]


def add_offers(
    session: Session,
    num_people: int = 2,
    *,
    target: dict[str, Cell] | None = None,
    proposed: int = 0,
) -> Offered:
    """Pause P1 and offer 20 hours on P2 to everybody but the last `proposed`, whom it proposes."""
    add_world(session, num_contractors=num_people, target=target)
    opened = pause_p1(session)
    rows = [(f"C{number + 1}", "P2", 20) for number in range(num_people)]
    proposals = propose(session, opened.plan_run_id, rows)[: num_people - proposed]
    publish(session, proposals)
    ids = session.scalars(select(Offer.id).order_by(Offer.id)).all()
    session.rollback()
    return Offered(opened.pause_id, opened.plan_run_id, list(ids))


def publish(session: Session, proposals: list[ProposalVersion]) -> None:
    """Approve proposals and put them to their contractors."""
    approved = approve_proposals(session, actor=SYSTEM, proposals=proposals)
    assert all(outcome.ok for outcome in approved), approved
    later = [ProposalVersion(one.proposal_id, one.version + 1) for one in proposals]
    published = publish_proposals(session, actor=SYSTEM, proposals=later)
    assert all(outcome.ok for outcome in published), published


def add_bare_offer(session: Session, run_id: int, contractor_id: str, project_id: str) -> int:
    """Put a place to a contractor that no plan proposed; return the offer's id."""
    proposal = Proposal(
        plan_run_id=run_id,
        contractor_id=contractor_id,
        project_id=project_id,
        hours_per_week=20,
        starts_on=datetime.now(UTC).date() + timedelta(days=3),
        ends_on=None,
        fit=80,
        pay_rate_cents=4200,
        previous_pay_rate_cents=4000,
        currency="USD",
        from_projects="P1",
        restored_hour_weeks=Decimal(160),
        reasons=["Restores 20 of 20 lost hours a week."],
        status="published",
    )
    session.add(proposal)
    session.flush()
    session.add(
        Assignment(
            assignment_id=f"offered-{proposal.id}",
            contractor_id=contractor_id,
            project_id=project_id,
            hours_per_week=20,
            starts_on=proposal.starts_on,
            status="active",
            proposal_id=proposal.id,
        )
    )
    session.flush()
    offer_proposals(session, SYSTEM, [proposal.id], datetime.now(UTC))
    session.commit()
    offer_id = session.scalars(select(Offer.id).where(Offer.proposal_id == proposal.id)).one()
    session.rollback()
    return offer_id


def get_offer(session: Session, offer_id: int) -> Offer:
    """Return the offer as it is now."""
    return session.get_one(Offer, offer_id, populate_existing=True)


def minutes_from_now(minutes: float) -> datetime:
    """Return the instant so many minutes from now."""
    return datetime.now(UTC) + timedelta(minutes=minutes)
