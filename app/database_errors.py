"""What an error of PostgreSQL may say: which rule was broken, never with which values.

PostgreSQL adds the row or the key to its sentence ("DETAIL: Key (email)=(...)"), and errors
are logged: names, addresses and rates stay out of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import ExceptionContext

_DATA_EXCEPTION = "22"
"""SQLSTATE class whose first sentence quotes the value, as in `invalid input syntax for`."""


@contextmanager
def hiding_values() -> Iterator[None]:
    """Let no error of psycopg leave the block with values; for work beside SQLAlchemy."""
    try:
        yield
    except psycopg.Error as error:
        _hide_values(error)
        raise


def hide_values_of_statement(context: ExceptionContext) -> None:
    """Take the values out of an error and of what SQLAlchemy wraps around it (`handle_error`)."""
    error = context.original_exception
    if not isinstance(error, psycopg.Error):
        return
    told = str(error)
    _hide_values(error)
    wrapper = context.sqlalchemy_exception
    if wrapper is not None:
        wrapper.args = (str(wrapper.args[0]).replace(told, str(error)),)


def _hide_values(error: psycopg.Error) -> None:
    """Leave the sentence that names the rule; `error.diag` still has the rest for callers."""
    state = error.diag.sqlstate
    if state is None:
        return
    is_quoting = state.startswith(_DATA_EXCEPTION)
    error.args = (f"SQLSTATE {state}" if is_quoting else error.diag.message_primary,)
