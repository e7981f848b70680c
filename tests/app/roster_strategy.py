"""Hypothesis strategy: small rosters that keep the data contract, with awkward texts in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from solver.roster import TABLES, Column, Kind, Roster, Table, get_dtype

AWKWARD = (
    "=1+1",
    "-7",
    "@x",
    'say "hi"',
    "a,b;c\td",
    "007",
    "two\nlines",
    "a\r\nb",
    "N/A",
    "nan",
    "Ærøskøbing",
)

texts = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\0"),
        min_size=1,
        max_size=8,
    )
    .map(str.strip)
    .filter(bool),
)
_DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Return a roster whose keys are unique, whose references hold and whose dates are in order."""
    frames: dict[str, pd.DataFrame] = {}
    for name, table in TABLES.items():
        rows = [_draw_row(draw, table, frames) for _ in range(draw(st.integers(0, 4)))]
        if any(row is None for row in rows):
            rows = []
        frames[name] = _build_frame(table, _keep_valid(name, table, [row for row in rows if row]))
    return Roster(**frames)


def _draw_row(
    draw: st.DrawFn, table: Table, frames: dict[str, pd.DataFrame]
) -> dict[str, Any] | None:
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.refers_to is not None:
            known = frames[column.refers_to][TABLES[column.refers_to].key[0]].tolist()
            if not known:
                return None
            row[column.roster_name] = draw(st.sampled_from(known))
        else:
            row[column.roster_name] = draw(_cell(column))
    _put_in_order(row, "starts_on", "ends_on")
    _put_in_order(row, "min_hours", "max_hours")
    return row


def _cell(column: Column) -> st.SearchStrategy[Any]:
    formed = _FORMED_TEXTS.get(column.name)
    values = _values_of_kind(column) if formed is None else formed
    if not column.nullable:
        return values
    missing = "" if get_dtype(column) == "str" else None
    return st.one_of(st.just(missing), values)


_FORMED_TEXTS: Mapping[str, st.SearchStrategy[str]] = {
    "currency": st.sampled_from(["USD", "EUR", "INR"]),
    "email": st.integers(0, 10**9).map(lambda number: f"p{number}@example.org"),
}


def _values_of_kind(column: Column) -> st.SearchStrategy[Any]:
    scale = 100 if column.kind is Kind.MONEY else 1
    low, high = (column.minimum or 0) * scale, (column.maximum or 0) * scale
    by_kind: Mapping[Kind, Callable[[], st.SearchStrategy[Any]]] = {
        Kind.TEXT: lambda: texts,
        Kind.LIST: lambda: st.frozensets(
            texts.filter(lambda text: "|" not in text), max_size=3
        ).map(lambda parts: "|".join(sorted(parts))),
        Kind.CHOICE: lambda: st.sampled_from(column.choices),
        Kind.BOOLEAN: st.booleans,
        Kind.WHOLE: lambda: st.integers(int(low), int(high)),
        Kind.MONEY: lambda: st.integers(int(low), int(high)),
        # Adding zero turns -0.0, which no file shows, into 0.0.
        Kind.DECIMAL: lambda: st.floats(low, high).map(lambda number: round(number, 4) + 0.0),
        Kind.DATE: lambda: _DAYS,
    }
    return by_kind[column.kind]()


def _put_in_order(row: dict[str, Any], first: str, last: str) -> None:
    if row.get(first) is not None and row.get(last) is not None:
        row[first], row[last] = sorted((row[first], row[last]))


def _keep_valid(name: str, table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows without those that repeat a key or a text that must be unique."""
    kept: list[dict[str, Any]] = []
    seen: set[object] = set()
    for row in rows:
        marks: list[object] = [
            (column, row[column].lower())
            for column in ("codename", "email", "payroll_id")
            if row.get(column)
        ]
        if table.key:
            marks.append(tuple(row[column] for column in table.key))
        if name == "walls":
            marks.append(frozenset((row["client_id"], row["competitor_id"])))
            if row["client_id"] == row["competitor_id"]:
                continue
        if seen.isdisjoint(marks):
            seen.update(marks)
            kept.append(row)
    return kept


def _build_frame(table: Table, rows: list[dict[str, Any]]) -> pd.DataFrame:
    names = [column.roster_name for column in table.columns]
    dtypes = {column.roster_name: get_dtype(column) for column in table.columns}
    return pd.DataFrame(rows, columns=names, dtype=object).astype(dtypes)
