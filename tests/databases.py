"""Databases for tests: one serves many in turn and is emptied in between, in milliseconds.

A copy of the migrated database for every test took a third of a second, most of it a checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from app.database import Database

TEMPLATE = "migrated"
_MOST_USES = 50
"""Rows that are gone still take room where nothing vacuums; after so many tests a copy is due."""

_LIST_TABLES: LiteralString = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
)
_LIST_SEQUENCES: LiteralString = """
    SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL
    FROM pg_sequences WHERE schemaname = 'public'
"""
_FINGERPRINT: LiteralString = """
    SELECT (SELECT (count(*), max(oid))::text FROM pg_class),
           (SELECT (count(*), max(oid))::text FROM pg_proc),
           (SELECT (count(*), max(oid))::text FROM pg_trigger),
           (SELECT (count(*), max(oid))::text FROM pg_constraint)
"""
_END_OTHERS: LiteralString = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def name_database(url: str, name: str) -> str:
    """Return the address of another database of the server at `url`."""
    return Database(url).url.set(database=name).render_as_string(hide_password=False)


def connect(url: str) -> psycopg.Connection:
    """Connect past the application, every statement a transaction of its own."""
    return psycopg.connect(Database(url).conninfo, autocommit=True)


class Databases:
    """The databases of one server; its database `migrated` has every migration and no rows."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = count(1)
        self._lent: _Lent | None = None

    @contextmanager
    def lend(self) -> Iterator[str]:
        """Yield the address of a database as freshly migrated; nobody else has it."""
        lent, self._lent = self._lent or _Lent(self._url, self.create(TEMPLATE)), None
        yield lent.url
        if lent.empty():
            self._lent = lent
        else:
            self.drop(lent.name)

    def create(self, template: str) -> str:
        """Create a database as a copy of `template`; return its name."""
        name = f"test_{next(self._numbers)}"
        names = sql.Identifier(name), sql.Identifier(template)
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY WAL_LOG").format(*names))
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with connect(self._url) as connection:
            connection.execute(statement)


class _Lent:
    """A copy of the migrated database, and what it takes to make it as new."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.url = name_database(url, name)
        self._uses = 0
        self._kept: dict[str, list[tuple[Any, ...]]] = {}
        # Nobody is connected while a test has it: some tests count connections.
        with connect(self.url) as connection:
            self._schema = _read_schema(connection)
            self._emptying = self._build_emptying(connection)

    def empty(self) -> bool:
        """Make it as new; return False where a new copy is less trouble."""
        self._uses += 1
        with connect(self.url) as connection:
            connection.execute(_END_OTHERS)
            if self._uses >= _MOST_USES or _read_schema(connection) != self._schema:
                return False
            # No trigger may refuse, neither of a foreign key nor of the audit trail.
            connection.execute("SET session_replication_role = replica")
            connection.execute(self._emptying)
            for table, rows in self._kept.items():
                places = sql.SQL(", ").join([sql.Placeholder()] * len(rows[0]))
                names = sql.Identifier(table), places
                statement = sql.SQL("INSERT INTO {} VALUES ({})").format(*names)
                connection.cursor().executemany(statement, rows)
        return True

    def _build_emptying(self, connection: psycopg.Connection) -> sql.Composed:
        """Note the rows that migrations wrote; return what deletes all and resets the numbers."""
        statements = []
        for (table,) in connection.execute(_LIST_TABLES).fetchall():
            name = sql.Identifier(table)
            rows = connection.execute(sql.SQL("SELECT * FROM {}").format(name)).fetchall()
            if rows:
                self._kept[table] = rows
            statements.append(sql.SQL("DELETE FROM {}").format(name))
        for sequence in connection.execute(_LIST_SEQUENCES).fetchall():
            values = [sql.Literal(value) for value in sequence]
            statements.append(sql.SQL("SELECT setval({}, {}, {})").format(*values))
        return sql.SQL("; ").join(statements)


def _read_schema(connection: psycopg.Connection) -> object:
    return connection.execute(_FINGERPRINT).fetchone()
