"""The columns of the list of proposals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.web.formatting import get_status_word
from app.web.list_columns import Column, to_units
from app.web.ops.review_words import COVERAGE_WORDS, SINCE_WORDS

PROPOSAL_COLUMNS = (
    Column("proposal_id", "Proposal", csv_only=True, sorts=False),
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("name", "Contractor", fixed=True),
    Column("country", "Country", csv_only=True, sorts=False),
    Column("codename", "Project", fixed=True),
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
    Column("coverage", "Gets back", lambda row: COVERAGE_WORDS[row.coverage]),
    Column("since_last", "Since last plan", lambda row: SINCE_WORDS.get(row.since_last, "")),
    Column("starts_on", "Starts"),
    Column("ends_on", "Ends", csv_only=True, sorts=False),
    Column("status", "Status", lambda row: get_status_word(row.status)),
    Column("decision_note", "Reason", csv_only=True, sorts=False),
)
"""The rate sorts by its change: who gains and who loses is the question."""


def list_proposal_columns(*, is_replan: bool, shows_status: bool) -> Sequence[Column]:
    """Return the columns of the table; what is the same in all its rows, only the file says."""
    in_file = {"since_last": not is_replan, "status": not shows_status}
    return [
        replace(column, csv_only=True) if in_file.get(column.key) else column
        for column in PROPOSAL_COLUMNS
    ]
