"""Eight managers at the same time: never oversubscribed, never twice, never stuck."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Database
from app.models import (
    Assignment,
)
from app.services.review.reviewing import (
    ProposalVersion,
    approve_proposals,
)
from tests.app.world import (
    SYSTEM,
    add_world,
    pause_p1,
    propose,
)

NUM_MANAGERS = 8


def approve(session: Session, proposals: list[ProposalVersion]) -> list[bool]:
    return [outcome.ok for outcome in approve_proposals(session, actor=SYSTEM, proposals=proposals)]


def count_on_p2(session: Session) -> int:
    statement = select(func.count()).select_from(Assignment).where(Assignment.project_id == "P2")
    return session.scalar(statement) or 0


def test_eight_managers_never_oversubscribe_the_last_seats(database: Database) -> None:
    """Check 23: real threads on real rows."""
    with database.session() as session:
        add_world(session, num_contractors=NUM_MANAGERS, target={"seats": 3})
        rows = [(f"C{number + 1}", "P2", 20) for number in range(NUM_MANAGERS)]
        proposals = propose(session, pause_p1(session).plan_run_id, rows)
    barrier = Barrier(NUM_MANAGERS)

    def approve_one(wanted: ProposalVersion) -> bool:
        with database.session() as session:
            barrier.wait()
            return approve(session, [wanted])[0]

    with ThreadPoolExecutor(NUM_MANAGERS) as pool:
        approved = list(pool.map(approve_one, proposals))
    assert sum(approved) == 3
    with database.session() as session:
        assert count_on_p2(session) == 3


def test_eight_managers_approving_the_same_rows_make_each_assignment_once(
    database: Database,
) -> None:
    with database.session() as session:
        add_world(session, num_contractors=4)
        rows = [(f"C{number + 1}", "P2", 20) for number in range(4)]
        proposals = propose(session, pause_p1(session).plan_run_id, rows)
    barrier = Barrier(NUM_MANAGERS)

    def approve_all(number: int) -> int:
        # Half of them ask in the other order: their locks must not wait in a circle.
        wanted = proposals if number % 2 else proposals[::-1]
        with database.session() as session:
            barrier.wait()
            return sum(approve(session, wanted))

    with ThreadPoolExecutor(NUM_MANAGERS) as pool:
        totals = list(pool.map(approve_all, range(NUM_MANAGERS)))
    assert sum(totals) == 4
    with database.session() as session:
        assert count_on_p2(session) == 4
