"""The manifest of a batch: what it holds, and by which rule its cents came about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.exports.payroll_line import PayrollBatch

MANIFEST_FORMAT = 1

ROUNDING_RULE = (
    "A line is the hours of one contractor on one project, of one kind, at one rate, in one "
    "currency and one pay period. Its amount is hours times rate, rounded once to whole cents, "
    "halves away from zero. Where earlier batches hold hours of the same line, its amount is what "
    "all its hours come to, rounded once, less what the earlier batches hold. Rates are those of "
    "the day that was worked. Currencies are never added up."
)


@dataclass(frozen=True)
class ControlTotal:
    """Sums of one currency.

    num_adjustments, adjustment_cents  the part of the lines that are adjustments
    """

    currency: str
    num_lines: int
    hours: Decimal
    amount_cents: int
    num_adjustments: int = 0
    adjustment_cents: int = 0

    def as_dict(self) -> dict[str, int | str]:
        """Return the sums by name; hours as text, so that no reader makes them a float."""
        return {
            "lines": self.num_lines,
            "hours": f"{self.hours:.2f}",
            "amount_cents": self.amount_cents,
            "adjustments": self.num_adjustments,
            "adjustment_cents": self.adjustment_cents,
        }


@dataclass(frozen=True)
class FileFacts:
    """Name, lower-case hex SHA-256 and length of a file."""

    name: str
    sha256: str
    num_bytes: int


def add_totals(totals: Iterable[ControlTotal]) -> tuple[ControlTotal, ...]:
    """Add up the totals of each currency, in the order of their codes."""
    sums: dict[str, ControlTotal] = {}
    for total in totals:
        so_far = sums.get(total.currency, ControlTotal(total.currency, 0, Decimal(0), 0))
        sums[total.currency] = ControlTotal(
            total.currency,
            so_far.num_lines + total.num_lines,
            so_far.hours + total.hours,
            so_far.amount_cents + total.amount_cents,
            so_far.num_adjustments + total.num_adjustments,
            so_far.adjustment_cents + total.adjustment_cents,
        )
    return tuple(sums[currency] for currency in sorted(sums))


def build_manifest(
    batch: PayrollBatch, totals: Iterable[ControlTotal], file: FileFacts, *, num_days: int
) -> str:
    """Return the manifest as JSON; the same batch gives the same text.

    num_days  days of assignments that the lines are made of
    """
    listed = list(totals)
    content: Mapping[str, object] = {
        "format": MANIFEST_FORMAT,
        "batch": batch.number,
        "period": {"starts_on": batch.starts_on.isoformat(), "ends_on": batch.ends_on.isoformat()},
        "lines": sum(total.num_lines for total in listed),
        "days": num_days,
        "totals": {total.currency: total.as_dict() for total in listed},
        "rounding": ROUNDING_RULE,
        "file": {"name": file.name, "sha256": file.sha256, "bytes": file.num_bytes},
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
