"""What of the database a backup holds: its tables, their columns, and the numbers drawn so far."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

LEFT_OUT = frozenset({"alembic_version", "user_sessions"})
"""The revision stands in the manifest. Sign-ins are not brought back: some have ended since."""

_TABLES = """
    SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY c.relname ORDER BY c.relname
"""

_SEQUENCES = """
    SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL
    FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename
"""


def list_columns(connection: Connection) -> Mapping[str, tuple[str, ...]]:
    """Return the columns of every table that a backup holds, in their order."""
    return {
        name: tuple(columns)
        for name, columns in connection.execute(text(_TABLES))
        if name not in LEFT_OUT
    }


def list_sequences(connection: Connection) -> Mapping[str, tuple[int, bool]]:
    """Return the last number of every sequence, and whether it was given out."""
    return {name: (last, used) for name, last, used in connection.execute(text(_SEQUENCES))}


def find_any_table(connection: Connection) -> str | None:
    """Return the name of a table of the database; None when it is empty."""
    name: str | None = connection.scalar(
        text(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY relname LIMIT 1"
        )
    )
    return name
