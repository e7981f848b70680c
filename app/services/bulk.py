"""Thousands of new rows in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.models.base import Base


def add_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; none is no work.

    A None is written as NULL. Left to itself, the ORM leaves such columns out, and starts
    another statement at every row that has a value where the one before had none: a round trip
    each, a thousand for places of which some end and some do not.
    """
    if rows:
        statement = insert(model).execution_options(render_nulls=True)
        session.execute(statement, [dict(row) for row in rows])
