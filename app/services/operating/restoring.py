"""Restoring: a backup into an empty database, verified before and after, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.database import Database, is_known_revision, upgrade_on
from app.database_errors import hiding_values
from app.errors import Refused
from app.services.access.access import Actor
from app.services.auditing.audit import record
from app.services.auditing.audit_chain import read_head
from app.services.operating.backup_file import BackupReader, DamagedBackup, Manifest, opening_backup
from app.services.operating.invariants import Breach, find_breaches
from app.services.operating.stored_tables import find_any_table, list_columns

_FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
    ORDER BY conname
"""


@dataclass(frozen=True)
class Restored:
    """What a restore brought back.

    breaches  invariants that do not hold; all of them did not when the backup was made
    """

    manifest: Manifest
    breaches: tuple[Breach, ...]


def restore_backup(database: Database, path: Path, *, actor: Actor) -> Restored:
    """Bring a backup into an empty database, up to the newest schema, in one transaction.

    Before anything is written, every byte is compared with the manifest. Afterwards every
    foreign key, every invariant and the whole audit chain are checked; what did not hold before
    the backup does not hold now either, anything else undoes the restore.

    Raises DamagedBackup or Refused (`not empty`, `newer schema`); then nothing is written.
    """
    with opening_backup(path) as backup:
        manifest = backup.manifest
        if not is_known_revision(manifest.revision):
            sentence = f"The backup has the schema {manifest.revision}, made by a newer version."
            raise Refused("newer schema", sentence)
        backup.verify()
        with database.engine.begin() as connection:
            found = find_any_table(connection)
            if found is not None:
                sentence = f"The database holds the table {found}; restore into an empty one."
                raise Refused("not empty", sentence)
            upgrade_on(connection, manifest.revision)
            _load(connection, backup)
            upgrade_on(connection, "head")
            breaches = _check(connection, backup)
            _note(connection, actor, path, manifest)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Fresh tables have no statistics, and plans without them are slow.
        connection.execute(text("ANALYZE"))
    return Restored(manifest, breaches)


def _load(connection: Connection, backup: BackupReader) -> None:
    """Fill the tables of a database that was just migrated."""
    columns = list_columns(connection)
    faults = [
        f"{table.name}: other columns than the schema {backup.manifest.revision} has"
        for table in backup.manifest.tables
        if columns.get(table.name) != table.columns
    ]
    missing = columns.keys() - {table.name for table in backup.manifest.tables}
    faults += [f"{name}: missing" for name in sorted(missing)]
    if faults:
        raise DamagedBackup(backup.path, faults)
    with _without_rules(connection, backup, tuple(columns)):
        for table in backup.manifest.tables:
            _copy_in(connection, backup, table.name)
    for name, (last, used) in backup.manifest.sequences.items():
        values = {"name": f'public."{name}"', "last": last, "used": used}
        connection.execute(text("SELECT setval(CAST(:name AS regclass), :last, :used)"), values)


def _copy_in(connection: Connection, backup: BackupReader, name: str) -> None:
    (table,) = (one for one in backup.manifest.tables if one.name == name)
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    with _reporting(backup, name), hiding_values(), driver.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for chunk in backup.read_rows(table):
                copy.write(chunk)
        if cursor.rowcount != table.num_rows:
            raise DamagedBackup(backup.path, [f"{name}: {cursor.rowcount} rows arrived"])


@contextmanager
def _without_rules(
    connection: Connection, backup: BackupReader, tables: tuple[str, ...]
) -> Iterator[None]:
    """Let rows in in any order, past the triggers that would write or refuse; then check them.

    The rows that migrations have written make room for those of the backup.
    """
    keys = [tuple(row) for row in connection.execute(text(_FOREIGN_KEYS))]
    for table, name, _definition in keys:
        connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
    for table in tables:
        connection.execute(text(f'ALTER TABLE "{table}" DISABLE TRIGGER USER'))
        connection.execute(text(f'DELETE FROM "{table}"'))  # noqa: S608 - a name of our schema
    yield
    for table in tables:
        connection.execute(text(f'ALTER TABLE "{table}" ENABLE TRIGGER USER'))
    for table, name, definition in keys:
        with _reporting(backup, table):
            statement = f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
            connection.execute(text(statement))


@contextmanager
def _reporting(backup: BackupReader, table: str) -> Iterator[None]:
    """Turn what PostgreSQL says of rows into a fault of the backup."""
    try:
        yield
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise DamagedBackup(backup.path, [f"{table}: {error}"]) from error
    except DBAPIError as error:
        raise DamagedBackup(backup.path, [f"{table}: {error.orig}"]) from error


def _check(connection: Connection, backup: BackupReader) -> tuple[Breach, ...]:
    """Return what does not hold; raise DamagedBackup when that is other than in the manifest."""
    session = Session(connection)
    head = read_head(session)
    breaches = tuple(find_breaches(session))
    manifest = backup.manifest
    faults = [
        str(breach) for breach in breaches if manifest.breaches.get(breach.name, 0) != breach.num
    ]
    if (head.sequence, head.hash) != manifest.audit_head:
        faults.append("the audit trail does not end where the manifest says")
    if faults:
        raise DamagedBackup(backup.path, faults)
    return breaches


def _note(connection: Connection, actor: Actor, path: Path, manifest: Manifest) -> None:
    with Session(connection) as session:
        record(
            session,
            actor=actor,
            action="database.restored",
            subject=("database", path.name),
            after={
                "revision": manifest.revision,
                "made_at": manifest.made_at,
                "rows": manifest.num_rows,
                "sequence": manifest.audit_head[0],
            },
        )
        session.flush()
