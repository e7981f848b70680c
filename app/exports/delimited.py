"""Delimited text, with quotes where the format needs them."""

from __future__ import annotations

from collections.abc import Iterable


def build_row(cells: Iterable[str], *, delimiter: str = ",", quote_all: bool = False) -> str:
    """Return the cells as one row, without the end of its line."""
    cells = tuple(cells)
    row = delimiter.join(cells)
    has_special = '"' in row or "\r" in row or "\n" in row
    if not quote_all and not has_special and row.count(delimiter) == len(cells) - 1:
        return row
    special = frozenset({delimiter, '"', "\r", "\n"})
    return delimiter.join(
        _quote(cell) if quote_all or not special.isdisjoint(cell) else cell for cell in cells
    )


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
