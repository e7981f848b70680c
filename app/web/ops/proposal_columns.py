"""The columns of the list of proposals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.web.formatting import get_status_word
from app.web.list_columns import Column, to_units

_STATUS = Column("status", "Status", lambda row: get_status_word(row.status))

PROPOSAL_COLUMNS = (
    Column("proposal_id", "Proposal", csv_only=True, sorts=False),
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("name", "Contractor", fixed=True),
    Column("country", "Country", csv_only=True, sorts=False),
    Column("codename", "Project"),
    Column("hours_per_week", "Hours a week", number=True),
    Column("fit", "Fit", number=True),
    Column(
        "previous_pay_rate_cents",
        "Rate before",
        lambda row: to_units(row.previous_pay_rate_cents),
        csv_only=True,
        sorts=False,
    ),
    Column("pay_change_cents", "Rate", lambda row: to_units(row.pay_rate_cents), number=True),
    Column("currency", "Currency", csv_only=True, sorts=False),
    Column("starts_on", "Starts"),
    Column("ends_on", "Ends", csv_only=True, sorts=False),
    _STATUS,
    Column("decision_note", "Reason", csv_only=True, sorts=False),
)
"""The rate sorts by its change: who gains and who loses is the question."""


def list_proposal_columns(status: str) -> Sequence[Column]:
    """Return the columns of the proposals of one status; where all wait, the table says it not."""
    if status != "proposed":
        return PROPOSAL_COLUMNS
    in_file = replace(_STATUS, csv_only=True)
    return [in_file if column is _STATUS else column for column in PROPOSAL_COLUMNS]
