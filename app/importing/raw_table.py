"""One CSV file as it stands: its cells as text, each row with its line number."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from app.importing.encoding import Undecodable, detect_encoding, sniff_delimiter, split_header
from app.importing.problems import ProblemLog
from solver.instance import BoolArray, IntArray
from solver.roster import Table

_ROWS_AT_A_TIME = 4_000
_DELIMITER_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_ENCODING_WORDS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte order mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 without a byte order mark",
    "utf-16-be": "UTF-16 without a byte order mark",
    "cp1252": "cp1252 (Windows)",
}


@dataclass(frozen=True)
class FileReading:
    """How one file was read; `encoding` and `delimiter` in words."""

    file: str
    encoding: str
    delimiter: str
    rows: int

    def __str__(self) -> str:
        rows = "1 row" if self.rows == 1 else f"{self.rows:,} rows"
        return f"{self.file}: {rows}, {self.encoding}, separated by {self.delimiter}"


@dataclass(frozen=True, eq=False)
class RawColumn:
    """The cells of a column: row i holds `texts[codes[i]]`; every distinct text is kept once."""

    codes: npt.NDArray[np.int32]
    texts: tuple[str, ...]

    def text_at(self, row_idx: int) -> str:
        """Return the text of one row."""
        return self.texts[int(self.codes[row_idx])]


@dataclass(frozen=True, eq=False)
class RawTable:
    """The rows of one file (N of them).

    lines     int64[N], the line on which each row starts
    ragged    bool[N], rows with more or fewer cells than the header
    complete  whether the file could be read to its end
    """

    file: str
    columns: dict[str, RawColumn]
    lines: IntArray
    ragged: BoolArray
    complete: bool


def read_raw_table(
    path: Path, table: Table, log: ProblemLog, warnings: list[str]
) -> tuple[RawTable, FileReading] | None:
    """Return the cells of a file and how it was read; None when it has no usable header.

    Faults go to `log`, columns that the table does not know to `warnings`.
    """
    try:
        encoding = detect_encoding(path)
    except Undecodable as fault:
        log.add(
            path.name,
            line=fault.line,
            value="bytes that are no text",
            expected="UTF-8, UTF-16 or cp1252",
        )
        return None
    with path.open(encoding=encoding, newline="") as stream:
        header_line = stream.readline()
        delimiter = sniff_delimiter(header_line, table)
        header = split_header(header_line, delimiter)
        if not any(header):
            log.add(path.name, line=1, value=header_line.strip(), expected="a header row")
            return None
        _check_header(path.name, header, table, log, warnings)
        records = _RecordReader(stream, path.name, delimiter, log)
        raw = _read_rows(records, path.name, header, log)
    reading = FileReading(
        path.name,
        _ENCODING_WORDS[encoding],
        _DELIMITER_WORDS[delimiter],
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


class _ColumnBuilder:
    """Gathers one column chunk by chunk, keeping each distinct text once."""

    def __init__(self) -> None:
        self._code_by_text: dict[str, int] = {}
        self._chunks: list[npt.NDArray[np.int32]] = []

    def add_cells(self, cells: tuple[str, ...]) -> None:
        codes = self._code_by_text
        chunk = [codes.setdefault(text, len(codes)) for text in cells]
        self._chunks.append(np.array(chunk, dtype=np.int32))

    def build(self) -> RawColumn:
        empty = np.zeros(0, dtype=np.int32)
        return RawColumn(np.concatenate([empty, *self._chunks]), tuple(self._code_by_text))


def _read_rows(records: _RecordReader, file: str, header: list[str], log: ProblemLog) -> RawTable:
    builders = [_ColumnBuilder() for _ in header]
    lines = array("q")
    ragged: list[int] = []
    expected = f"{len(header)} cells, as in the header"
    rows = iter(records)
    while chunk := list(islice(rows, _ROWS_AT_A_TIME)):
        for line, record in chunk:
            if len(record) != len(header):
                ragged.append(len(lines))
                log.add(file, line=line, value=f"{len(record)} cells", expected=expected)
            lines.append(line)
        cells = [_fit_row(record, len(header)) for _, record in chunk]
        for builder, texts in zip(builders, zip(*cells, strict=True), strict=True):
            builder.add_cells(texts)
    ragged_mask = np.zeros(len(lines), dtype=np.bool_)
    ragged_mask[ragged] = True
    columns = {
        name: builder.build()
        for name, builder in zip(header, builders, strict=True)
        if header.count(name) == 1  # of two columns of one name, neither is surely meant
    }
    return RawTable(file, columns, np.array(lines, dtype=np.int64), ragged_mask, records.complete)


def _fit_row(record: list[str], width: int) -> list[str]:
    return record if len(record) == width else (record + [""] * width)[:width]


class _RecordReader:
    """Walks over the records below the header; `complete` once the file's end was reached."""

    def __init__(self, stream: TextIO, file: str, delimiter: str, log: ProblemLog) -> None:
        self._reader = csv.reader(stream, delimiter=delimiter, skipinitialspace=True, strict=True)
        self._file = file
        self._log = log
        self.complete = False

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (first line, cells) of each record that is not blank."""
        while True:
            line = 1 + self._reader.line_num + 1  # the header stands above
            try:
                record = next(self._reader)
            except StopIteration:
                self.complete = True
                return
            except csv.Error as fault:
                # Where quoting is broken the rest of the file could mean anything.
                self._log.add(
                    self._file,
                    line=line,
                    value=str(fault),
                    expected='quotes closed before the next delimiter, and doubled ("") inside',
                )
                return
            if any(record):
                yield line, record
