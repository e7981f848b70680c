"""The connection: what a failed statement tells, and to whom."""

from __future__ import annotations

from traceback import format_exception

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.database import Database, find_revision
from app.database_errors import hiding_values
from app.errors import SchemaBusy, SchemaNewer

WHO = "Ada Example"
"""A value under a name, so that it is not in the lines of source that a traceback shows."""


def test_failed_statement_keeps_its_values_to_itself_bug(session: Session) -> None:
    """The log had shown a pause's comment, and with it the client."""
    with pytest.raises(DBAPIError) as raised:
        session.execute(text("SELECT 1 / 0, :comment"), {"comment": "CANARY called at nine"})
    assert "CANARY" not in str(raised.value)


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        # DETAIL: Key (name)=(Ada Example) already exists.
        ("INSERT INTO skills VALUES (:value), (:value)", 'unique constraint "pk_skills"'),
        # DETAIL: Failing row contains (Ada Example, x, -1).
        (
            "INSERT INTO walls VALUES (:value, 'x', -1)",
            'check constraint "ck_walls_cooling_off_days_range"',
        ),
        # DETAIL: Key (client_id)=(Ada Example) is not present in table "clients".
        ("INSERT INTO walls VALUES (:value, 'x', 1)", "foreign key constraint"),
        # The sentence itself quotes the value.
        ("SELECT CAST(CAST(:value AS text) AS int)", "InvalidTextRepresentation) SQLSTATE 22P02"),
    ],
)
def test_broken_constraint_keeps_the_row_to_itself_bug(
    session: Session, statement: str, kept: str
) -> None:
    """The log had shown the row or the key with somebody's values."""
    with pytest.raises(DBAPIError) as raised:
        session.execute(text(statement), {"value": WHO})
    told = "".join(format_exception(raised.value))
    assert WHO not in told
    assert kept in told


def test_copied_rows_keep_their_values_to_themselves_bug(database: Database) -> None:
    """CONTEXT: COPY time_off, line 1, column starts_on: "Ada Example" had been added."""
    with (
        psycopg.connect(database.conninfo) as connection,
        pytest.raises(psycopg.DataError) as raised,
        hiding_values(),
        connection.cursor() as cursor,
        cursor.copy("COPY time_off (starts_on) FROM STDIN") as copy,
    ):
        copy.write_row([WHO])
    assert WHO not in "".join(format_exception(raised.value))


def test_upgrade_by_an_older_release_says_so_bug(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaNewer, match="the schema 9999 of a newer release"):
        database.upgrade()


def test_upgrade_gives_up_before_others_wait_behind_it_for_long(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade during a backup or an import would have held up every page until its end."""
    database.downgrade("0032")
    monkeypatch.setattr("app.database.MOST_WAIT_S", 0.05)
    with psycopg.connect(database.conninfo) as writer:
        writer.execute("LOCK TABLE users IN ROW EXCLUSIVE MODE")
        with pytest.raises(SchemaBusy, match=r"nothing was changed: try again"):
            database.upgrade()
    with database.engine.connect() as connection:
        assert find_revision(connection) == "0032"
    database.upgrade()
