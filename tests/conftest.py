"""One embedded PostgreSQL per test process; every test gets a migrated database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from sqlalchemy.orm import Session

from app.database import Database
from app.embedded import EmbeddedPostgres

# On a busy machine a deadline would fail tests that are right.
settings.register_profile("redeploy", deadline=None)
settings.load_profile("redeploy")

_TEMPLATE = "migrated"
_numbers = count(1)


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a running server whose database `migrated` has every migration and no rows."""
    # Not in pytest's own folder: that keeps the last runs, a hundred megabytes each.
    with (
        TemporaryDirectory(prefix="redeploy-test-") as folder,
        EmbeddedPostgres(Path(folder)).running() as url,
    ):
        with _connect(url) as connection:
            # Nothing here has to survive a crash of the machine.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute(f"CREATE DATABASE {_TEMPLATE}")
        template = Database(_name_database(url, _TEMPLATE))
        template.upgrade()
        template.dispose()
        yield url


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """A migrated database without rows; commits are real, so threads and processes see them."""
    with _new_database(postgres_url, _TEMPLATE) as database:
        yield database


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[Database]:
    """A database without a single table."""
    with _new_database(postgres_url, "template0") as database:
        yield database


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session on the test's database."""
    with database.session() as session:
        yield session


@contextmanager
def _new_database(postgres_url: str, template: str) -> Iterator[Database]:
    name = f"test_{next(_numbers)}"
    identifier = sql.Identifier(name)
    with _connect(postgres_url) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                identifier, sql.Identifier(template)
            )
        )
        database = Database(_name_database(postgres_url, name), pool_size=12)
        try:
            yield database
        finally:
            database.dispose()
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


def _name_database(url: str, name: str) -> str:
    return Database(url).url.set(database=name).render_as_string(hide_password=False)
