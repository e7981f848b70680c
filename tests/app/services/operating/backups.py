"""What the tests of backups share: a vendor with rows in most tables, and a backup of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.services.operating.backing_up import write_backup
from app.services.operating.stored_tables import list_columns
from app.services.payroll.payroll_export import export_period
from app.services.payroll.period_closing import close_period
from tests.app.pay_world import add_period, approve_day
from tests.app.world import SYSTEM, add_account, add_world, pause_p1, propose
from tests.databases import Databases

DAY = date(2026, 2, 2)


def fill(session: Session) -> None:
    """Add a vendor with a pause, a plan, accounts, and a closed pay period with its batch."""
    add_world(session, contractor={"name": "Zoë\t\\N\n☃"})
    add_account(session, "payroll")
    opened = pause_p1(session)
    propose(session, opened.plan_run_id, [("C1", "P2", 20)])
    approve_day(session, 1, DAY, "8")
    period_id = add_period(session, DAY, DAY)
    export_period(session, actor=SYSTEM, period_id=period_id)
    close_period(session, actor=SYSTEM, period_id=period_id)
    session.rollback()


def make_backup(databases: Databases, path: Path) -> None:
    """Write a backup of that vendor."""
    with databases.lend() as url:
        database = Database(url)
        with database.session() as session:
            fill(session)
        write_backup(database, path, actor=SYSTEM)
        database.dispose()


def read_all(database: Database) -> dict[str, list[str]]:
    """Return every row of every table that a backup holds, as text."""
    with database.engine.connect() as connection:
        return {
            name: sorted(connection.scalars(text(f'SELECT t::text FROM "{name}" t')))
            for name in list_columns(connection)
        }


def find_tables(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        return list(list_columns(connection))
