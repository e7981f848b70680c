"""One embedded PostgreSQL per test process; every test has a migrated database to itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from sqlalchemy.orm import Session

from app.database import Database
from app.embedded import EmbeddedPostgres
from tests.databases import TEMPLATE, Databases, connect, name_database

# On a busy machine a deadline would fail tests that are right.
settings.register_profile("redeploy", deadline=None)
settings.load_profile("redeploy")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a running server whose database `migrated` has every migration and no rows."""
    # Not in pytest's own folder: that keeps the last runs, a hundred megabytes each.
    with (
        TemporaryDirectory(prefix="redeploy-test-") as folder,
        EmbeddedPostgres(Path(folder)).running() as url,
    ):
        with connect(url) as connection:
            # Nothing here has to survive a crash of the machine, nor lives long enough to vacuum.
            for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
        template = Database(name_database(url, TEMPLATE))
        template.upgrade()
        template.dispose()
        yield url


@pytest.fixture(scope="session")
def databases(postgres_url: str) -> Databases:
    """The databases of that server."""
    return Databases(postgres_url)


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    """A migrated database without rows; commits are real, so threads and processes see them."""
    with databases.lend() as url:
        yield from _open(url)


@pytest.fixture
def empty_database(databases: Databases, postgres_url: str) -> Iterator[Database]:
    """A database without a single table."""
    name = databases.create("template0")
    yield from _open(name_database(postgres_url, name))
    databases.drop(name)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session on the test's database."""
    with database.session() as session:
        yield session


def _open(url: str) -> Iterator[Database]:
    database = Database(url, pool_size=12)
    yield database
    database.dispose()
