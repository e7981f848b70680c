"""From cells of text to the typed frame of the roster, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.importing.cells import BadCell, CellValue, parse_cell
from app.importing.problems import ProblemLog
from app.importing.raw_table import RawColumn, RawTable
from solver.instance import BoolArray, IntArray
from solver.roster import Column, Kind, Table, get_dtype


@dataclass(frozen=True, eq=False)
class TypedTable:
    """A table whose cells were parsed; bad cells are missing, "" or false.

    frame  the roster's columns; whole numbers still nullable
    valid  per column bool[N]: the cell was good and not blank
    """

    table: Table
    raw: RawTable
    frame: pd.DataFrame
    valid: dict[str, BoolArray]

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
    series: dict[str, pd.Series] = {}
    valid: dict[str, BoolArray] = {}
    for column in table.columns:
        raw_column = raw.columns.get(column.name)
        if raw_column is None:
            values, codes = [_get_absent_value(column)], np.zeros(len(raw.lines), dtype=np.int32)
            good = np.zeros(1, dtype=np.bool_)
        else:
            values, good, codes = _parse_column(raw, raw_column, column, log)
        series[column.roster_name] = _build_series(column, values, codes)
        valid[column.name] = good[codes] & ~raw.ragged
    return TypedTable(table, raw, pd.DataFrame(series), valid)


def build_roster_frame(typed: TypedTable) -> pd.DataFrame:
    """Return the frame with the roster's final dtypes; the table must be free of faults."""
    dtypes = {column.roster_name: get_dtype(column) for column in typed.table.columns}
    return typed.frame.astype(dtypes)


def _parse_column(
    raw: RawTable, raw_column: RawColumn, column: Column, log: ProblemLog
) -> tuple[list[CellValue], BoolArray, npt.NDArray[np.int32]]:
    """Parse each distinct text once: a column of a million rows has few."""
    values: list[CellValue] = []
    expected: dict[int, str] = {}
    for code, text in enumerate(raw_column.texts):
        try:
            values.append(parse_cell(column, text))
        except BadCell as fault:
            values.append(_get_blank_value(column))
            expected[code] = fault.expected
    good = np.array([bool(text.strip()) for text in raw_column.texts], dtype=np.bool_)
    bad = np.zeros(len(values), dtype=np.bool_)
    bad[list(expected)] = True
    for row_idx in np.flatnonzero(bad[raw_column.codes] & ~raw.ragged).tolist():
        code = int(raw_column.codes[row_idx])
        log.add(
            raw.file,
            line=int(raw.lines[row_idx]),
            column=column.name,
            value=raw_column.texts[code],
            expected=expected[code],
        )
    return values, good & ~bad, raw_column.codes


def _get_absent_value(column: Column) -> CellValue:
    # The missing column itself was noted when the header was checked.
    return _get_blank_value(column) if column.required else parse_cell(column, "")


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
