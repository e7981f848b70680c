"""A list of a page as a CSV file for people: the columns and rows as they are shown there.

UTF-8 with a byte order mark, without which spreadsheets misread names, and CRLF line ends.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from app.exports.cell_safety import protect_text

CsvCell = str | int | float | Decimal | date | datetime | None
"""A value of a cell; None stays blank."""


def build_table_csv(head: Sequence[str], rows: Iterable[Sequence[CsvCell]]) -> bytes:
    """Return the file of these rows below `head`; texts are harmless, numbers stay numbers."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_write(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def _write(cell: CsvCell) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return cell.astimezone(UTC).isoformat(timespec="minutes")
        case date():
            return cell.isoformat()
        case int() | float() | Decimal():
            return str(cell)
        case _:
            return protect_text(cell)
