"""Finding formulas in files for people: what any spreadsheet might run."""

from __future__ import annotations

import csv
import io
import re

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def list_formulas(content: str) -> list[str]:
    """Return every part of a CSV file's cells that a program may take for a formula."""
    rows = csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""))
    return [
        part
        for row in rows
        for cell in row
        # Some programs split at semicolons, whatever the file was written with.
        for part in cell.split(";")
        if _FORMULA.match(part.lstrip(' "\u00a0')) and not _NUMBER.fullmatch(part)
    ]
