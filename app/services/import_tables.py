"""How the rows of a roster get into the tables: COPY into `incoming_` tables, then merge."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database_errors import hiding_values
from solver.roster import TABLES, Kind, Roster, Table

_PARENTS = {"project_skills": "project_id", "contractor_skills": "contractor_id"}
_PARENT_TABLES = {"project_id": "projects", "contractor_id": "contractors"}
_TIME_OFF = "contractor_id, starts_on, ends_on"


@dataclass(frozen=True)
class TableCounts:
    """Rows of one table that an import added, changed, left as they were, or removed."""

    table: str
    added: int
    changed: int
    unchanged: int
    removed: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return {
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "removed": self.removed,
        }


def copy_incoming(session: Session, roster: Roster) -> None:
    """Create a table `incoming_NAME` for every frame of the roster and fill it."""
    frames = roster.frames()
    for name, table in TABLES.items():
        columns = _join_columns(table)
        session.execute(
            text(
                f"CREATE TEMPORARY TABLE incoming_{name} ON COMMIT DROP "  # noqa: S608
                f"AS SELECT {columns} FROM {name} WITH NO DATA"
            )
        )
        _copy_frame(session, f"incoming_{name} ({columns})", table, frames[name])
        session.execute(text(f"ANALYZE incoming_{name}"))


def merge_incoming(session: Session, present_tables: frozenset[str]) -> tuple[TableCounts, ...]:
    """Write the incoming rows into the tables; return what changed, in the order of `TABLES`."""
    for skills in _PARENTS:
        session.execute(
            text(
                f"INSERT INTO skills (name) SELECT DISTINCT skill FROM incoming_{skills} "  # noqa: S608
                "ON CONFLICT DO NOTHING"
            )
        )
    return tuple(
        _merge_time_off(session) if name == "time_off" else _merge_keyed(session, table)
        for name, table in TABLES.items()
        if name in present_tables
    )


def drop_incoming(session: Session) -> None:
    """Drop what `copy_incoming` created."""
    for name in TABLES:
        session.execute(text(f"DROP TABLE incoming_{name}"))


def _join_columns(table: Table) -> str:
    return ", ".join(column.roster_name for column in table.columns)


def _copy_frame(session: Session, target: str, table: Table, frame: pd.DataFrame) -> None:
    columns = [
        _build_cells(frame[column.roster_name], is_date=column.kind is Kind.DATE)
        for column in table.columns
    ]
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    with (
        hiding_values(),
        connection.cursor() as cursor,
        cursor.copy(f"COPY {target} FROM STDIN") as copy,
    ):
        for row in zip(*columns, strict=True):
            copy.write_row(row)


def _build_cells(series: pd.Series, *, is_date: bool) -> list[object]:
    """Return plain Python values, None where one is missing."""
    values = series.dt.strftime("%Y-%m-%d") if is_date else series
    cells: list[object] = values.astype(object).where(series.notna(), None).tolist()
    return cells


def _merge_keyed(session: Session, table: Table) -> TableCounts:
    name = table.name
    removed = _remove_unlisted(session, table)
    incoming = session.execute(text(f"SELECT count(*) FROM incoming_{name}")).scalar_one()  # noqa: S608
    columns = _join_columns(table)
    # xmax is 0 in a row that the statement inserted, and its own transaction in one it changed.
    written = session.execute(
        text(
            f"INSERT INTO {name} ({columns}) SELECT {columns} FROM incoming_{name} "  # noqa: S608
            f"ON CONFLICT ({', '.join(table.key)}) {_build_update(table)} RETURNING xmax = 0"
        )
    ).scalars()
    is_new = written.all()
    added = sum(is_new)
    changed = len(is_new) - added
    return TableCounts(name, added, changed, incoming - added - changed, removed)


def _build_update(table: Table) -> str:
    """Return the DO UPDATE that touches only rows with a difference."""
    name = table.name
    values = {
        column.roster_name: f"excluded.{column.roster_name}"
        for column in table.columns
        if not column.key
    }
    if name == "assignments":
        # The contract knows no suspension: `active` leaves a suspended assignment in its pause.
        stays = f"{name}.status = 'suspended' AND excluded.status = 'active'"
        values["status"] = f"CASE WHEN {stays} THEN 'suspended' ELSE excluded.status END"
        values["suspended_by_pause_id"] = f"CASE WHEN {stays} THEN {name}.suspended_by_pause_id END"
    old = ", ".join(f"{name}.{column}" for column in values)
    new = ", ".join(values.values())
    sets = [f"{column} = {value}" for column, value in values.items()]
    if name == "assignments":
        sets.append(f"version = {name}.version + 1")
    return f"DO UPDATE SET {', '.join(sets)} WHERE ROW({old}) IS DISTINCT FROM ROW({new})"


def _remove_unlisted(session: Session, table: Table) -> int:
    """Delete skills and walls of listed parents that the file no longer has."""
    parent = "client_id" if table.name == "walls" else _PARENTS.get(table.name)
    if parent is None:
        return 0
    listed = "clients" if table.name == "walls" else _PARENT_TABLES[parent]
    same_key = " AND ".join(f"i.{column} = t.{column}" for column in table.key)
    deleted = session.execute(
        text(
            f"DELETE FROM {table.name} t USING incoming_{listed} p "  # noqa: S608
            f"WHERE p.{parent} = t.{parent} "
            f"AND NOT EXISTS (SELECT FROM incoming_{table.name} i WHERE {same_key}) "
            "RETURNING 1"
        )
    )
    return len(deleted.all())


def _merge_time_off(session: Session) -> TableCounts:
    """Leave has no key: a row is its contractor and days, and twice the same says no more."""
    incoming = session.execute(
        text(f"SELECT count(*) FROM (SELECT DISTINCT {_TIME_OFF} FROM incoming_time_off) AS d")  # noqa: S608
    ).scalar_one()
    removed = session.execute(
        text(
            "DELETE FROM time_off t USING incoming_contractors c "  # noqa: S608
            "WHERE c.contractor_id = t.contractor_id AND NOT t.is_own "
            f"AND (t.contractor_id, t.starts_on, t.ends_on) NOT IN "
            f"(SELECT {_TIME_OFF} FROM incoming_time_off) RETURNING 1"
        )
    ).all()
    added = session.execute(
        text(
            f"INSERT INTO time_off ({_TIME_OFF}) "  # noqa: S608
            f"SELECT {_TIME_OFF} FROM incoming_time_off EXCEPT SELECT {_TIME_OFF} FROM time_off "
            "RETURNING 1"
        )
    ).all()
    return TableCounts("time_off", len(added), 0, incoming - len(added), len(removed))
