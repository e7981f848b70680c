"""Reads one CSV file: how it is written, its header, and its rows block by block."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TextIO

from app.importing.blocks import read_blocks
from app.importing.encoding import Undecodable
from app.importing.header import BadHeader, FileHeader, read_header, read_header_line
from app.importing.problems import ProblemLog
from app.importing.raw_rows import RawRows
from app.importing.raw_table import FileReading, RawTable
from app.importing.records import RecordReader
from app.importing.source import SourceFile
from solver.roster import Table

_DELIMITER_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_ENCODING_WORDS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte order mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 without a byte order mark",
    "utf-16-be": "UTF-16 without a byte order mark",
    "cp1252": "cp1252 (Windows)",
}


def read_raw_table(
    source: SourceFile, table: Table, log: ProblemLog, warnings: list[str]
) -> tuple[RawTable, FileReading] | None:
    """Return the cells of a file and how it was read; None when it has no usable header.

    Faults go to `log`, columns that the table does not know to `warnings`.
    """
    try:
        header = read_header(source.path, table)
    except Undecodable as fault:
        log.add(
            source.name,
            line=fault.line,
            value="bytes that are no text",
            expected="UTF-8, UTF-16 or cp1252",
        )
        return None
    except BadHeader as fault:
        log.add(source.name, line=1, value=fault.value, expected=fault.expected)
        return None
    names = source.name_columns(header.names)
    _check_header(source.name, names, table, log, warnings)
    with source.path.open(encoding=header.encoding, newline="") as stream:
        read_header_line(stream)
        raw = _read_rows(stream, source, header, names, log)
    reading = FileReading(
        source.name,
        _ENCODING_WORDS[header.encoding],
        _DELIMITER_WORDS[header.delimiter],
        len(raw.lines),
    )
    return raw, reading


def _check_header(
    file: str, header: list[str], table: Table, log: ProblemLog, warnings: list[str]
) -> None:
    known = {column.name for column in table.columns}
    for name in sorted({name for name in header if header.count(name) > 1 and name in known}):
        log.add(file, line=1, column=name, value=name, expected="each column once")
    for column in table.columns:
        if column.required and column.name not in header:
            log.add(
                file,
                line=1,
                column=column.name,
                value="no such column",
                expected=f"the column {column.name}",
            )
    for name in header:
        if not name:
            warnings.append(f"{file}: a column without a name is not read")
        elif name not in known:
            warnings.append(f"{file}: column {name!r} is not part of the format and is not read")


def _read_rows(
    stream: TextIO, source: SourceFile, header: FileHeader, names: list[str], log: ProblemLog
) -> RawTable:
    rows = RawRows(source, len(header.names), log)
    left = _add_blocks(rows, read_blocks(stream), header.delimiter)
    records = RecordReader(left, source.name, header.delimiter, log, line=rows.next_line)
    rows.add_records(records.read_chunks())
    return rows.build(header.names, names, complete=records.complete)


def _add_blocks(rows: RawRows, blocks: Iterator[str], delimiter: str) -> Iterator[str]:
    """Take blocks as long as each ends where a row ends; return those that are left.

    What is left starts with a block that has a fault, or ends inside a quoted cell.
    """
    for block in blocks:
        if rows.add_plain(block, delimiter):
            continue
        alone = RecordReader([block], "", delimiter, ProblemLog(), line=rows.next_line)
        chunks = list(alone.read_chunks())
        if not alone.complete:
            return chain([block], blocks)
        rows.add_records(chunks)
        rows.next_line = alone.line
    return blocks
