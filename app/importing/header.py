"""The first line of a CSV file, and how the file is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from app.importing.encoding import detect_encoding, sniff_delimiter, split_header
from solver.roster import TABLES, Table

MAX_HEADER_CHARACTERS = 65_536
MAX_COLUMNS = 500

_ALL_NAMES = frozenset(column.name for table in TABLES.values() for column in table.columns)


class BadHeader(Exception):
    """The first line of a file names no columns, or too many; says what stands there."""

    def __init__(self, value: str, expected: str) -> None:
        self.value = value
        self.expected = expected
        super().__init__(expected)


@dataclass(frozen=True)
class FileHeader:
    """How a file is written, and the names of its columns in small letters.

    encoding  the codec
    """

    encoding: str
    delimiter: str
    names: tuple[str, ...]


def read_header(path: Path, table: Table | None = None) -> FileHeader:
    """Return the header of a file, of `table` when that is known.

    Raises Undecodable or BadHeader.
    """
    encoding = detect_encoding(path)
    with path.open(encoding=encoding, newline="") as stream:
        line = read_header_line(stream)
    known = _ALL_NAMES if table is None else {column.name for column in table.columns}
    delimiter = sniff_delimiter(line, known)
    names = split_header(line, delimiter)
    if not any(names):
        raise BadHeader(line.strip(), "a header row")
    if len(names) > MAX_COLUMNS:
        raise BadHeader(f"{len(names):,} columns", f"at most {MAX_COLUMNS} columns")
    return FileHeader(encoding, delimiter, tuple(names))


def read_header_line(stream: TextIO) -> str:
    """Return the first line of a file.

    Raises BadHeader when it has no end in sight.
    """
    line = stream.readline(MAX_HEADER_CHARACTERS + 1)
    if len(line) > MAX_HEADER_CHARACTERS:
        expected = f"a header row of at most {MAX_HEADER_CHARACTERS:,} characters"
        raise BadHeader(line[:80], expected)
    return line
