"""An upgrade holds up nobody for long: it reads and rewrites no table of before under a lock.

Each revision is applied, and what it did to tables that were there is read from the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.database import Database

BEFORE_THE_RULE = "0025"
"""Up to this revision nothing had been released that could still be running."""

_LEDGER = "No release has had the payroll ledger of 0025 yet."
_ACCOUNTS = "Accounts are few: thousands are checked in milliseconds."
_PEOPLE = "Tables of the roster have some hundred thousand rows: an index takes a second."

HOLDING_UP: Mapping[str, str] = {
    "0026": _ACCOUNTS,
    "0031": _LEDGER,
    "0032": _LEDGER,
    "0036": _PEOPLE,
}
"""Revisions that may hold a table up: the reason why nobody notices."""

STATE = """
    SELECT 'rewritten', c.relname, c.relfilenode::text FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index', c.relname, pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'constraint', c.relname, pg_get_constraintdef(o.oid)
    FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
    WHERE c.relnamespace = 'public'::regnamespace AND o.contype IN ('c', 'f') AND o.convalidated
"""

State = set[tuple[str, str, str]]


def read_state(connection: Connection) -> State:
    return {(row[0], row[1], row[2]) for row in connection.execute(text(STATE))}


def list_held_up(before: State, after: State) -> set[tuple[str, str]]:
    """Return what was done to which table of before: all its rows were read under a lock."""
    tables = {table for _, table, _ in before}
    return {(what, table) for what, table, _ in after - before if table in tables}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("CREATE TABLE fresh (a int PRIMARY KEY)", set()),
        ("ALTER TABLE mails ADD COLUMN a int", set()),
        ("ALTER TABLE mails ADD COLUMN a int NOT NULL DEFAULT 1", set()),
        ("ALTER TABLE mails ADD CHECK (num_tries < 9) NOT VALID", set()),
        (
            "ALTER TABLE mails ADD COLUMN a timestamptz DEFAULT clock_timestamp()",
            {("rewritten", "mails")},
        ),
        (
            "ALTER TABLE mails ALTER COLUMN id TYPE int",
            {("rewritten", "mails")},
        ),
        ("CREATE INDEX ON mails (num_tries)", {("index", "mails")}),
        ("ALTER TABLE mails ADD CHECK (num_tries < 9)", {("constraint", "mails")}),
    ],
)
def test_what_holds_a_table_up_is_found(
    database: Database, statement: str, found: set[tuple[str, str]]
) -> None:
    with database.engine.connect() as connection:
        before = read_state(connection)
        connection.execute(text(statement))
        assert list_held_up(before, read_state(connection)) == found
        connection.rollback()


def test_revisions_hold_up_no_table_of_before(empty_database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", "migrations")
    revisions = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    found = {}
    empty_database.upgrade(BEFORE_THE_RULE)
    for revision in sorted(one for one in revisions if one > BEFORE_THE_RULE):
        with empty_database.engine.connect() as connection:
            before = read_state(connection)
        empty_database.upgrade(revision)
        with empty_database.engine.connect() as connection:
            held_up = list_held_up(before, read_state(connection))
        if held_up:
            found[revision] = sorted(held_up)
    assert set(found) == set(HOLDING_UP), found
    assert all(HOLDING_UP.values())
