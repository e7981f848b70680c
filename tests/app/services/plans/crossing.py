"""Two verbs that meet half-way: the first stops before a statement until the second waits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import get_ident
from typing import Any

import psycopg
from sqlalchemy import ExceptionContext, event

from app.database import Database

_SOMEBODY_WAITS = """
    SELECT EXISTS (SELECT FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock')
"""


def cross(
    database: Database,
    first: Callable[[], object],
    stop_at: str,
    second: Callable[[], object],
) -> list[str]:
    """Run `first` up to the statement holding `stop_at`, then `second`, then the rest.

    `second` runs until it is done or waits for a lock of `first`. Returns the SQLSTATE of
    every error that either of them met, what was tried again included.
    """
    states: list[str] = []
    others: list[Future[object]] = []
    ours = get_ident()

    def note(context: ExceptionContext) -> None:
        states.append(str(getattr(context.original_exception, "sqlstate", "")))

    def stop(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not others and get_ident() == ours and stop_at in " ".join(statement.split()):
            others.append(pool.submit(second))
            wait_until_done_or_waiting(database, others[0])

    event.listen(database.engine, "handle_error", note)
    event.listen(database.engine, "before_cursor_execute", stop)
    try:
        with ThreadPoolExecutor(1) as pool:
            first()
            assert others, f"no statement with {stop_at!r}"
            others[0].result()
    finally:
        event.remove(database.engine, "before_cursor_execute", stop)
        event.remove(database.engine, "handle_error", note)
    return states


def wait_until_done_or_waiting(database: Database, other: Future[Any]) -> None:
    """Wait until `other` is done, or somebody waits for a lock in the database."""
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        while not other.done():
            row = connection.execute(_SOMEBODY_WAITS).fetchone()
            if row is not None and row[0]:
                return
