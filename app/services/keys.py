"""Conditions on many keys at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from sqlalchemy import ARRAY, ColumnElement, any_, literal
from sqlalchemy.orm import InstrumentedAttribute

Key = TypeVar("Key", int, str)


def is_among(column: InstrumentedAttribute[Key], keys: Collection[Key]) -> ColumnElement[bool]:
    """Return the condition that `column` holds one of `keys`, as one array parameter.

    IN takes a parameter for each key, and a statement has room for 65,535 of them.
    """
    condition: ColumnElement[bool] = column == any_(literal(list(keys), ARRAY(column.type)))
    return condition
