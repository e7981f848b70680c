"""The columns of the payroll desk's lists."""

from __future__ import annotations

from app.web.list_columns import Column, to_units
from app.web.payroll.words import describe_totals

PERIOD_COLUMNS = (
    Column("starts_on", "Period", fixed=True, sorts=False),
    Column("ends_on", "Until", csv_only=True, sorts=False),
    Column("zone", "Time zone", sorts=False),
    Column("status", "State", sorts=False),
    Column("num_batches", "Exports", number=True, sorts=False),
    Column("totals", "Paid", lambda row: describe_totals(row.totals), number=True, sorts=False),
    Column("closed_at", "Closed", sorts=False),
)

ROW_COLUMNS = (
    Column("contractor", "Contractor", fixed=True, sorts=False),
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("payroll_id", "Payroll id", sorts=False),
    Column("project_code", "Project", sorts=False),
    Column("starts_on", "Of", sorts=False),
    Column("hours", "Hours", number=True, sorts=False),
    Column("rate", "Rate", lambda row: to_units(row.rate_cents), number=True, sorts=False),
    Column("amount", "Amount", lambda row: to_units(row.amount_cents), number=True, sorts=False),
    Column("currency", "Currency", csv_only=True, sorts=False),
    Column(
        "status",
        "State",
        lambda row: row.status or ("adjustment" if row.is_adjustment else "approved"),
        sorts=False,
    ),
)

BATCH_COLUMNS = (
    Column("number", "Number", fixed=True, sorts=False),
    Column("period_starts_on", "Period", sorts=False),
    Column("period_ends_on", "Until", csv_only=True, sorts=False),
    Column("line_count", "Lines", number=True, sorts=False),
    Column("num_adjustments", "Adjustments", number=True, sorts=False),
    Column("totals", "Totals", lambda row: describe_totals(row.totals), number=True, sorts=False),
    Column("created_at", "Made", sorts=False),
    Column("created_by", "Made by", csv_only=True, sorts=False),
    Column("sha256", "Checksum (SHA-256)", sorts=False),
)

LINE_COLUMNS = (
    Column("number", "Line", fixed=True, sorts=False),
    Column("contractor", "Contractor", fixed=True, sorts=False),
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("payroll_id", "Payroll id", sorts=False),
    Column("project_code", "Project", sorts=False),
    Column("starts_on", "Period", sorts=False),
    Column("ends_on", "Until", csv_only=True, sorts=False),
    Column("hours", "Hours", number=True, sorts=False),
    Column("rate", "Rate", lambda row: to_units(row.rate_cents), number=True, sorts=False),
    Column("amount", "Amount", lambda row: to_units(row.amount_cents), number=True, sorts=False),
    Column("currency", "Currency", csv_only=True, sorts=False),
    Column(
        "is_adjustment",
        "Adjustment",
        lambda row: "yes" if row.is_adjustment else "",
        sorts=False,
    ),
)

CORRECTION_COLUMNS = (
    Column("entered_at", "When", fixed=True, sorts=False),
    Column("entered_by", "By", sorts=False),
    Column("contractor", "Contractor", sorts=False),
    Column("project_code", "Project", sorts=False),
    Column("assignment_id", "Assignment", csv_only=True, sorts=False),
    Column("kind", "What", sorts=False),
    Column("day", "Day", sorts=False),
    Column(
        "value",
        "Hours or rate",
        lambda row: to_units(int(row.value)) if row.kind == "rate" else row.value,
        number=True,
        sorts=False,
    ),
    Column("reason", "Reason", sorts=False),
)
