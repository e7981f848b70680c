"""The columns of a list: their heads, what they sort by, what a CSV file says, what is hidden."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import request

from app.exports.table_csv import CsvCell

_COOKIE = "hidden."
"""Start of the cookie that remembers a list's hidden columns; `lists.js` writes it."""


@dataclass(frozen=True)
class Column:
    """One column of a list.

    key       in the address when sorted by, and in the cookie when hidden
    title     its head on the page and in the CSV file
    cell      what the CSV file says of a row; without it the row's own value called `key`
    number    aligned to the right
    sorts     whether its head sorts the list
    fixed     can't be hidden: the row is lost without it
    csv_only  stands in the file alone
    """

    key: str
    title: str
    cell: Callable[[Any], CsvCell] | None = None
    number: bool = False
    sorts: bool = True
    fixed: bool = False
    csv_only: bool = False

    def get_cell(self, row: object) -> CsvCell:
        """Return what the CSV file says of `row`."""
        value: CsvCell = getattr(row, self.key) if self.cell is None else self.cell(row)
        return value


def to_units(cents: int | None) -> Decimal | None:
    """Return an amount in cents as a number that a spreadsheet can add up; None stays blank."""
    return None if cents is None else Decimal(cents).scaleb(-2)


def read_hidden(list_name: str, columns: Sequence[Column]) -> frozenset[str]:
    """Return the keys of the columns that this browser hides in the list."""
    remembered = request.cookies.get(f"{_COOKIE}{list_name}", "").split(".")
    return frozenset(
        column.key for column in columns if column.key in remembered and not column.fixed
    )
