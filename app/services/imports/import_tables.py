"""How the rows of a roster get into the tables: COPY into `incoming_` tables, then merge."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.copy_text import Pieces, copy_rows, join_columns
from solver.roster import TABLES, Table

_PARENTS = {"project_skills": "project_id", "contractor_skills": "contractor_id"}
_PARENT_TABLES = {"project_id": "projects", "contractor_id": "contractors"}
_TIME_OFF = "contractor_id, starts_on, ends_on"
_SAME_LEAVE = (
    "(i.contractor_id, i.starts_on, i.ends_on) = (t.contractor_id, t.starts_on, t.ends_on)"
)
STAYS_SUSPENDED = "assignments.status = 'suspended' AND excluded.status = 'active'"
"""Condition that a suspended assignment, which the files call active, stays in its pause."""


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


def fill_incoming(session: Session, pieces: Pieces) -> None:
    """Create every table `incoming_NAME`, and fill those that there are pieces of."""
    for name, table in TABLES.items():
        session.execute(
            text(
                f"CREATE TEMPORARY TABLE incoming_{name} ON COMMIT DROP "  # noqa: S608
                f"AS SELECT {join_columns(table)} FROM {name} WITH NO DATA"
            )
        )
        if name in pieces:
            copy_rows(session, f"incoming_{name}", table, pieces[name])
        # Nothing else of them is joined.
        joined = [one.name for one in table.columns if one.key or one.refers_to]
        session.execute(text(f"ANALYZE incoming_{name} ({', '.join(joined)})"))


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
        _merge_time_off(session, table) if name == "time_off" else _merge_keyed(session, table)
        for name, table in TABLES.items()
        if name in present_tables
    )


def drop_incoming(session: Session) -> None:
    """Drop what `fill_incoming` created."""
    for name in TABLES:
        session.execute(text(f"DROP TABLE incoming_{name}"))


def _merge_keyed(session: Session, table: Table) -> TableCounts:
    """Remove, change and add rows; nobody else writes keys of these tables meanwhile."""
    name, columns = table.name, join_columns(table)
    removed = _remove_unlisted(session, table)
    incoming = session.execute(text(f"SELECT count(*) FROM incoming_{name}")).scalar_one()  # noqa: S608
    changed = _count_written(session, _build_update(table))
    # Faster than ON CONFLICT, which tries to insert every row that is there already.
    added = _count_written(
        session,
        f"INSERT INTO {name} ({columns}) SELECT {columns} FROM incoming_{name} AS excluded "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT FROM {name} WHERE {build_same_key(table)})",
    )
    return TableCounts(name, added, changed, incoming - added - changed, removed)


def build_same_key(table: Table) -> str:
    """Return the condition that a row of the table and one read, `excluded`, have one key."""
    return " AND ".join(f"{table.name}.{column} = excluded.{column}" for column in table.key)


def build_differs(table: Table) -> str:
    """Return the condition that an import would change a row that is there."""
    values = build_new_values(table)
    old = ", ".join(f"{table.name}.{column}" for column in values)
    return f"ROW({old}) IS DISTINCT FROM ROW({', '.join(values.values())})"


def _count_written(session: Session, statement: str) -> int:
    return session.connection().execute(text(statement)).rowcount


def build_new_values(table: Table) -> dict[str, str]:
    """Return, by column, what an import makes of a row that is there; the row read is `excluded`.

    The keys are left out, for they are what the two agree in.
    """
    name = table.name
    values = {
        column.roster_name: f"excluded.{column.roster_name}"
        for column in table.columns
        if not column.key
    }
    if name == "assignments":
        # The contract knows no suspension: `active` leaves a suspended assignment in its pause.
        values["status"] = f"CASE WHEN {STAYS_SUSPENDED} THEN 'suspended' ELSE excluded.status END"
    return values


def build_unlisted(table: Table) -> str | None:
    """Return the FROM and WHERE of the rows `t` that the files say are gone; None = none ever.

    Those are skills and walls of listed parents, and leave that the contractors did not enter.
    """
    if table.name == "time_off":
        return (
            "time_off t JOIN incoming_contractors c USING (contractor_id) WHERE NOT t.is_own "
            f"AND NOT EXISTS (SELECT FROM incoming_time_off i WHERE {_SAME_LEAVE})"
        )
    parent = "client_id" if table.name == "walls" else _PARENTS.get(table.name)
    if parent is None:
        return None
    listed = "clients" if table.name == "walls" else _PARENT_TABLES[parent]
    same_key = " AND ".join(f"i.{column} = t.{column}" for column in table.key)
    return (
        f"{table.name} t JOIN incoming_{listed} p ON p.{parent} = t.{parent} "
        f"WHERE NOT EXISTS (SELECT FROM incoming_{table.name} i WHERE {same_key})"
    )


def _build_update(table: Table) -> str:
    """Return the UPDATE that touches only rows with a difference."""
    name = table.name
    values = build_new_values(table)
    if name == "assignments":
        values["suspended_by_pause_id"] = (
            f"CASE WHEN {STAYS_SUSPENDED} THEN {name}.suspended_by_pause_id END"
        )
    sets = [f"{column} = {value}" for column, value in values.items()]
    if name == "assignments":
        sets.append(f"version = {name}.version + 1")
    return (
        f"UPDATE {name} SET {', '.join(sets)} FROM incoming_{name} AS excluded "  # noqa: S608
        f"WHERE {build_same_key(table)} AND {build_differs(table)}"
    )


def _remove_unlisted(session: Session, table: Table) -> int:
    """Delete what the files say is gone."""
    unlisted = build_unlisted(table)
    if unlisted is None:
        return 0
    deleted = session.execute(
        text(
            f"DELETE FROM {table.name} WHERE ctid IN (SELECT t.ctid FROM {unlisted}) "  # noqa: S608
            "RETURNING 1"
        )
    )
    return len(deleted.all())


def _merge_time_off(session: Session, table: Table) -> TableCounts:
    """Leave has no key: a row is its contractor and days, and twice the same says no more."""
    incoming = session.execute(
        text(f"SELECT count(*) FROM (SELECT DISTINCT {_TIME_OFF} FROM incoming_time_off) AS d")  # noqa: S608
    ).scalar_one()
    removed = _remove_unlisted(session, table)
    added = session.execute(
        text(
            f"INSERT INTO time_off ({_TIME_OFF}) "  # noqa: S608
            f"SELECT {_TIME_OFF} FROM incoming_time_off EXCEPT SELECT {_TIME_OFF} FROM time_off "
            "RETURNING 1"
        )
    ).all()
    return TableCounts("time_off", len(added), 0, incoming - len(added), removed)
