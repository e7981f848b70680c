"""Connections of the pool: what they keep, and that nobody notices those that lead nowhere."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.exc import NotSupportedError
from sqlalchemy.orm import Session

from app import connections
from app.database import Database

_PID = text("SELECT pg_backend_pid()")
_NAMES = text("SELECT name FROM skills")
_OFTEN = 6
"""Psycopg prepares a statement that it has seen five times."""


@pytest.fixture
def pooled(database: Database) -> Iterator[Database]:
    own = Database(database.conninfo, pool_size=2)
    yield own
    own.dispose()


def test_idle_connection_is_used_again(pooled: Database) -> None:
    assert _read_pid(pooled) == _read_pid(pooled)


def test_connection_that_the_server_closed_is_opened_anew(
    pooled: Database, database: Database
) -> None:
    with pooled.session() as one, pooled.session() as other:
        pids = [one.scalar(_PID), other.scalar(_PID)]
    with database.session() as session:
        session.execute(
            text("SELECT pg_terminate_backend(pid, 10000) FROM unnest(:pids) p (pid)"),
            {"pids": pids},
        )
    assert _read_pid(pooled) not in pids


def test_connection_idle_for_long_is_opened_anew(
    pooled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _read_pid(pooled)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + connections.LONGEST_IDLE_S + 1)
    assert _read_pid(pooled) != before


def test_statement_stays_prepared_after_a_rollback(pooled: Database) -> None:
    with pooled.session() as session:
        _read_often(session, _NAMES)
        assert _count_prepared(session) == 1


def test_statements_are_forgotten_after_an_error(pooled: Database, database: Database) -> None:
    """A plan may be what failed: here the column has another type than when it was made."""
    read = text("SELECT day FROM days")
    with database.engine.begin() as owner:
        owner.execute(text("CREATE TABLE days (day date)"))
    try:
        with pooled.session() as session:
            _read_often(session, read)
            with database.engine.begin() as owner:
                owner.execute(text("ALTER TABLE days ALTER day TYPE timestamp"))
            with pytest.raises(NotSupportedError, match="cached plan must not change"):
                session.execute(read)
            session.rollback()
            assert session.scalars(read).all() == []
    finally:
        with database.engine.begin() as owner:
            owner.execute(text("DROP TABLE days"))


def test_rollback_on_a_lost_connection_says_so(pooled: Database, database: Database) -> None:
    with pooled.engine.connect() as connection:
        pid = connection.scalar(_PID)
        with database.session() as session:
            session.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
        assert connection.connection.dbapi_connection is not None
        with pytest.raises(psycopg.OperationalError):
            connection.connection.dbapi_connection.rollback()
        connection.invalidate()


def _read_often(session: Session, statement: TextClause) -> None:
    for _ in range(_OFTEN):
        session.execute(statement)
        session.rollback()


def _count_prepared(session: Session) -> int:
    statement = text("SELECT count(*) FROM pg_prepared_statements WHERE statement = :one")
    count: int = session.scalar(statement, {"one": _NAMES.text})
    return count


def _read_pid(database: Database) -> int:
    with database.session() as session:
        pid: int = session.scalar(_PID)
    return pid
