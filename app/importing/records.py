"""Walks over the records of a CSV file; no line or cell is longer than memory allows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from app.importing.problems import ProblemLog

MAX_LINE_CHARACTERS = 1 << 20
"""Of one line; a cell takes at most `csv.field_size_limit()`, 131,072 unless set otherwise."""

Record = tuple[int, list[str]]
"""First line of a row, its cells."""


class _EndlessLine(Exception):
    """A line is longer than any row of the format can be."""


class RecordReader:
    """The records below the header; `complete` once the file's end was reached."""

    def __init__(self, stream: TextIO, file: str, delimiter: str, log: ProblemLog) -> None:
        self._reader = csv.reader(
            _list_lines(stream), delimiter=delimiter, skipinitialspace=True, strict=True
        )
        self._file = file
        self._log = log
        self.complete = False

    def __iter__(self) -> Iterator[Record]:
        """Yield (first line, cells) of each record that is not blank."""
        line = 2  # the header stands above
        try:
            for record in self._reader:
                if any(record):
                    yield line, record
                line = self._reader.line_num + 2
        except (csv.Error, _EndlessLine) as fault:
            # Where quoting is broken the rest of the file could mean anything.
            expected = _describe_remedy(fault)
            self._log.add(self._file, line=line, value=str(fault), expected=expected)
        else:
            self.complete = True


def _list_lines(stream: TextIO) -> Iterator[str]:
    while line := stream.readline(MAX_LINE_CHARACTERS + 1):
        if len(line) > MAX_LINE_CHARACTERS:
            raise _EndlessLine(f"more than {MAX_LINE_CHARACTERS:,} characters")
        yield line


def _describe_remedy(fault: csv.Error | _EndlessLine) -> str:
    if isinstance(fault, _EndlessLine):
        return f"a line of at most {MAX_LINE_CHARACTERS:,} characters"
    return 'quotes closed before the next delimiter, and doubled ("") inside'
