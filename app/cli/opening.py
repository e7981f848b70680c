"""Opening the database for a command: the one of DATABASE_URL, else the embedded one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.config import Settings
from app.database import Database
from app.embedded import EmbeddedPostgres
from app.errors import ConfigurationError
from solver.errors import Problem


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Yield the database; an embedded server that was not running runs for that long.

    Raises ConfigurationError when it does not answer, or its schema is older than this release.
    """
    with open_bare_database(settings) as database:
        _require_schema(database)
        yield database


@contextmanager
def open_bare_database(settings: Settings) -> Iterator[Database]:
    """Yield the database whatever its schema, as `open_database` does."""
    if settings.database_url is not None:
        yield from _open(settings.database_url)
    else:
        with EmbeddedPostgres(settings.home).running(leave_found=True) as url:
            yield from _open(url)


def _open(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()


def _require_schema(database: Database) -> None:
    from app.services.operating.readiness import find_hindrance  # noqa: PLC0415 - keeps --help fast

    with database.session() as session:
        hindrance = find_hindrance(session)
    if hindrance is not None:
        expected = "one that runs, with the schema that `redeploy db upgrade` brings,"
        raise ConfigurationError([Problem("database", hindrance, expected)])
