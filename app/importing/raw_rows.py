"""Gathers the rows of a CSV file column by column, whichever way they were taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

import numpy as np
import numpy.typing as npt

from app.importing.blocks import split_plain
from app.importing.problems import MAX_PROBLEMS_OF_A_COLUMN, ProblemLog
from app.importing.raw_table import RawColumn, RawTable
from app.importing.records import Chunk
from app.importing.source import SourceFile
from solver.instance import IntArray


class _ColumnBuilder:
    """Gathers one column part by part, keeping each distinct text once."""

    def __init__(self) -> None:
        self._code_by_text: dict[str, int] = {}
        self._parts: list[npt.NDArray[np.int32]] = []

    def add_cells(self, cells: Sequence[str]) -> None:
        codes = self._code_by_text
        new = [text for text in dict.fromkeys(cells) if text not in codes]
        codes.update(zip(new, count(len(codes)), strict=False))
        # A million cells: each step of them in Python costs a tenth of a second.
        self._parts.append(np.fromiter(map(codes.__getitem__, cells), np.int32, len(cells)))

    def build(self) -> RawColumn:
        empty = np.zeros(0, dtype=np.int32)
        return RawColumn(np.concatenate([empty, *self._parts]), tuple(self._code_by_text))


class RawRows:
    """Gathers the rows of a file, and notes those with more or fewer cells than the header.

    next_line  the one below what was taken, as long as blocks are
    """

    def __init__(self, source: SourceFile, width: int, log: ProblemLog) -> None:
        self._source, self._width, self._log = source, width, log
        self._builders = [_ColumnBuilder() for _ in range(width)]
        self._lines: list[IntArray] = []
        self._ragged: list[int] = []
        self._records: dict[int, list[str]] = {}
        self._num = 0
        self.next_line = 2  # the header stands above

    def add_plain(self, block: str, delimiter: str) -> bool:
        """Take a block whose rows have a line each; return False where that is not so."""
        columns = split_plain(block, delimiter, self._width)
        if columns is None or self._source.mends:
            return False
        below = self.next_line + len(columns[0])
        self._add(np.arange(self.next_line, below), columns)
        self.next_line = below
        return True

    def add_records(self, chunks: Iterable[Chunk]) -> None:
        """Take what a `RecordReader` found."""
        for lines, rows in chunks:
            self._add_rows(lines, rows)

    def build(self, header: tuple[str, ...], names: list[str], *, complete: bool) -> RawTable:
        """Return the table; `names` are those of the header as the format would name them."""
        ragged = np.zeros(self._num, dtype=np.bool_)
        ragged[self._ragged] = True
        built = tuple(builder.build() for builder in self._builders)
        columns = {
            name: column
            for name, column in zip(names, built, strict=True)
            if names.count(name) == 1  # of two columns of one name, neither is surely meant
        }
        lines = np.concatenate([np.zeros(0, dtype=np.int64), *self._lines])
        name = self._source.name
        return RawTable(name, header, built, columns, lines, ragged, self._records, complete)

    def _add_rows(self, lines: IntArray, rows: list[list[str]]) -> None:
        mends = self._source.mends
        if mends:
            found = zip(lines.tolist(), rows, strict=True)
            rows = [list(mends.get(line, row)) for line, row in found]
        if set(map(len, rows)) - {self._width}:
            self._note_ragged(lines, rows)
            rows = [(row + [""] * self._width)[: self._width] for row in rows]
        self._add(lines, list(zip(*rows, strict=True)))

    def _add(self, lines: IntArray, columns: Sequence[Sequence[str]]) -> None:
        self._lines.append(lines)
        self._num += len(lines)
        for builder, cells in zip(self._builders, columns, strict=False):
            builder.add_cells(cells)

    def _note_ragged(self, lines: IntArray, rows: list[list[str]]) -> None:
        expected = f"{self._width} cells, as in the header"
        for place, (line, row) in enumerate(zip(lines.tolist(), rows, strict=True), self._num):
            if len(row) == self._width:
                continue
            if len(self._ragged) < MAX_PROBLEMS_OF_A_COLUMN:
                self._records[place] = row
            self._ragged.append(place)
            found = f"{len(row)} cells"
            self._log.add(self._source.name, line=line, value=found, expected=expected)
