"""Delimited text, with quotes where the format needs them."""

from __future__ import annotations

from collections.abc import Iterable


def build_row(cells: Iterable[str], *, delimiter: str = ",", quote_all: bool = False) -> str:
    """Return the cells as one row, without the end of its line."""
    special = frozenset({delimiter, '"', "\r", "\n"})
    return delimiter.join(
        _quote(cell) if quote_all or not special.isdisjoint(cell) else cell for cell in cells
    )


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
