"""Backing up: every table as it was at one moment, in one file, whatever its size."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.database import Database, find_revision
from app.errors import Refused
from app.exports.output_folder import check_output_place
from app.services.access.access import Actor
from app.services.auditing.audit import record
from app.services.auditing.audit_chain import read_head
from app.services.operating.backup_file import MANIFEST, Manifest, write_rows
from app.services.operating.invariants import find_breaches
from app.services.operating.stored_tables import list_columns, list_sequences
from app.services.transaction import transaction


def write_backup(database: Database, path: Path, *, actor: Actor) -> Manifest:
    """Write all that the database holds to the new file `path`, and note it in the audit trail.

    It reads one snapshot: work goes on meanwhile and is not in it. The file is there whole or
    not at all, and only its owner can read it.

    Raises Refused (`occupied`, `no schema`) or UnusableOutput.
    """
    check_output_place(path)
    if path.exists() or path.is_symlink():
        raise Refused("occupied", f"{path} exists; a backup never replaces a file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place, so that it gets there by a rename; created for its owner alone.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w") as archive:
                manifest = _write_snapshot(database, archive)
            file.flush()
            os.fsync(file.fileno())
        # Noted before anybody can take it.
        _note(database, actor, path, manifest)
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)
    return manifest


def _write_snapshot(database: Database, archive: zipfile.ZipFile) -> Manifest:
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with database.engine.connect().execution_options(**options) as connection:
        revision = find_revision(connection)
        if revision is None:
            raise Refused("no schema", "The database has no schema yet: there is nothing to keep.")
        session = Session(connection)
        head = read_head(session)
        breaches = find_breaches(session)
        tables = tuple(
            write_rows(archive, name, columns, _copy_rows(connection, name, columns))
            for name, columns in list_columns(connection).items()
        )
        manifest = Manifest(
            revision=revision,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            server_version=_get_driver(connection).info.parameter_status("server_version") or "",
            tables=tables,
            sequences=list_sequences(connection),
            audit_head=(head.sequence, head.hash),
            breaches={breach.name: breach.num for breach in breaches},
        )
    archive.writestr(zipfile.ZipInfo(MANIFEST), manifest.as_json(), zipfile.ZIP_DEFLATED)
    return manifest


def _copy_rows(connection: Connection, name: str, columns: tuple[str, ...]) -> Iterator[bytes]:
    """Yield the rows of a table as COPY writes them."""
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with _get_driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        yield from map(bytes, copy)


def _get_driver(connection: Connection) -> psycopg.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def _note(database: Database, actor: Actor, path: Path, manifest: Manifest) -> None:
    with database.session() as session, transaction(session):
        record(
            session,
            actor=actor,
            action="database.backed_up",
            subject=("database", path.name),
            after={
                "revision": manifest.revision,
                "rows": manifest.num_rows,
                "sequence": manifest.audit_head[0],
            },
        )
