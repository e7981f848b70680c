"""From cells of text to typed columns, and on to the frame of the roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.importing.cells import CellValue, parse_cell, parse_texts
from app.importing.problems import ProblemLog
from app.importing.raw_table import RawColumn, RawTable
from solver.instance import BoolArray, IntArray
from solver.roster import Column, Kind, Table, get_dtype


@dataclass(frozen=True, eq=False)
class TypedColumn:
    """A column whose cells were parsed; bad cells are missing, "" or false.

    values  of its distinct texts; two texts may have one value
    codes   int32[N], row i holds `values[codes[i]]`
    valid   bool[N]: the cell was good and not blank
    """

    column: Column
    values: list[CellValue]
    codes: npt.NDArray[np.int32]
    valid: BoolArray

    @cached_property
    def series(self) -> pd.Series:
        """The cells as the roster has them; whole numbers still nullable."""
        return _build_series(self.column, self.values, self.codes)


@dataclass(frozen=True, eq=False)
class TypedTable:
    """A table whose cells were parsed; `columns` are those of the format, by name."""

    table: Table
    raw: RawTable
    columns: dict[str, TypedColumn]

    def find_line(self, row_id: str) -> int:
        """Return the line of the row whose (first) key is `row_id`."""
        key = self.columns[self.table.key[0]]
        return int(self.raw.lines[np.argmax(key.codes == key.values.index(row_id))])

    def text_at(self, column: str, row_idx: int) -> str:
        """Return the text that stood in the file, "" when the file lacks the column."""
        raw_column = self.raw.columns.get(column)
        return raw_column.text_at(row_idx) if raw_column else ""

    def log_rows(
        self, log: ProblemLog, rows: IntArray, column: str, expected: str | Sequence[str]
    ) -> None:
        """Note a fault of `column` for each row position; `expected` is one or one per row."""
        sentences = [expected] * len(rows) if isinstance(expected, str) else expected
        for row_idx, sentence in zip(rows.tolist(), sentences, strict=True):
            log.add(
                self.raw.file,
                line=int(self.raw.lines[row_idx]),
                column=column,
                value=self.text_at(column, row_idx),
                expected=sentence,
            )


def build_typed_table(raw: RawTable, table: Table, log: ProblemLog) -> TypedTable:
    """Return the table with every cell parsed; bad cells go to `log`.

    A ragged row is a fault already, so its cells are not held against it.
    """
    columns = {}
    for column in table.columns:
        raw_column = raw.columns.get(column.name)
        columns[column.name] = (
            _build_absent_column(raw, column)
            if raw_column is None
            else _parse_column(raw, raw_column, column, log)
        )
    return TypedTable(table, raw, columns)


def build_roster_frame(typed: TypedTable) -> pd.DataFrame:
    """Return the frame with the roster's final dtypes; the table must be free of faults."""
    columns = typed.table.columns
    frame = pd.DataFrame({one.roster_name: typed.columns[one.name].series for one in columns})
    return frame.astype({one.roster_name: get_dtype(one) for one in columns})


def _parse_column(
    raw: RawTable, raw_column: RawColumn, column: Column, log: ProblemLog
) -> TypedColumn:
    """Parse each distinct text once: a column of a million rows has few."""
    texts, codes = raw_column.texts, raw_column.codes
    values, expected = parse_texts(column, texts)
    for code in expected:
        values[code] = _get_blank_value(column)
    good = np.fromiter(map(bool, map(str.strip, texts)), np.bool_, len(texts))
    bad = np.zeros(len(texts), dtype=np.bool_)
    bad[list(expected)] = True
    for row_idx in np.flatnonzero(bad[codes] & ~raw.ragged).tolist():
        code = int(codes[row_idx])
        log.add(
            raw.file,
            line=int(raw.lines[row_idx]),
            column=column.name,
            value=texts[code],
            expected=expected[code],
        )
    return TypedColumn(column, values, codes, (good & ~bad)[codes] & ~raw.ragged)


def _build_absent_column(raw: RawTable, column: Column) -> TypedColumn:
    # The missing column itself was noted when the header was checked.
    value = _get_blank_value(column) if column.required else parse_cell(column, "")
    num_rows = len(raw.lines)
    codes = np.zeros(num_rows, dtype=np.int32)
    return TypedColumn(column, [value], codes, np.zeros(num_rows, dtype=np.bool_))


def _get_blank_value(column: Column) -> CellValue:
    match column.kind:
        case Kind.TEXT | Kind.LIST | Kind.CHOICE:
            return ""
        case Kind.BOOLEAN:
            return False
        case Kind.WHOLE | Kind.MONEY | Kind.DECIMAL | Kind.DATE:
            return None


def _build_series(
    column: Column, values: list[CellValue], codes: npt.NDArray[np.int32]
) -> pd.Series:
    match column.kind:
        case Kind.WHOLE | Kind.MONEY:
            missing = np.array([value is None for value in values], dtype=np.bool_)
            numbers = np.array([0 if value is None else value for value in values], dtype=np.int64)
            return pd.Series(pd.arrays.IntegerArray(numbers[codes], missing[codes]))
        case Kind.DATE:
            return pd.Series(np.array(values, dtype="datetime64[s]")[codes])
        case Kind.DECIMAL:
            return pd.Series(np.array(values, dtype=np.float64)[codes])
        case Kind.BOOLEAN:
            return pd.Series(np.array(values, dtype=np.bool_)[codes])
        case Kind.TEXT | Kind.LIST | Kind.CHOICE:
            return pd.Series(np.array(values, dtype=object)[codes], dtype="str")
