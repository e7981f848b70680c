"""The file of bad rows that comes back mended: which line of which cells counts from now on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.importing.blocks import read_blocks
from app.importing.encoding import Undecodable
from app.importing.header import BadHeader, FileHeader, read_header, read_header_line
from app.importing.problems import ProblemLog
from app.importing.records import RecordReader

LINE = "line_of_file"
REASON = "reason"
"""Columns that the file of bad rows has before those of the table."""

_MAX_ROWS = 20_000


@dataclass(frozen=True)
class MendedRow:
    """A row as somebody mended it: the line that it replaces, its cells by name in the header."""

    line: int
    cells: dict[str, str]


def read_mended_rows(
    name: str, path: Path, header: Sequence[str], lines: frozenset[int], log: ProblemLog
) -> list[MendedRow]:
    """Return the rows of a mended file.

    header  names of the columns of the file that is mended
    lines   of its bad rows: no other can be replaced

    Faults go to `log`.
    """
    found = _find_header(name, path, log)
    if found is None:
        return []
    if found.names.count(LINE) != 1:
        log.add(name, line=1, column=LINE, value="no such column", expected=f"the column {LINE}")
        return []
    rows: list[MendedRow] = []
    with path.open(encoding=found.encoding, newline="") as stream:
        read_header_line(stream)
        for line, record in RecordReader(read_blocks(stream), name, found.delimiter, log):
            row = _read_row(name, line, found.names, record, log)
            if row is None:
                continue
            if row.line not in lines or len(rows) >= _MAX_ROWS:
                expected = "the line of a bad row"
                log.add(name, line=line, column=LINE, value=str(row.line), expected=expected)
                continue
            kept = {key: text for key, text in row.cells.items() if key in header}
            rows.append(MendedRow(row.line, kept))
    return rows


def _find_header(name: str, path: Path, log: ProblemLog) -> FileHeader | None:
    try:
        return read_header(path)
    except Undecodable as fault:
        expected = "UTF-8, UTF-16 or cp1252"
        log.add(name, line=fault.line, value="bytes that are no text", expected=expected)
    except BadHeader as fault:
        log.add(name, line=1, value=fault.value, expected=fault.expected)
    return None


def _read_row(
    name: str, line: int, names: Sequence[str], record: list[str], log: ProblemLog
) -> MendedRow | None:
    if len(record) != len(names):
        expected = f"{len(names)} cells, as in the header"
        log.add(name, line=line, value=f"{len(record)} cells", expected=expected)
        return None
    cells = dict(zip(names, record, strict=True))
    number = cells.pop(LINE).strip()
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        log.add(name, line=line, column=LINE, value=number, expected="the line of a bad row")
        return None
    return MendedRow(int(number), cells)
