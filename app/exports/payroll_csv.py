"""The generic payroll file: one line per day of hours, ready for a payroll system.

UTF-8 without BOM, commas, CRLF line ends (RFC 4180, what payroll systems expect).
The same rows in the same order give the same bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from app.errors import AppError
from app.exports.cell_safety import is_safe_id, protect_text
from app.exports.roster_folder import format_cents

HEADER = ("payroll_id", "contractor", "project", "date", "hours", "rate", "amount", "currency")

_LINE_END = "\r\n"


@dataclass(frozen=True)
class PayrollRow:
    """Hours of one contractor on one project and day.

    contractor  name, for people to read
    project     codename
    hours       at most two decimals; negative in an adjustment
    rate_cents  per hour, in `currency`
    """

    payroll_id: str
    contractor: str
    project: str
    worked_on: date
    hours: Decimal
    rate_cents: int
    currency: str

    @property
    def amount_cents(self) -> int:
        """Hours times rate, rounded half up (away from zero) to whole cents."""
        exact = self.hours * self.rate_cents
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


class UnsafePayrollId(AppError):
    """Ids that a payroll system could misread; nothing was written.

    rows  the rows in question, in the order given
    """

    def __init__(self, rows: Sequence[PayrollRow]) -> None:
        self.rows = tuple(rows)
        named = dict.fromkeys(f"{row.contractor} ({row.payroll_id!r})" for row in rows)
        super().__init__(
            "a payroll id must not be blank, start with = + - @, or hold control characters: "
            + ", ".join(named)
        )


def build_payroll_csv(rows: Iterable[PayrollRow]) -> bytes:
    """Return the file of these rows, in their order, below a header.

    Names and codenames are made harmless for spreadsheets; numbers stay numbers.
    Raises UnsafePayrollId naming every row whose id cannot be written as it is.
    """
    listed = list(rows)
    unsafe = [row for row in listed if not is_safe_id(row.payroll_id)]
    if unsafe:
        raise UnsafePayrollId(unsafe)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator=_LINE_END)
    writer.writerow(HEADER)
    writer.writerows(_build_cells(row) for row in listed)
    return stream.getvalue().encode("utf-8")


def _build_cells(row: PayrollRow) -> tuple[str, ...]:
    return (
        row.payroll_id,
        protect_text(row.contractor),
        protect_text(row.project),
        row.worked_on.isoformat(),
        f"{row.hours:.2f}",
        format_cents(row.rate_cents),
        format_cents(row.amount_cents),
        row.currency,
    )
