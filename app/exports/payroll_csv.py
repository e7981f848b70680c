"""The generic payroll file: one row for each line of a batch, ready for a payroll system.

UTF-8 without BOM, commas, CRLF line ends (RFC 4180, what payroll systems expect).
The same lines in the same order give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from app.exports.cell_safety import protect_text
from app.exports.delimited import build_row
from app.exports.payroll_line import PayrollBatch, PayrollLine
from app.exports.roster_folder import format_cents

HEADER = (
    "batch",
    "line",
    "payroll_id",
    "contractor",
    "project",
    "kind",
    "period_starts_on",
    "period_ends_on",
    "hours",
    "rate",
    "amount",
    "currency",
    "adjustment",
)

_LINE_END = "\r\n"
_CACHED = 1000
_ROWS_A_PART = 5_000
"""About half a megabyte: memory stays the same however long the file is."""


def build_payroll_name(batch: PayrollBatch) -> str:
    """Return the name of the file."""
    return f"payroll-{batch.number:06d}.csv"


def build_payroll_csv(batch: PayrollBatch, lines: Iterable[PayrollLine]) -> Iterator[bytes]:
    """Yield the file of these lines, in their order below a header, part by part.

    Names and codenames are made harmless for spreadsheets; numbers stay numbers. Payroll ids
    are written as they are: the caller has refused unsafe ones.
    """
    number = str(batch.number)
    # Neighbours share names and days: each is worked out once.
    protect, write_day = lru_cache(_CACHED)(protect_text), lru_cache(_CACHED)(date.isoformat)
    rows = [build_row(HEADER)]
    for line in lines:
        cells = (
            number,
            str(line.number),
            line.payroll_id,
            protect(line.contractor),
            protect(line.project_code),
            line.hours_kind,
            write_day(line.starts_on),
            write_day(line.ends_on),
            f"{line.hours:.2f}",
            format_cents(line.rate_cents),
            format_cents(line.amount_cents),
            line.currency,
            "yes" if line.is_adjustment else "",
        )
        rows.append(build_row(cells))
        if len(rows) >= _ROWS_A_PART:
            yield _join(rows)
            rows.clear()
    if rows:
        yield _join(rows)


def _join(rows: list[str]) -> bytes:
    return _LINE_END.join([*rows, ""]).encode("utf-8")
