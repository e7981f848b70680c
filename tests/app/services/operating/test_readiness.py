"""Whether a process may be sent requests, by the state of the schema."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.services.operating.readiness import find_hindrance


def test_current_schema_is_ready(session: Session) -> None:
    assert find_hindrance(session) is None


@pytest.mark.parametrize(
    ("revision", "hindrance"),
    [("0001", "migrations are missing"), ("of a later release", None)],
)
def test_earlier_schema_hinders_and_a_later_one_does_not(
    session: Session, revision: str, hindrance: str | None
) -> None:
    """Machines are upgraded one by one, migrations first."""
    session.execute(text("ALTER TABLE alembic_version ALTER version_num TYPE text"))
    session.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    assert find_hindrance(session) == hindrance


def test_empty_database_hinders(empty_database: Database) -> None:
    with empty_database.session() as session:
        assert find_hindrance(session) == "the database has no schema"


def test_database_that_is_away_hinders() -> None:
    with Database("postgresql://nobody@127.0.0.1:1/none").session() as session:
        assert find_hindrance(session) == "the database does not answer"
