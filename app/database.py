"""The connection to PostgreSQL: engine, sessions, and the schema's migrations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.connections import tend_connections
from app.database_errors import hide_values_of_statement
from app.errors import SchemaBusy, SchemaNewer

_SCHEMES = ("postgres", "postgresql", "postgresql+psycopg")

MOST_WAIT_S = 10
"""How long an upgrade waits for a table: all requests that need it wait behind the upgrade."""

_MIGRATING = 7_500
"""Advisory lock of whoever migrates."""


class Database:
    """One PostgreSQL database; `url` may be written as libpq or SQLAlchemy want it.

    Sessions are plain and do not expire their rows on commit. Services commit, nobody else.
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        parsed = make_url(url)
        if parsed.drivername not in _SCHEMES:
            raise ValueError(f"a PostgreSQL address expected, {parsed.drivername} found")
        self.url = parsed.set(drivername="postgresql+psycopg")
        # A statement's parameters are names, comments and rates: they stay out of the log.
        self.engine: Engine = create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            hide_parameters=True,
        )
        event.listen(self.engine, "handle_error", hide_values_of_statement)
        tend_connections(self.engine)
        self.session_factory: sessionmaker[Session] = sessionmaker(
            self.engine, expire_on_commit=False
        )

    @property
    def conninfo(self) -> str:
        """The address as libpq reads it, password included."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Yield a session and close it; what no service has committed is rolled back."""
        with self.session_factory() as session:
            yield session

    def upgrade(self, revision: str = "head") -> None:
        """Bring the schema up to `revision`; does nothing when it is there already.

        Raises SchemaNewer when this release does not know the present one, and SchemaBusy when
        somebody else keeps a table for too long; nothing is changed then.
        """
        self._migrate(command.upgrade, revision)

    def downgrade(self, revision: str) -> None:
        """Take the schema back to `revision` (`base` = empty); data of later tables is lost."""
        self._migrate(command.downgrade, revision)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    def _migrate(self, run: Callable[[Config, str], None], revision: str) -> None:
        with _noticing_locks(), self.engine.begin() as connection:
            # Others who migrate are waited for however long it takes: nobody waits behind us yet.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            connection.execute(text(f"SET LOCAL lock_timeout = '{MOST_WAIT_S}s'"))
            present = find_revision(connection)
            if present is not None and not is_known_revision(present):
                raise SchemaNewer(present)
            run(_build_config(connection), revision)


@contextmanager
def _noticing_locks() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise SchemaBusy(MOST_WAIT_S) from error
        raise


def upgrade_on(connection: Connection, revision: str) -> None:
    """Bring the schema up to `revision` in the transaction of `connection`."""
    command.upgrade(_build_config(connection), revision)


def find_revision(connection: Connection) -> str | None:
    """Return the revision of the schema; None in a database without one."""
    return MigrationContext.configure(connection).get_current_revision()


def is_known_revision(revision: str) -> bool:
    """Return whether this version of Redeploy has the migration `revision`."""
    scripts = ScriptDirectory.from_config(_build_config(None)).walk_revisions()
    return any(script.revision == revision for script in scripts)


def _build_config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["connection"] = connection
    return config
