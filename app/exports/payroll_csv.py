"""The generic payroll file: one row for each line of a batch, ready for a payroll system.

UTF-8 without BOM, commas, CRLF line ends (RFC 4180, what payroll systems expect).
The same lines in the same order give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    rows = [build_row(HEADER)]
    for line in lines:
        rows.append(build_row((number, *_build_cells(line))))
        if len(rows) >= _ROWS_A_PART:
            yield _join(rows)
            rows.clear()
    if rows:
        yield _join(rows)


def _join(rows: list[str]) -> bytes:
    return _LINE_END.join([*rows, ""]).encode("utf-8")


def _build_cells(line: PayrollLine) -> tuple[str, ...]:
    return (
        str(line.number),
        line.payroll_id,
        protect_text(line.contractor),
        protect_text(line.project_code),
        line.hours_kind,
        line.starts_on.isoformat(),
        line.ends_on.isoformat(),
        f"{line.hours:.2f}",
        format_cents(line.rate_cents),
        format_cents(line.amount_cents),
        line.currency,
        "yes" if line.is_adjustment else "",
    )
