"""One CSV file as it stands: its cells as text, each row with its line number."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from app.importing.encoding import Undecodable
from app.importing.header import BadHeader, read_header, read_header_line
from app.importing.problems import MAX_PROBLEMS_OF_A_COLUMN, ProblemLog
from app.importing.records import Record, RecordReader
from app.importing.source import SourceFile
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

    header    the names of its columns as they stand in the file, in small letters
    cells     the columns in the order of the header
    columns   those that have a name of their own, by the name that the format gives them
    lines     int64[N], the line on which each row starts
    ragged    bool[N], rows with more or fewer cells than the header
    ragged_records  the cells of the first such rows, by row position
    complete  whether the file could be read to its end
    """

    file: str
    header: tuple[str, ...]
    cells: tuple[RawColumn, ...]
    columns: dict[str, RawColumn]
    lines: IntArray
    ragged: BoolArray
    ragged_records: dict[int, list[str]]
    complete: bool

    def get_record(self, row_idx: int) -> list[str]:
        """Return the cells of a row as they stand in the file."""
        found = self.ragged_records.get(row_idx)
        return [column.text_at(row_idx) for column in self.cells] if found is None else found


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
        records = RecordReader(stream, source.name, header.delimiter, log)
        raw = _read_rows(records, source, header.names, names, log)
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


class _ColumnBuilder:
    """Gathers one column chunk by chunk, keeping each distinct text once."""

    def __init__(self) -> None:
        self._code_by_text: dict[str, int] = {}
        self._chunks: list[npt.NDArray[np.int32]] = []

    def add_cells(self, cells: tuple[str, ...]) -> None:
        codes = self._code_by_text
        for text in dict.fromkeys(cells):
            codes.setdefault(text, len(codes))
        # A million cells: each step of them in Python costs a tenth of a second.
        self._chunks.append(np.fromiter(map(codes.__getitem__, cells), np.int32, len(cells)))

    def build(self) -> RawColumn:
        empty = np.zeros(0, dtype=np.int32)
        return RawColumn(np.concatenate([empty, *self._chunks]), tuple(self._code_by_text))


class _RaggedRows:
    """Rows with more or fewer cells than the header: their positions, the cells of the first."""

    def __init__(self, file: str, width: int, log: ProblemLog) -> None:
        self._file, self._width, self._log = file, width, log
        self.places: list[int] = []
        self.records: dict[int, list[str]] = {}

    def note(self, chunk: list[Record], start: int) -> None:
        """Look at rows of which the first has the position `start`."""
        expected = f"{self._width} cells, as in the header"
        for place, (line, record) in enumerate(chunk, start=start):
            if len(record) == self._width:
                continue
            if len(self.places) < MAX_PROBLEMS_OF_A_COLUMN:
                self.records[place] = record
            self.places.append(place)
            found = f"{len(record)} cells"
            self._log.add(self._file, line=line, value=found, expected=expected)


def _read_rows(
    records: RecordReader,
    source: SourceFile,
    header: tuple[str, ...],
    names: list[str],
    log: ProblemLog,
) -> RawTable:
    builders = [_ColumnBuilder() for _ in header]
    lines = array("q")
    ragged = _RaggedRows(source.name, len(header), log)
    rows = iter(records)
    while chunk := _mend(islice(rows, _ROWS_AT_A_TIME), source):
        places, cells = zip(*chunk, strict=True)
        if set(map(len, cells)) != {len(header)}:
            ragged.note(chunk, len(lines))
            cells = tuple(_fit_row(record, len(header)) for record in cells)
        lines.extend(places)
        for builder, texts in zip(builders, zip(*cells, strict=True), strict=True):
            builder.add_cells(texts)
    ragged_mask = np.zeros(len(lines), dtype=np.bool_)
    ragged_mask[ragged.places] = True
    built = tuple(builder.build() for builder in builders)
    columns = {
        name: column
        for name, column in zip(names, built, strict=True)
        if names.count(name) == 1  # of two columns of one name, neither is surely meant
    }
    return RawTable(
        source.name,
        header,
        built,
        columns,
        np.array(lines, dtype=np.int64),
        ragged_mask,
        ragged.records,
        records.complete,
    )


def _mend(records: Iterable[Record], source: SourceFile) -> list[Record]:
    mends = source.mends
    if not mends:
        return list(records)
    return [(line, list(mends.get(line, record))) for line, record in records]


def _fit_row(record: list[str], width: int) -> list[str]:
    return record if len(record) == width else (record + [""] * width)[:width]
