"""One CSV file as it stands: its cells as text, each row with its line number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solver.instance import BoolArray, IntArray


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
