"""Reading an upload for its preview: how each file was read, what is wrong, what would change.

Runs in a child of a worker, in one transaction: what it finds is there as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from app.importing.encoding import Undecodable
from app.importing.folder import ReadTables, read_tables
from app.importing.header import BadHeader, read_header
from app.importing.problems import ProblemLog
from app.importing.source import SourceFile
from app.models import Client, Contractor, ImportFile, ImportUpload, Project
from app.services.copy_text import render_typed
from app.services.imports.import_checks import Clash, list_clashes
from app.services.imports.import_differences import build_fingerprint, compare_incoming
from app.services.imports.import_files import (
    ROWS,
    add_chunk,
    clear_findings,
    drop_chunks,
)
from app.services.imports.import_findings import keep_problems, keep_readings
from app.services.imports.import_matching import LEFT_OUT, find_match, mark_tables_twice
from app.services.imports.import_tables import fill_incoming
from app.services.imports.import_upload_files import UploadFiles
from app.services.imports.import_walls import list_wall_clashes
from app.services.transaction import transaction
from solver.roster import TABLES

Tell = Callable[[str, int], None]
"""Takes what is being done, and how much of all is done, in percent."""


@dataclass(frozen=True)
class ReadingFigures:
    """What is kept of a reading; the fields are those of `app.models.ImportUpload`."""

    verdict: str
    warnings: list[str]
    differences: list[dict[str, Any]] | None = None
    fingerprint: str | None = None
    num_problems: int = 0
    num_omitted: int = 0
    percent: int = 100


def read_upload(database: Database, upload_id: int, *, max_unpacked_bytes: int) -> ReadingFigures:
    """Read the files of an upload, keep what was found, and return the verdict."""

    def tell(progress: str, percent: int) -> None:
        with database.session() as other, transaction(other):
            upload = other.get_one(ImportUpload, upload_id)
            upload.progress, upload.percent = progress, percent

    with database.session() as session, ExitStack() as stack:
        # One snapshot for all tables: a pause in between must not mix two states.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        with transaction(session):
            reading = _Reading(session, stack, upload_id, tell)
            return reading.run(max_unpacked_bytes)


class _Reading:
    """One reading of one upload."""

    def __init__(self, session: Session, stack: ExitStack, upload_id: int, tell: Tell) -> None:
        self._session = session
        self._upload_id = upload_id
        self._tell = tell
        self._log = ProblemLog()
        self._warnings: list[str] = []
        self._files = UploadFiles(session, stack, upload_id, self._log)

    def run(self, max_unpacked_bytes: int) -> ReadingFigures:
        self._tell("Unpacking", 2)
        self._files.unpack_zips(max_unpacked_bytes)
        # What comes back mended is held against the bad rows of the reading before.
        self._files.take_mended()
        clear_findings(self._session, self._upload_id)
        tables = self._files.list_left("table")
        if not tables and not self._log.problems:
            expected = "at least one CSV file"
            self._log.add("the upload", value="no CSV file", expected=expected)
        self._tell("Looking at the columns", 8)
        if self._match(tables):
            return ReadingFigures("unmatched", self._warnings)
        return self._read([one for one in tables if one.table_name])

    def _match(self, files: list[ImportFile]) -> bool:
        """Find out what the files hold; return whether somebody has to say it."""
        for file in files:
            if file.header is None:
                self._read_header(file)
        mark_tables_twice(files)
        self._session.flush()
        return any(one.is_guess for one in files)

    def _read_header(self, file: ImportFile) -> None:
        try:
            header = read_header(
                self._files.open(file), TABLES.get(file.name.rsplit(".", 1)[0].lower())
            )
        except Undecodable as fault:
            expected = "UTF-8, UTF-16 or cp1252"
            value = "bytes that are no text"
            self._log.add(file.name, line=fault.line, value=value, expected=expected)
            file.table_name = LEFT_OUT
        except BadHeader as fault:
            self._log.add(file.name, line=1, value=fault.value, expected=fault.expected)
            file.table_name = LEFT_OUT
        else:
            names = [name.replace("\0", "\N{SYMBOL FOR NULL}") for name in header.names]
            file.header = names
            find_match(self._session, file, names)

    def _read(self, files: list[ImportFile]) -> ReadingFigures:
        done, all_bytes = 0, 1 + sum(file.num_bytes for file in files)
        sources = {}
        for file in files:
            assert file.table_name is not None
            sources[file.table_name] = self._files.build_source(file)

        def tell_file(source: SourceFile) -> None:
            nonlocal done
            self._tell(f"Reading {source.name}", 10 + 45 * done // all_bytes)
            done += next(one.num_bytes for one in files if one.name == source.name)

        read = read_tables(sources, self._log, self._warnings, self._load_keys(), on_file=tell_file)
        keep_readings(files, read)
        if not self._log.problems:
            return self._compare(files, read)
        return self._reject(files, read)

    def _load_keys(self) -> dict[str, frozenset[str]]:
        keys = {
            "clients": Client.client_id,
            "projects": Project.project_id,
            "contractors": Contractor.contractor_id,
        }
        return {
            name: frozenset(self._session.scalars(select(column))) for name, column in keys.items()
        }

    def _compare(self, files: list[ImportFile], read: ReadTables) -> ReadingFigures:
        """Keep the rows for the import, and compare them with the live state."""
        self._tell("Keeping the rows", 60)
        pieces: dict[str, list[bytes]] = {}
        for file in files:
            name = file.table_name or LEFT_OUT
            pieces[name] = list(render_typed(read.tables[name]))
            for seq, piece in enumerate(pieces[name]):
                add_chunk(self._session, file.id, ROWS, seq, piece)
        fill_incoming(self._session, pieces)
        self._tell("Comparing with the live state", 75)
        present = frozenset(pieces)
        clashes = list_clashes(self._session) + list_wall_clashes(self._session, present)
        for clash in clashes:
            self._note(clash, read)
        if self._log.problems:
            return self._reject(files, read)
        differences = compare_incoming(self._session, present)
        return ReadingFigures(
            "ready",
            self._warnings,
            [one.as_dict() for one in differences],
            build_fingerprint(differences),
        )

    def _note(self, clash: Clash, read: ReadTables) -> None:
        """Note a contradiction to the live state as a fault of its row."""
        typed = read.tables[clash.file.removesuffix(".csv")]
        self._log.add(
            typed.raw.file,
            line=typed.find_line(clash.row_id),
            column=clash.column,
            value=clash.value,
            expected=f"for {clash.row_id} {clash.expected}",
        )

    def _reject(self, files: list[ImportFile], read: ReadTables) -> ReadingFigures:
        drop_chunks(self._session, [file.id for file in files], ROWS)
        keep_problems(self._session, self._upload_id, files, read, self._log)
        return ReadingFigures(
            "rejected",
            self._warnings,
            num_problems=len(self._log.problems),
            num_omitted=self._log.num_omitted,
        )
