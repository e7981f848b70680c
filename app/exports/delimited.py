"""Delimited text, with quotes wherever any program may see a separator."""

from __future__ import annotations

import re
from collections.abc import Iterable

# A spreadsheet of another country splits at another separator than the one of the file: what
# stands behind it in a text would be a cell of its own, and could be a formula.
_SEPARATOR = re.compile(r'[",;|\t\r\n]')
_NUMBER = re.compile(r"-?\d+,\d+", re.ASCII)


def build_row(cells: Iterable[str], *, delimiter: str = ",", quote_all: bool = False) -> str:
    """Return the cells as one row, without the end of its line."""
    return delimiter.join(
        _quote(cell) if quote_all or _needs_quotes(cell, delimiter) else cell for cell in cells
    )


def _needs_quotes(cell: str, delimiter: str) -> bool:
    if not _SEPARATOR.search(cell):
        return False
    is_plain_number = delimiter != "," and _NUMBER.fullmatch(cell)
    return not is_plain_number


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
