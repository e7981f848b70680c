"""Offers under many hands and under kill -9: exactly one outcome, all of it or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Refused
from app.models import Assignment, AuditEvent, Offer, RejectedPair
from app.services.access.access import Actor
from app.services.offers.offer_answers import accept_offer, decline_offer
from app.services.offers.offer_endings import settle_offers, withdraw_offers
from app.services.pauses.resuming import resume_pause
from tests.app.offers import add_offers, get_offer
from tests.app.services.killing import kill_everywhere
from tests.app.services.plans.crossing import cross
from tests.app.world import PAUSE_DATE, SYSTEM

NUM_THREADS = 50
NUM_OFFERS = 5
OUTCOMES = {f"offer.{name}" for name in ("accepted", "declined", "withdrawn", "expired")}

Verb = Callable[[Session, int], object]


def accept(session: Session, number: int) -> None:
    accept_offer(session, actor=get_person(number), offer_id=number)


def decline(session: Session, number: int) -> None:
    decline_offer(session, actor=get_person(number), offer_id=number)


def withdraw(session: Session, number: int) -> None:
    withdraw_offers(session, actor=SYSTEM, offer_ids=[number], reason="a test")


def expire(session: Session, number: int) -> None:
    later = get_offer(session, number).expires_at + timedelta(seconds=1)
    session.rollback()
    settle_offers(session, actor=SYSTEM, now=later)


def get_person(number: int) -> Actor:
    return Actor(None, f"C{number}", frozenset({"contractor"}), f"C{number}")


def race(database: Database, verbs: tuple[Verb, ...]) -> None:
    """Let NUM_THREADS threads do the verbs in turn, each to one of the offers."""
    barrier = Barrier(NUM_THREADS)

    def act(number: int) -> None:
        verb = verbs[number // NUM_OFFERS % len(verbs)]
        barrier.wait()
        with database.session() as session, suppress(Refused):
            verb(session, number % NUM_OFFERS + 1)

    with ThreadPoolExecutor(NUM_THREADS) as pool:
        list(pool.map(act, range(NUM_THREADS)))


@pytest.mark.parametrize(
    "verbs", [(accept, decline, withdraw), (accept, decline, withdraw, expire), (accept,)]
)
def test_fifty_hands_give_each_offer_exactly_one_outcome(
    database: Database, verbs: tuple[Verb, ...]
) -> None:
    with database.session() as session:
        assert add_offers(session, NUM_OFFERS).offer_ids == [1, 2, 3, 4, 5]
    race(database, verbs)
    with database.session() as session:
        events = session.execute(
            select(AuditEvent.subject_id, AuditEvent.action).where(AuditEvent.action.in_(OUTCOMES))
        ).all()
        offers = session.execute(select(Offer.id, Offer.status, Offer.released_at)).all()
        held = set(
            session.scalars(
                select(Offer.id).join(Assignment, Assignment.proposal_id == Offer.proposal_id)
            )
        )
        closed = session.scalar(select(func.count()).select_from(RejectedPair))
    assert Counter(subject_id for subject_id, _ in events) == Counter("12345")
    assert {int(row[0]): row[1] for row in events} == {
        row.id: f"offer.{row.status}" for row in offers
    }
    assert held == {row.id for row in offers if row.released_at is None}
    assert closed == len(offers) - len(held)


def resume(database: Database) -> None:
    with database.session() as session:
        resume_pause(session, actor=SYSTEM, pause_id=1, today=PAUSE_DATE)


def accept_first(database: Database) -> None:
    with database.session() as session, suppress(Refused):
        accept(session, 1)


def expire_first(database: Database) -> None:
    with database.session() as session:
        expire(session, 1)


@pytest.mark.parametrize(
    ("first", "stop_at", "second", "statuses"),
    [
        (accept_first, "UPDATE offers", resume, ["accepted", "withdrawn"]),
        (accept_first, "UPDATE offers", expire_first, ["accepted", "expired"]),
        (resume, "UPDATE pause_projects SET open", accept_first, ["withdrawn", "withdrawn"]),
        (expire_first, "DELETE FROM assignments", accept_first, ["expired", "expired"]),
        (expire_first, "DELETE FROM assignments", resume, ["expired", "expired"]),
    ],
)
def test_answers_and_the_end_of_a_pause_take_turns(
    database: Database,
    first: Callable[[Database], None],
    stop_at: str,
    second: Callable[[Database], None],
    statuses: list[str],
) -> None:
    with database.session() as session:
        add_offers(session)
    assert cross(database, lambda: first(database), stop_at, lambda: second(database)) == []
    with database.session() as session:
        assert session.scalars(select(Offer.status).order_by(Offer.id)).all() == statuses


def count_held(session: Session) -> tuple[list[str], int, int]:
    """Return what a withdrawal changes: statuses, places held, pairs closed."""
    placed = select(func.count()).where(Assignment.proposal_id.is_not(None))
    return (
        list(session.scalars(select(Offer.status).order_by(Offer.id))),
        session.scalar(placed) or 0,
        session.scalar(select(func.count()).select_from(RejectedPair)) or 0,
    )


def test_withdrawal_killed_anywhere_leaves_all_or_nothing(
    database: Database, session: Session
) -> None:
    """Check 27: kill -9 at every statement."""
    offers = add_offers(session)

    def take_back(own: Database) -> None:
        with own.session() as other:
            withdraw_offers(other, actor=SYSTEM, offer_ids=offers.offer_ids, reason="a test")

    deaths = kill_everywhere(database, take_back, count_held)
    assert deaths.states == [(["pending"] * 2, 2, 0), (["withdrawn"] * 2, 0, 2)]
    assert (deaths.num_at_statements > 1, deaths.num_at_commits >= 2) == (True, True)
