"""Writes a roster back as the CSV folder of the data contract (docs/data-format.md)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from solver.roster import TABLES, Column, Kind, Roster, Table

LINE_END = "\n"


def write_roster_folder(roster: Roster, folder: Path) -> None:
    """Write one file per table into `folder`, which is made when missing.

    UTF-8, commas, LF. Reading the folder again gives an equal roster, and the
    same roster gives the same bytes. The files are for programs: a text that a
    spreadsheet would take for a formula is written as it is. A column that the first
    version of the folder did not have is left out where every row holds its default.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in roster.frames().items():
        _write_table(TABLES[name], frame, folder / f"{name}.csv")


def format_cents(cents: int) -> str:
    """Return an amount in cents as text with two decimals, such as 12.50 or -0.05."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def format_decimal(value: float) -> str:
    """Return a number as text with no more decimals than it has, such as 5.75 or 40."""
    # repr alone may fall into 1e-07, which the format does not know.
    return f"{Decimal(repr(value)):f}".removesuffix(".0")


def _write_table(table: Table, frame: pd.DataFrame, path: Path) -> None:
    columns = [column for column in table.columns if _says_something(column, frame)]
    texts = [_format_column(column, frame[column.roster_name]) for column in columns]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator=LINE_END)
        writer.writerow([column.name for column in columns])
        writer.writerows(zip(*texts, strict=True))


def _says_something(column: Column, frame: pd.DataFrame) -> bool:
    texts = _format_column(column, frame[column.roster_name])
    return column.since == 1 or any(text != (column.default or "") for text in texts)


def _format_column(column: Column, values: pd.Series) -> list[str]:
    """Return the cells of a column; each distinct value is written out once."""
    codes, distinct = pd.factorize(values)
    write = _FORMATTERS[column.kind]
    # factorize gives a missing value the code -1, which picks the last entry.
    texts = np.array([*map(write, distinct.tolist()), ""], dtype=object)
    cells: list[str] = texts[codes].tolist()
    return cells


_FORMATTERS: Mapping[Kind, Callable[..., str]] = MappingProxyType(
    {
        Kind.TEXT: str,
        Kind.LIST: str,
        Kind.CHOICE: str,
        Kind.BOOLEAN: lambda value: "true" if value else "false",
        Kind.WHOLE: str,
        Kind.DECIMAL: format_decimal,
        Kind.MONEY: format_cents,
        Kind.DATE: lambda value: value.date().isoformat(),
    }
)
