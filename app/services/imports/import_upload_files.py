"""The files of one upload while it is read: opened, unpacked, mended rows put in place."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.importing.archive import BadArchive, unpack
from app.importing.mended_rows import read_mended_rows
from app.importing.problems import ProblemLog
from app.importing.source import SourceFile
from app.models import ImportFile, ImportRow
from app.services.imports.import_files import RAW, add_file, drop_chunks, list_files, on_disk
from app.services.imports.import_findings import mend_cells

_DONE = -1
"""Rows of a zip that was unpacked, and of a mended file that was taken."""


class UploadFiles:
    """The files of an upload; what is opened stays so until `stack` is closed.

    Faults go to `log`.
    """

    def __init__(self, session: Session, stack: ExitStack, upload_id: int, log: ProblemLog) -> None:
        self._session = session
        self._stack = stack
        self._upload_id = upload_id
        self._log = log
        self._paths: dict[int, Path] = {}

    def list_left(self, kind: str) -> list[ImportFile]:
        """Return the files of a kind that there is something left to do with."""
        files = list_files(self._session, self._upload_id)
        return [one for one in files if one.kind == kind and one.num_rows != _DONE]

    def open(self, file: ImportFile) -> Path:
        """Return a path to the bytes of a file."""
        if file.id not in self._paths:
            self._paths[file.id] = self._stack.enter_context(on_disk(self._session, file))
        return self._paths[file.id]

    def build_source(self, file: ImportFile) -> SourceFile:
        """Return a table's file as it is to be read, with its mended rows."""
        mended = self._session.scalars(
            select(ImportRow).where(ImportRow.file_id == file.id, ImportRow.is_mended)
        )
        mends = {row.line: row.cells for row in mended}
        return SourceFile(file.name, self.open(file), file.columns, mends)

    def unpack_zips(self, max_bytes: int) -> None:
        """Make files of what is in each zip; `max_bytes` of one, unpacked."""
        for file in self.list_left("zip"):
            self._unpack(file, max_bytes)

    def take_mended(self) -> None:
        """Let the rows of mended files count instead of those that they mend."""
        for file in self.list_left("mend"):
            self._mend(file)

    def _unpack(self, file: ImportFile, max_bytes: int) -> None:
        try:
            with self._session.begin_nested():
                for entry in unpack(self.open(file), max_bytes=max_bytes):
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
        mended = self._session.get_one(ImportFile, file.parent_id)
        rows = {
            row.line: row
            for row in self._session.scalars(
                select(ImportRow).where(ImportRow.file_id == mended.id)
            )
        }
        header = mended.header or []
        found = read_mended_rows(file.name, self.open(file), header, frozenset(rows), self._log)
        for one in found:
            row = rows[one.line]
            row.cells = mend_cells(header, row.cells, one.cells)
            row.is_mended = True
        self._session.flush()
        self._finish(file)

    def _finish(self, file: ImportFile) -> None:
        file.num_rows = _DONE
        drop_chunks(self._session, [file.id], RAW)
