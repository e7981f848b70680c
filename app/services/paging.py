"""What every list of the pages shares: sorting and cutting on the database's side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from app.errors import InvalidValue

Row = TypeVar("Row")

Rows = Select[*tuple[Any, ...]]
"""A statement whose rows become the frozen rows of a page."""


@dataclass(frozen=True)
class PageRequest:
    """Which part of a list, in which order.

    offset, limit  rows to leave out, rows to return
    after          only rows beyond this value of the sorted column, which holds no value twice;
                   None = from the first row on
    """

    sort: str
    descending: bool = False
    offset: int = 0
    limit: int = 25
    after: int | str | date | None = None


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list and how many there are in all."""

    rows: Sequence[Row]
    total: int


def read_page(
    session: Session,
    statement: Rows,
    request: PageRequest,
    columns: Mapping[str, SQLCoreOperations[Any]],
    tie_breaker: SQLCoreOperations[Any],
    *,
    total: int | None = None,
) -> Page[Any]:
    """Return the rows of `statement` that `request` asks for, ordered without ties.

    total  how many rows there are, where the caller knows

    Raises InvalidValue when the list can't be sorted that way.
    """
    order = (_build_order(request, columns), tie_breaker)
    if total is None:
        total = _count(session, statement)
    return Page(session.execute(_cut(statement, request, columns, order)).all(), total)


def read_page_by_key(
    session: Session,
    statement: Rows,
    request: PageRequest,
    columns: Mapping[str, SQLCoreOperations[Any]],
    key: SQLCoreOperations[Any],
) -> Page[Any]:
    """Return as `read_page` does: the keys of the page's rows first, then those rows.

    For lists whose rows are looked up in many tables, by outer joins on a unique column. Where
    no column of such a table filters or sorts, PostgreSQL leaves it out of the count and of the
    search for the page, and reads it for the page's rows alone. An inner join it always makes.

    key  holds no value twice; it orders rows that are equal otherwise
    """
    order = (_build_order(request, columns), key)
    total = _count(session, statement)
    keys = _cut(statement.with_only_columns(key), request, columns, order)
    return Page(session.execute(statement.where(key.in_(keys)).order_by(*order)).all(), total)


def _build_order(
    request: PageRequest, columns: Mapping[str, SQLCoreOperations[Any]]
) -> ColumnElement[Any]:
    if request.sort not in columns:
        raise InvalidValue("sort", request.sort, "one of " + ", ".join(columns))
    column = columns[request.sort]
    return column.desc().nulls_last() if request.descending else column.asc().nulls_last()


def _count(session: Session, statement: Rows) -> int:
    return (
        session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    )


def _cut(
    statement: Rows,
    request: PageRequest,
    columns: Mapping[str, SQLCoreOperations[Any]],
    order: tuple[SQLCoreOperations[Any], SQLCoreOperations[Any]],
) -> Rows:
    """Return the statement in order, from where the page begins to where it ends."""
    if request.after is not None:
        column = columns[request.sort]
        is_beyond = column < request.after if request.descending else column > request.after
        statement = statement.where(is_beyond)
    return statement.order_by(*order).offset(request.offset).limit(request.limit)


def cut_page(rows: Sequence[Row], request: PageRequest, tie_breaker: str) -> Page[Row]:
    """Return what `request` asks for of rows that are all at hand; blanks come last.

    tie_breaker  the attribute that orders rows which are equal otherwise

    Raises InvalidValue when the rows can't be sorted that way.
    """
    ordered = sorted(rows, key=attrgetter(tie_breaker))
    if ordered and not hasattr(ordered[0], request.sort):
        raise InvalidValue("sort", request.sort, "a column of the list")
    get_value = attrgetter(request.sort)
    known = [row for row in ordered if get_value(row) is not None]
    known.sort(key=get_value, reverse=request.descending)
    ordered = known + [row for row in ordered if get_value(row) is None]
    if request.after is not None:
        ordered = [row for row in known if _is_beyond(get_value(row), request)]
    return Page(ordered[request.offset : request.offset + request.limit], len(rows))


def _is_beyond(value: Any, request: PageRequest) -> bool:
    return bool(value < request.after if request.descending else value > request.after)


def contains_text(text: str, *columns: SQLCoreOperations[str]) -> ColumnElement[bool]:
    """Return the condition that one of `columns` holds `text`, whatever its case."""
    conditions = [column.icontains(text, autoescape=True) for column in columns]
    condition = conditions[0]
    for other in conditions[1:]:
        condition = condition | other
    return condition
