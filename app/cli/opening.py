"""Opening the database for a command: the one of DATABASE_URL, else the embedded one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.config import Settings
from app.database import Database
from app.embedded import EmbeddedPostgres


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Yield the database; an embedded server that was not running runs for that long."""
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
