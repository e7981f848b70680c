"""Rows and pages of imports, as the pages take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.exports.table_csv import CsvCell
from app.importing.mended_rows import LINE, REASON


@dataclass(frozen=True)
class UploadRow:
    """An upload in the list."""

    upload_id: int
    uploaded_by: str
    uploaded_at: datetime
    state: str
    files: str
    num_added: int | None
    num_changed: int | None
    num_removed: int | None
    is_mine: bool

    @property
    def is_open_to_actor(self) -> bool:
        """Whether its page may be opened: others' uploads once there are no rows in them."""
        return self.is_mine or self.state in {"imported", "cancelled", "expired"}


@dataclass(frozen=True)
class FileView:
    """A file of an upload; the fields are those of `app.models.ImportFile`."""

    file_id: int
    name: str
    num_bytes: int
    sha256: str
    kind: str
    table_name: str | None
    columns: Mapping[str, str]
    header: Sequence[str]
    is_guess: bool
    encoding: str | None
    delimiter: str | None
    num_rows: int | None
    first_rows: Sequence[Sequence[str]]
    num_bad_rows: int

    @property
    def column_pairs(self) -> list[tuple[str, str | None]]:
        """(name in the header, column of the format or None where it is not read)."""
        ours = {theirs: ours for ours, theirs in self.columns.items()}
        return [(theirs, ours.get(theirs)) for theirs in self.header]


@dataclass(frozen=True)
class UploadView:
    """An upload as its page shows it.

    state     what a person has to know or do: queued, running, to_match, to_mend, ready, writing,
              failed, imported, cancelled, expired
    shows_old whether values of the live state may be shown beside those of the files; without
              it they are None
    """

    upload_id: int
    uploaded_by: str
    uploaded_at: datetime
    ended_at: datetime | None
    state: str
    phase: str
    progress: str
    percent: int
    error: str | None
    is_mine: bool
    is_outdated: bool
    shows_old: bool
    warnings: Sequence[str]
    differences: Sequence[Mapping[str, Any]]
    fingerprint: str
    num_problems: int
    num_omitted: int
    counts: Mapping[str, Mapping[str, int]]
    files: Sequence[FileView]

    @property
    def tables(self) -> list[FileView]:
        """The files that are, or may be, tables."""
        return [one for one in self.files if one.kind == "table"]

    @property
    def is_working(self) -> bool:
        """Whether a worker has it, or will."""
        return self.state in {"queued", "running", "writing"}

    @property
    def num_changes(self) -> int:
        """Rows that the import would add, change or remove."""
        return sum(one["added"] + one["changed"] + one["removed"] for one in self.differences)


@dataclass(frozen=True)
class ProblemRow:
    """A fault; the fields are those of `app.models.ImportProblem`."""

    seq: int
    file: str
    line: int | None
    column_name: str | None
    value: str
    expected: str


@dataclass(frozen=True)
class BadRows:
    """The bad rows of a file as they stood there: (line, reasons, cells) of each."""

    file: str
    header: Sequence[str]
    rows: Sequence[tuple[int, str, Sequence[str]]]

    @property
    def name(self) -> str:
        """Of the file that holds them: headers of a response take no more than such letters."""
        stem = self.file.rsplit(".", 1)[0]
        plain = "".join(one if one.isascii() and one.isalnum() else "-" for one in stem)
        return f"bad-rows-{plain}"

    @property
    def table(self) -> tuple[list[str], list[list[CsvCell]]]:
        """Head and rows of that file, as `add_mended_rows` takes them back."""
        rows: list[list[CsvCell]] = [[line, why, *cells] for line, why, cells in self.rows]
        return [LINE, REASON, *self.header], rows
