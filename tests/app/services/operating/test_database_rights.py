"""The application's own database role: it can work, and rule nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import NotFound, Refused
from app.services.auditing.audit_verifying import verify_chain
from app.services.hours.hours import log_hours
from app.services.operating.database_rights import grant_rights
from app.services.payroll.payroll_export import export_period
from app.services.payroll.period_closing import close_period
from app.services.review.reviewing import approve_proposals
from tests.app.pay_world import add_period, approve_day
from tests.app.services.auditing.test_audit import WORKER
from tests.app.world import SYSTEM, add_world, pause_p1, propose

ROLE = "redeploy_app_of_a_test"
DAY = date(2026, 2, 2)


@pytest.fixture
def role(database: Database) -> Iterator[str]:
    """A role without rights, gone after the test."""
    with database.engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {ROLE} LOGIN"))
    yield ROLE
    with database.engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}"))


@pytest.fixture
def granted(database: Database, role: str) -> tuple[str, ...]:
    with database.engine.begin() as connection:
        return grant_rights(connection, role)


def test_role_does_the_daily_work(session: Session, granted: tuple[str, ...]) -> None:
    """Import, hours, pause, approval, export and closing, each linked to the chain."""
    session.execute(text(f"SET ROLE {ROLE}"))
    session.commit()
    add_world(session)
    log_hours(session, actor=WORKER, assignment_id="A1", work_date=DAY, hours=Decimal(8))
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C2", "P2", 20)])
    outcome = approve_proposals(session, actor=SYSTEM, proposals=proposals)
    assert outcome
    approve_day(session, 1, DAY, "8")
    period_id = add_period(session, DAY, DAY)
    export_period(session, actor=SYSTEM, period_id=period_id)
    close_period(session, actor=SYSTEM, period_id=period_id)
    assert session.scalar(text("SELECT current_user")) == ROLE
    report = verify_chain(session)
    assert report.faults == ()
    assert report.num_links >= 6


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET actor = 'x'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "INSERT INTO audit_links SELECT 9, 9, content_sha256, hash FROM audit_links",
        "UPDATE audit_links SET hash = hash",
        "DELETE FROM audit_links",
        "TRUNCATE audit_links",
        "ALTER TABLE audit_events DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_events_are_linked ON audit_events",
        "DROP TABLE audit_links",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS ''",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = ''",
        "DELETE FROM export_lines",
        "UPDATE export_days SET hours = 0",
        "DELETE FROM approved_hours",
        "DELETE FROM export_batches",
        "TRUNCATE hours_entries",
    ],
)
def test_role_rules_nothing(session: Session, granted: tuple[str, ...], statement: str) -> None:
    """Check 38: append-only by rights: the role does not even get as far as a trigger."""
    session.execute(text(f"SET ROLE {ROLE}"))
    with pytest.raises(ProgrammingError) as raised:
        session.execute(text(statement))
    assert isinstance(raised.value.orig, psycopg.errors.InsufficientPrivilege)


def test_grant_names_what_can_only_grow(granted: tuple[str, ...]) -> None:
    assert {"audit_events", "audit_links", "export_lines", "approved_hours"} <= set(granted)
    assert "assignments" not in granted


def test_grant_to_nobody_or_to_the_owner_is_refused(database: Database, role: str) -> None:
    with database.engine.begin() as connection:
        with pytest.raises(NotFound):
            grant_rights(connection, "no such role")
        owner = connection.scalar(text("SELECT current_user"))
        with pytest.raises(Refused, match="could switch triggers off"):
            grant_rights(connection, owner)
