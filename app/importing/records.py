"""Walks over the records of a CSV file; no line or cell is longer than memory allows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import chain, compress, islice

import numpy as np

from app.importing.blocks import MAX_LINE_CHARACTERS
from app.importing.problems import ProblemLog
from solver.instance import IntArray

Record = tuple[int, list[str]]
"""First line of a row, its cells."""

Chunk = tuple[IntArray, list[list[str]]]
"""The same of some rows: int64[N], and their cells."""

_ROWS_AT_A_TIME = 4_000
_LINE_BREAK = re.compile("\r\n|\r|\n")


class _EndlessLine(Exception):
    """A line is longer than any row of the format can be."""


class RecordReader:
    """The records of blocks of whole lines; `complete` once the file's end was reached.

    line  the one on which the next record starts
    """

    def __init__(
        self,
        blocks: Iterable[str],
        file: str,
        delimiter: str,
        log: ProblemLog,
        *,
        line: int = 2,
    ) -> None:
        lines = chain.from_iterable(_split_blocks(blocks))
        self._reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
        self._file = file
        self._log = log
        self.line = line
        self.complete = False

    def __iter__(self) -> Iterator[Record]:
        """Yield (first line, cells) of each record that is not blank."""
        for lines, rows in self.read_chunks():
            yield from zip(lines.tolist(), rows, strict=True)

    def read_chunks(self) -> Iterator[Chunk]:
        """Yield the same some thousand records at a time."""
        is_broken = False
        while not is_broken:
            rows: list[list[str]] = []
            lines_before = self._reader.line_num
            try:
                # A record of its own costs a Python step each; what stood before a fault is kept.
                rows.extend(islice(self._reader, _ROWS_AT_A_TIME))
            except (csv.Error, _EndlessLine) as fault:
                is_broken = True
                starts = self._count_lines(rows, None)
                # Where quoting is broken the rest of the file could mean anything.
                expected = _describe_remedy(fault)
                self._log.add(self._file, line=self.line, value=str(fault), expected=expected)
            else:
                starts = self._count_lines(rows, self._reader.line_num - lines_before)
            if not rows and not is_broken:
                self.complete = True
                return
            is_filled = list(map(any, rows))
            if not all(is_filled):
                rows, starts = list(compress(rows, is_filled)), starts[is_filled]
            yield starts, rows

    def _count_lines(self, rows: list[list[str]], num_lines: int | None) -> IntArray:
        """Return the first line of each row, and go on to the line below the last.

        num_lines  that the rows take together; None where that is not known
        """
        heights = np.ones(len(rows), dtype=np.int64)
        if num_lines != len(rows):
            for place, row in enumerate(rows):
                heights[place] += sum(len(_LINE_BREAK.findall(cell)) for cell in row)
        below = self.line + np.cumsum(heights)
        if len(rows):
            self.line = int(below[-1])
        starts: IntArray = below - heights
        return starts


def _split_blocks(blocks: Iterable[str]) -> Iterator[list[str]]:
    for block in blocks:
        lines = StringIO(block, newline="").readlines()
        if max(map(len, lines)) > MAX_LINE_CHARACTERS:
            first = next(i for i, line in enumerate(lines) if len(line) > MAX_LINE_CHARACTERS)
            yield lines[:first]
            raise _EndlessLine(f"more than {MAX_LINE_CHARACTERS:,} characters")
        yield lines


def _describe_remedy(fault: csv.Error | _EndlessLine) -> str:
    if isinstance(fault, _EndlessLine):
        return f"a line of at most {MAX_LINE_CHARACTERS:,} characters"
    return 'quotes closed before the next delimiter, and doubled ("") inside'
