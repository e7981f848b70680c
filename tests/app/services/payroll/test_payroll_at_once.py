"""Exports by many at once, beside approvals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Refused
from app.services.payroll.payroll_batches import list_batches
from app.services.payroll.payroll_export import export_period
from tests.app.pay_world import FIRST, add_period, approve, approve_day, enter, export
from tests.app.world import SYSTEM, add_world

NUM_AT_ONCE = 50
NUM_APPROVERS = 10

HELD = """
    SELECT assignment_id, sum(hours), count(*), count(*) FILTER (WHERE entry = 1)
    FROM export_days GROUP BY assignment_id, work_date ORDER BY 1
"""


def list_held(session: Session) -> list[tuple[str, int, int, int]]:
    """Return assignment, hours, rows and first rows of each day in the ledger."""
    return [(row[0], int(row[1]), row[2], row[3]) for row in session.execute(text(HELD))]


def test_fifty_exports_at_once_put_each_hour_into_exactly_one_batch(database: Database) -> None:
    """Check 20: each hour is in exactly one batch. Check 21: a key in many hands has one effect."""
    many = Database(database.conninfo, pool_size=NUM_AT_ONCE)
    with many.session() as session:
        add_world(session, num_contractors=20)
        for number in range(1, 11):
            approve_day(session, number, FIRST, "8")
        waiting = [
            enter(session, f"C{number}", FIRST, {(f"A{number}", FIRST): "8"})
            for number in range(11, 11 + NUM_APPROVERS)
        ]
        period = add_period(session)
    barrier = Barrier(NUM_AT_ONCE)

    def export_once(clerk: int) -> int | None:
        key = "the same click" if clerk % 2 else None
        with many.session() as session:
            barrier.wait()
            with suppress(Refused):
                return export_period(session, actor=SYSTEM, period_id=period, idempotency_key=key)
            return None

    def approve_once(sheet: int) -> None:
        with many.session() as session:
            barrier.wait()
            approve(session, sheet)

    with ThreadPoolExecutor(NUM_AT_ONCE) as pool:
        approvals = [pool.submit(approve_once, sheet) for sheet in waiting]
        clerks = [pool.submit(export_once, clerk) for clerk in range(NUM_AT_ONCE - NUM_APPROVERS)]
        for job in approvals:
            job.result()
        made = [job.result() for job in clerks]
    with many.session() as session:
        batches = list_batches(session)
        assert {batch_id for batch_id in made if batch_id} == {one.batch_id for one in batches}
        assert len({made[clerk] for clerk in range(1, len(made), 2)} - {None}) <= 1
        with suppress(Refused):
            export(session, period)
        batches = list_batches(session)
        assert [batch.number for batch in batches] == list(range(len(batches), 0, -1))
        assert list_held(session) == sorted((f"A{number}", 8, 1, 1) for number in range(1, 21))
    many.dispose()
