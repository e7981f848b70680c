"""An empty file of a table, to be filled in."""

from __future__ import annotations

from app.exports.table_csv import build_table_csv
from solver.roster import Table


def build_template(table: Table) -> bytes:
    """Return a CSV file that has the header of the table and no row."""
    return build_table_csv([column.name for column in table.columns], ())
