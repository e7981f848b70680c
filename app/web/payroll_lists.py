"""The columns of the payroll desk's lists: lines of hours and export batches."""

from __future__ import annotations

from collections.abc import Sequence

from app.services.payroll_lines import CurrencyTotal
from app.web.list_columns import Column, to_units

LINE_COLUMNS = (
    Column("contractor", "Contractor", lambda row: row.line.contractor, fixed=True, sorts=False),
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("payroll_id", "Payroll id", lambda row: row.line.payroll_id, sorts=False),
    Column("project", "Project", lambda row: row.line.project, sorts=False),
    Column("worked_on", "Day", lambda row: row.line.worked_on, sorts=False),
    Column("hours", "Hours", lambda row: row.line.hours, number=True, sorts=False),
    Column("rate", "Rate", lambda row: to_units(row.line.rate_cents), number=True, sorts=False),
    Column(
        "amount", "Amount", lambda row: to_units(row.line.amount_cents), number=True, sorts=False
    ),
    Column("currency", "Currency", lambda row: row.line.currency, csv_only=True, sorts=False),
    Column("batch_number", "Export", sorts=False),
)

BATCH_COLUMNS = (
    Column("number", "Number", fixed=True, sorts=False),
    Column("period_starts_on", "Period", sorts=False),
    Column("period_ends_on", "Until", csv_only=True, sorts=False),
    Column("line_count", "Lines", number=True, sorts=False),
    Column("totals", "Totals", lambda row: describe_totals(row.totals), number=True, sorts=False),
    Column("created_at", "Made", sorts=False),
    Column("created_by", "Made by", csv_only=True, sorts=False),
    Column("sha256", "Checksum (SHA-256)", sorts=False),
)


def describe_totals(totals: Sequence[CurrencyTotal]) -> str:
    """Return the sums of a batch in one cell: `2280.32 EUR for 63.00 h; ...`."""
    return "; ".join(
        f"{to_units(total.amount_cents)} {total.currency} for {total.hours} h" for total in totals
    )
