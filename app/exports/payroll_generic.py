"""The generic payroll file: a line per contractor, project and day."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

HEADER = (
    "payroll_id",
    "contractor",
    "project",
    "date",
    "hours",
    "rate",
    "amount",
    "currency",
)

_CENT = Decimal(1)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class PayrollLine:
    """The hours of one day on one assignment; the rate in cents an hour."""

    payroll_id: str
    contractor: str
    project: str
    work_date: date
    hours: Decimal
    rate_cents: int
    currency: str

    @property
    def amount_cents(self) -> int:
        """Hours x rate, rounded half up to a cent once, here."""
        return int((self.hours * self.rate_cents).quantize(_CENT, rounding=ROUND_HALF_UP))


def build_generic_csv(lines: Iterable[PayrollLine]) -> bytes:
    """Return the file as UTF-8 with CRLF line ends, the lines in the order given.

    Numbers stay numbers. A name that a spreadsheet would take for a formula gets a leading
    apostrophe; a payroll id is matched by machines and is never changed.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for line in lines:
        writer.writerow(
            (
                line.payroll_id,
                _quote_formula(line.contractor),
                _quote_formula(line.project),
                line.work_date.isoformat(),
                f"{line.hours:.2f}",
                _format_cents(line.rate_cents),
                _format_cents(line.amount_cents),
                line.currency,
            )
        )
    return text.getvalue().encode("utf-8")


def _quote_formula(name: str) -> str:
    # Full-width forms become the plain signs in some spreadsheets.
    start = name[:1].translate({0xFF1D: "=", 0xFF0B: "+", 0xFF0D: "-", 0xFF20: "@"})
    return f"'{name}" if start in _FORMULA_STARTS else name


def _format_cents(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
