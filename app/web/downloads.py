"""Files that a page hands over: tables as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response

from app.exports.table_csv import CsvCell, build_table_csv


def send_table(name: str, head: Sequence[str], rows: Iterable[Sequence[CsvCell]]) -> Response:
    """Return the table as the file `name`.csv."""
    response = Response(build_table_csv(head, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
