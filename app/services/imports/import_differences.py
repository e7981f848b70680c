"""What an import would change: the incoming tables against the live ones, row by row.

PostgreSQL compares. The same statements run for the preview and again under the locks of the
import itself; what they find is told apart by a fingerprint of every row that would change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.exports.roster_folder import format_cents, format_decimal
from app.services.imports.import_tables import (
    TableCounts,
    build_differs,
    build_new_values,
    build_same_key,
    build_unlisted,
)
from solver.roster import TABLES, Column, Kind, Table

EXAMPLES = 5
HIDDEN = frozenset({("clients", "name")})
"""Columns that no preview shows: a client's name is for those with a duty to know it."""

_LONGEST = 80


@dataclass(frozen=True)
class Change:
    """A value of a row before and after, as the CSV folder writes it; None = not to be shown."""

    column: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Example:
    """A row that would change or go, by its key."""

    key: str
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class TableDifference:
    """What an import would do to one table.

    kept      rows that the files do not mention, and that stay
    changed_rows, removed_rows  the first of each, in the order of their keys
    mark      differs when other rows would change, or the same from other values
    """

    counts: TableCounts
    kept: int
    mark: str
    changed_rows: list[Example] = field(default_factory=list)
    removed_rows: list[Example] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it in plain values, as it is kept."""
        return {"table": self.counts.table, **self.counts.as_dict()} | {
            "kept": self.kept,
            "changed_rows": [asdict(one) for one in self.changed_rows],
            "removed_rows": [asdict(one) for one in self.removed_rows],
        }


def compare_incoming(
    session: Session, present_tables: frozenset[str], *, with_examples: bool = True
) -> tuple[TableDifference, ...]:
    """Return what `merge_incoming` would do now, in the order of `TABLES`."""
    return tuple(
        _compare(session, table, with_examples=with_examples)
        for name, table in TABLES.items()
        if name in present_tables
    )


def build_fingerprint(differences: Iterable[TableDifference]) -> str:
    """Return a text that is the same as long as the same rows would change from the same values."""
    told = [(one.counts.table, one.counts.as_dict(), one.mark) for one in differences]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _compare(session: Session, table: Table, *, with_examples: bool) -> TableDifference:
    removed, removed_mark = _count_removed(session, table)
    if table.name == "time_off":
        incoming, added, mark = _compare_leave(session)
        changed = 0
    else:
        incoming, added, changed, mark = _compare_keyed(session, table)
    counts = TableCounts(table.name, added, changed, incoming - added - changed, removed)
    live = session.execute(text(f"SELECT count(*) FROM {table.name}")).scalar_one()  # noqa: S608
    return TableDifference(
        counts,
        kept=max(0, live - counts.changed - counts.unchanged - removed),
        mark=f"{mark} {removed_mark}",
        changed_rows=_list_changed(session, table) if with_examples and changed else [],
        removed_rows=_list_removed(session, table) if with_examples and removed else [],
    )


def _compare_keyed(session: Session, table: Table) -> tuple[int, int, int, str]:
    """Return incoming, added and changed rows, and the mark of the latter two."""
    name, (first_key, *_) = table.name, table.key
    live = ", ".join(f"{name}.{column}" for column in build_new_values(table))
    keys = ", ".join(f"excluded.{column}" for column in table.key)
    row = session.execute(
        text(
            "SELECT count(*), count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE is_changed), "  # noqa: S608
            "sum(hash_record_extended(told, 0)) FILTER (WHERE is_new OR is_changed) FROM ("
            f"SELECT {name}.{first_key} IS NULL AS is_new, "
            f"{name}.{first_key} IS NOT NULL AND {build_differs(table)} AS is_changed, "
            f"ROW({keys}, {live}) AS told "
            f"FROM incoming_{name} AS excluded LEFT JOIN {name} "
            f"ON {build_same_key(table)}) AS rows"
        )
    ).one()
    return row[0], row[1], row[2], str(row[3])


def _compare_leave(session: Session) -> tuple[int, int, str]:
    """Return the distinct incoming rows of leave, how many are new, and their mark."""
    columns = "contractor_id, starts_on, ends_on"
    row = session.execute(
        text(
            "SELECT (SELECT count(*) FROM (SELECT DISTINCT "  # noqa: S608
            f"{columns} FROM incoming_time_off) AS given), count(*), "
            f"sum(hash_record_extended(ROW({columns}), 0)) FROM ("
            f"SELECT {columns} FROM incoming_time_off EXCEPT SELECT {columns} FROM time_off) AS new"
        )
    ).one()
    return row[0], row[1], str(row[2])


def _count_removed(session: Session, table: Table) -> tuple[int, str]:
    unlisted = build_unlisted(table)
    if unlisted is None:
        return 0, ""
    row = session.execute(
        text(f"SELECT count(*), sum(hash_record_extended(t, 0)) FROM {unlisted}")  # noqa: S608
    ).one()
    return row[0], str(row[1])


def _list_changed(session: Session, table: Table) -> list[Example]:
    name, values = table.name, build_new_values(table)
    keys = [f"excluded.{column}" for column in table.key]
    old = [f"{name}.{column}" for column in values]
    order = ", ".join(f'{key} COLLATE "C"' for key in keys)
    rows = session.execute(
        text(
            f"SELECT {', '.join([*keys, *old, *values.values()])} "  # noqa: S608
            f"FROM incoming_{name} AS excluded JOIN {name} ON {build_same_key(table)} "
            f"WHERE {build_differs(table)} ORDER BY {order} LIMIT {EXAMPLES}"
        )
    ).all()
    columns = [column for column in table.columns if not column.key]
    return [_build_example(table, columns, tuple(row)) for row in rows]


def _list_removed(session: Session, table: Table) -> list[Example]:
    names = table.key or tuple(column.name for column in table.columns)
    columns = ", ".join(f"t.{name}::text" for name in names)
    rows = session.execute(
        text(
            f"SELECT {columns} FROM {build_unlisted(table)} "  # noqa: S608
            f"ORDER BY {columns} LIMIT {EXAMPLES}"
        )
    )
    return [Example(", ".join(row)) for row in rows]


def _build_example(table: Table, columns: Sequence[Column], row: tuple[Any, ...]) -> Example:
    num_keys = len(table.key)
    old, new = row[num_keys : num_keys + len(columns)], row[num_keys + len(columns) :]
    changes = [
        _build_change(table, column, before, after)
        for column, before, after in zip(columns, old, new, strict=True)
        if before != after
    ]
    return Example(", ".join(map(str, row[:num_keys])), changes)


def _build_change(table: Table, column: Column, old: Any, new: Any) -> Change:
    if (table.name, column.name) in HIDDEN:
        return Change(column.name, None, None)
    return Change(column.name, _write(column, old), _write(column, new))


def _write(column: Column, value: Any) -> str:
    if value is None:
        return ""
    match column.kind:
        case Kind.MONEY:
            return format_cents(value)
        case Kind.DECIMAL:
            return format_decimal(value)
        case Kind.BOOLEAN:
            return "true" if value else "false"
        case _:
            return str(value)[:_LONGEST]
