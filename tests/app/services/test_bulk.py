"""Many rows at once: one statement, whatever is empty in them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Assignment
from app.services.bulk import add_rows
from tests.app.world import add_world

LAST = date(2026, 12, 31)


def test_add_rows_writes_rows_with_gaps_in_one_statement(
    database: Database, session: Session
) -> None:
    add_world(session)
    rows = [
        {
            "assignment_id": f"new-{number}",
            "contractor_id": f"C{number + 1}",
            "project_id": "P2",
            "hours_per_week": 10,
            "starts_on": date(2026, 2, 2),
            "ends_on": LAST if number == 1 else None,
            "status": "active",
        }
        for number in range(3)
    ]
    written = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO assignments"):
            written.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        add_rows(session, Assignment, rows)
        add_rows(session, Assignment, [])
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert len(written) == 1
    found = select(Assignment.ends_on).where(Assignment.project_id == "P2")
    assert list(session.scalars(found.order_by(Assignment.assignment_id))) == [None, LAST, None]
