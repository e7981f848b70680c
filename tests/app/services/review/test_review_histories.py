"""Random histories of many managers at once against a model that goes one step at a time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Assignment, AuditEvent, Offer, Proposal
from app.services.access.access import Actor
from app.services.offers.offer_endings import withdraw_offers
from app.services.review.reviewing import (
    Outcome,
    ProposalVersion,
    approve_proposals,
    publish_proposals,
    reject_proposals,
)
from tests.app.world import SYSTEM, add_world, pause_p1, propose

NUM_MANAGERS = 6
NUM_STEPS = 12
NUM_PEOPLE = 8
SEATS = 5

Verb = Callable[[Session, list[ProposalVersion]], tuple[Outcome, ...]]

AFTER = {
    ("proposed", "proposal.approved"): "approved",
    ("proposed", "proposal.rejected"): "rejected",
    ("approved", "proposal.published"): "published",
}
"""The model: what a decision makes of a proposal; all else is a fault."""


def approve(session: Session, wanted: list[ProposalVersion]) -> tuple[Outcome, ...]:
    return approve_proposals(session, actor=SYSTEM, proposals=wanted)


def reject(session: Session, wanted: list[ProposalVersion]) -> tuple[Outcome, ...]:
    return reject_proposals(session, actor=SYSTEM, proposals=wanted, reason="no")


def publish(session: Session, wanted: list[ProposalVersion]) -> tuple[Outcome, ...]:
    return publish_proposals(session, actor=SYSTEM, proposals=wanted)


def withdraw(session: Session, wanted: list[ProposalVersion]) -> tuple[Outcome, ...]:
    keys = [one.proposal_id for one in wanted]
    found = select(Offer.id).where(Offer.proposal_id.in_(keys), Offer.status == "pending")
    offers = session.scalars(found).all()
    session.rollback()
    withdraw_offers(session, actor=Actor.of_system("x"), offer_ids=offers, reason="no")
    return ()


VERBS: tuple[Verb, ...] = (approve, approve, reject, publish, publish, withdraw)


def manage(database: Database, chance: random.Random, barrier: Barrier) -> Counter[int]:
    """Decide at random, now and then on what was seen long ago; count what went through."""
    went_through: Counter[int] = Counter()
    with database.session() as session:
        seen = see(session)
        barrier.wait()
        for _ in range(NUM_STEPS):
            if chance.random() < 0.7:
                seen = see(session)
            wanted = chance.sample(seen, chance.randint(1, 4))
            outcomes = chance.choice(VERBS)(session, wanted)
            went_through.update(one.proposal_id for one in outcomes if one.ok)
    return went_through


def see(session: Session) -> list[ProposalVersion]:
    rows = session.execute(select(Proposal.id, Proposal.version)).all()
    session.rollback()
    return [ProposalVersion(*row) for row in rows]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_histories_of_many_managers_are_those_of_the_model(database: Database, seed: int) -> None:
    """Check 25: no decision is lost or made on a state that was another one. Check 23: nor are
    there ever more people than seats."""
    with database.session() as session:
        add_world(session, num_contractors=NUM_PEOPLE, target={"seats": SEATS})
        rows = [(f"C{number + 1}", "P2", 20) for number in range(NUM_PEOPLE)]
        propose(session, pause_p1(session).plan_run_id, rows)
    barrier = Barrier(NUM_MANAGERS)
    chances = [random.Random(f"{seed} {number}") for number in range(NUM_MANAGERS)]
    with ThreadPoolExecutor(NUM_MANAGERS) as pool:
        done = pool.map(lambda chance: manage(database, chance, barrier), chances)
        went_through = sum(done, Counter[int]())
    with database.session() as session:
        model = replay(session)
        assert {key: row.total() for key, row in model.items()} == {
            key: went_through[key] for key in model
        }
        for row in session.scalars(select(Proposal)):
            assert row.version == 1 + went_through[row.id]
        held = select(func.count()).where(Assignment.project_id == "P2")
        assert session.scalar(held) == count_places(session) <= SEATS


def replay(session: Session) -> dict[int, Counter[str]]:
    """Carry the audit trail out on the model, in its order; return the decisions by proposal."""
    statuses = dict.fromkeys(session.scalars(select(Proposal.id)), "proposed")
    decisions = {key: Counter[str]() for key in statuses}
    events = select(AuditEvent.subject_id, AuditEvent.action, AuditEvent.before, AuditEvent.after)
    about = AuditEvent.subject_kind == "proposal"
    for subject_id, action, before, after in session.execute(
        events.where(about).order_by(AuditEvent.id)
    ):
        key = int(subject_id)
        assert before["status"] == statuses[key], "decided on a state that was gone"
        statuses[key] = AFTER[statuses[key], action]
        assert after["status"] == statuses[key]
        decisions[key][action] += 1
    found = session.execute(select(Proposal.id, Proposal.status)).all()
    assert {row.id: row.status for row in found} == statuses
    return decisions


def count_places(session: Session) -> int:
    """Return the places that stand by the model: approved or offered, and not withdrawn."""
    withdrawn = select(Offer.proposal_id).where(Offer.status == "withdrawn")
    standing = select(func.count()).where(
        Proposal.status.in_(("approved", "published")), Proposal.id.not_in(withdrawn)
    )
    return session.scalar(standing) or 0
