"""Any list as a CSV file: the rows that match its filter, every column, safe cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, request

from app.errors import Refused
from app.services.paging import Page, PageRequest
from app.web.downloads import send_table
from app.web.list_columns import Column
from app.web.listing import ListQuery

MAX_CSV_ROWS = 100_000
"""Rows of one file; a million audit events would hold a web thread for minutes."""


def asks_for_csv() -> bool:
    """Return whether the address asks for the list as a file."""
    return request.args.get("format") == "csv"


def send_list(
    name: str,
    columns: Sequence[Column],
    query: ListQuery,
    find_rows: Callable[[PageRequest], Page[Any]],
    *,
    is_noted: bool = False,
) -> Response:
    """Return the whole list as `name`.csv, in the order and with the filter of `query`.

    The audit trail says who took it, which filter, and how many rows; with `is_noted`, the
    service that reads the rows says so itself.

    Raises Refused (`too many rows`) for more than MAX_CSV_ROWS.
    """
    found = find_rows(PageRequest(query.sort, query.descending, 0, MAX_CSV_ROWS))
    if found.total > MAX_CSV_ROWS:
        raise Refused(
            "too many rows",
            f"{found.total:,} rows match, and a file takes {MAX_CSV_ROWS:,}: narrow the filter.",
        )
    head = [column.title for column in columns]
    rows = [[column.get_cell(row) for column in columns] for row in found.rows]
    return send_table(name, head, rows, narrowed=None if is_noted else query.filters)
