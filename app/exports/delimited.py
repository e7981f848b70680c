"""Delimited text, with quotes wherever any program may see a separator."""

from __future__ import annotations

import re
from collections.abc import Iterable

# A spreadsheet of another country splits at another separator than the one of the file: what
# stands behind it in a text would be a cell of its own, and could be a formula.
_NEEDS_QUOTES = re.compile(r'[",;|\t\r\n]')


def build_row(cells: Iterable[str], *, delimiter: str = ",", quote_all: bool = False) -> str:
    """Return the cells as one row, without the end of its line."""
    return delimiter.join(
        _quote(cell) if quote_all or _NEEDS_QUOTES.search(cell) else cell for cell in cells
    )


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
