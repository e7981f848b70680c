"""A database that is away for a while, as when its server is restarted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from app.database import Database

_END_OTHERS = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s
"""


@contextmanager
def away(database: Database) -> Iterator[None]:
    """End every connection to the database and let nobody in until the block ends."""
    name = database.url.database
    assert name is not None
    elsewhere = database.url.set(drivername="postgresql", database="postgres")
    address = elsewhere.render_as_string(hide_password=False)
    statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.SQL("false")))
        connection.execute(_END_OTHERS, (name,))
        try:
            yield
        finally:
            connection.execute(statement.format(sql.Identifier(name), sql.SQL("true")))
