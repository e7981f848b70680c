"""Reading an upload for its preview: how each file was read, what is wrong, what would change.

Runs in a child of a worker, in one transaction: what it finds is there as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from app.importing.archive import BadArchive, unpack
from app.importing.encoding import Undecodable
from app.importing.folder import ReadTables, read_tables
from app.importing.header import BadHeader, read_header
from app.importing.mended_rows import read_mended_rows
from app.importing.problems import ProblemLog
from app.importing.source import SourceFile
from app.models import Client, Contractor, ImportFile, ImportRow, ImportUpload, Project
from app.services.copy_text import render_typed
from app.services.import_checks import Clash, list_clashes
from app.services.import_differences import build_fingerprint, compare_incoming
from app.services.import_files import (
    RAW,
    ROWS,
    add_chunk,
    add_file,
    clear_findings,
    drop_chunks,
    list_files,
    on_disk,
)
from app.services.import_findings import keep_problems, keep_readings, mend_cells
from app.services.import_matching import LEFT_OUT, find_match, mark_tables_twice
from app.services.import_tables import fill_incoming
from app.services.import_walls import list_wall_clashes
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
        self._stack = stack
        self._upload_id = upload_id
        self._tell = tell
        self._log = ProblemLog()
        self._warnings: list[str] = []
        self._paths: dict[int, Path] = {}

    def run(self, max_unpacked_bytes: int) -> ReadingFigures:
        self._tell("Unpacking", 2)
        for file in self._list("zip"):
            self._unpack(file, max_unpacked_bytes)
        # What comes back mended is held against the bad rows of the reading before.
        for file in self._list("mend"):
            self._mend(file)
        clear_findings(self._session, self._upload_id)
        tables = self._list("table")
        if not tables and not self._log.problems:
            expected = "at least one CSV file"
            self._log.add("the upload", value="no CSV file", expected=expected)
        self._tell("Looking at the columns", 8)
        if self._match(tables):
            return ReadingFigures("unmatched", self._warnings)
        return self._read([one for one in tables if one.table_name])

    def _list(self, kind: str) -> list[ImportFile]:
        """Return the files of a kind that there is something left to do with."""
        files = list_files(self._session, self._upload_id)
        return [one for one in files if one.kind == kind and one.num_rows != _DONE]

    def _open(self, file: ImportFile) -> Path:
        if file.id not in self._paths:
            self._paths[file.id] = self._stack.enter_context(on_disk(self._session, file))
        return self._paths[file.id]

    def _unpack(self, file: ImportFile, max_bytes: int) -> None:
        try:
            with self._session.begin_nested():
                for entry in unpack(self._open(file), max_bytes=max_bytes):
                    add_file(
                        self._session,
                        self._upload_id,
                        entry.name,
                        entry.blocks,
                        kind="table",
                        parent_id=file.id,
                    )
        except BadArchive as fault:
            self._log.add(file.name, value=fault.entry, expected=fault.expected)
            return
        self._finish(file)

    def _mend(self, file: ImportFile) -> None:
        """Let the rows of a mended file count instead of those that they mend."""
        mended = self._session.get_one(ImportFile, file.parent_id)
        rows = {
            row.line: row
            for row in self._session.scalars(
                select(ImportRow).where(ImportRow.file_id == mended.id)
            )
        }
        header = mended.header or []
        found = read_mended_rows(file.name, self._open(file), header, frozenset(rows), self._log)
        for one in found:
            row = rows[one.line]
            row.cells = mend_cells(header, row.cells, one.cells)
            row.is_mended = True
        self._session.flush()
        self._finish(file)

    def _finish(self, file: ImportFile) -> None:
        file.num_rows = _DONE
        drop_chunks(self._session, [file.id], RAW)

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
            header = read_header(self._open(file), TABLES.get(file.name.rsplit(".", 1)[0].lower()))
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
            sources[file.table_name] = self._build_source(file)

        def tell_file(source: SourceFile) -> None:
            nonlocal done
            self._tell(f"Reading {source.name}", 10 + 45 * done // all_bytes)
            done += next(one.num_bytes for one in files if one.name == source.name)

        read = read_tables(sources, self._log, self._warnings, self._load_keys(), on_file=tell_file)
        keep_readings(files, read)
        if not self._log.problems:
            return self._compare(files, read)
        return self._reject(files, read)

    def _build_source(self, file: ImportFile) -> SourceFile:
        mended = self._session.scalars(
            select(ImportRow).where(ImportRow.file_id == file.id, ImportRow.is_mended)
        )
        mends = {row.line: row.cells for row in mended}
        return SourceFile(file.name, self._open(file), file.columns, mends)

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


_DONE = -1
"""Rows of a zip that was unpacked, and of a mended file that was taken."""
