"""What a contractor's page asks the database: on the day of a large pause everybody opens them.

Counts, and no clock: a statement or a connection more at each request shows here at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.database import Database
from tests.app.offers import add_bare_offer
from tests.app.web.conftest import Browser, Vendor


@dataclass
class Asked:
    """What was asked of the database: statements, transactions, and connections held at once."""

    num_statements: int = 0
    num_transactions: int = 0
    num_held: int = 0
    most_held: int = 0


@contextmanager
def counting(database: Database) -> Iterator[Asked]:
    """Count what is asked over the pool of `database` until the block ends."""
    asked = Asked()

    def note_statement(*_arguments: object) -> None:
        asked.num_statements += 1

    def note_transaction(*_arguments: object) -> None:
        asked.num_transactions += 1

    def note_checkout(*_arguments: object) -> None:
        asked.num_held += 1
        asked.most_held = max(asked.most_held, asked.num_held)

    def note_checkin(*_arguments: object) -> None:
        asked.num_held -= 1

    listeners = (
        ("before_cursor_execute", note_statement),
        ("begin", note_transaction),
        ("checkout", note_checkout),
        ("checkin", note_checkin),
    )
    for name, note in listeners:
        event.listen(database.engine, name, note)
    try:
        yield asked
    finally:
        for name, note in listeners:
            event.remove(database.engine, name, note)


MOST_STATEMENTS = {
    # Who asks; what the page shows; how many messages are unread.
    "/my/work": 4,
    "/my/offers": 3,
    "/my/offers/{offer_id}": 3,
    "/messages/": 4,
    "/my/availability": 8,
    "/my/hours": 12,
    # Who asks, and whether the database answers.
    "/healthz": 2,
}
"""Page -> the most that it may ask of the database."""


def test_page_asks_for_little(
    contractor: Browser, session: Session, database: Database, planned: Vendor
) -> None:
    offer_id = add_bare_offer(session, planned.run_id, "C1", "P3")
    beyond = {}
    for path, most in MOST_STATEMENTS.items():
        with counting(database) as asked:
            assert contractor.get(path.format(offer_id=offer_id)).status == 200
        # Two: of the sign-in one in which nothing begins, and the page's own.
        if asked.num_statements > most or asked.num_transactions > 2 or asked.most_held > 1:
            beyond[path] = asked
    assert beyond == {}


def test_answer_and_hours_ask_for_little(
    contractor: Browser, session: Session, database: Database, planned: Vendor
) -> None:
    offer_id = add_bare_offer(session, planned.run_id, "C1", "P3")
    token = contractor.get("/my/offers").inputs["csrf_token"]
    day = planned.today - timedelta(days=planned.today.weekday() + 7)
    hours = {"week": day.isoformat(), f"hours:{day}:a1": "8", "do": "save"}
    asked_by = []
    for path, form in ((f"/my/offers/{offer_id}/accept", {}), ("/my/hours", hours)):
        with counting(database) as asked:
            answer = contractor.send("POST", path, data={**form, "csrf_token": token})
        assert answer.status_code == 302
        assert asked.most_held == 1
        asked_by.append(asked.num_statements)
    num_of_answer, num_of_hours = asked_by
    assert num_of_answer <= 12
    assert num_of_hours <= 29
