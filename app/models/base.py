"""Declarative base, naming convention and column helpers of every model."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of Redeploy; text is `text`, times carry their zone."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this class attribute
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: JSONB,
    }


BigKey = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
"""Key that the database draws."""

Cents = Annotated[int, mapped_column(BigInteger)]
"""Amount of money in hundredths of its currency."""


def build_range_check(column: str, minimum: int, maximum: int) -> CheckConstraint:
    """Return the constraint that `column` lies between two inclusive limits."""
    return CheckConstraint(f"{column} BETWEEN {minimum} AND {maximum}", name=f"{column}_range")


def build_choice_check(column: str, choices: tuple[str, ...]) -> CheckConstraint:
    """Return the constraint that `column` holds one of `choices`."""
    quoted = ", ".join(f"'{choice}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({quoted})", name=f"{column}_choice")
