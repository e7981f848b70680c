"""Small rosters from keyword rows; a cell left out takes the contract's default.

    make_roster(
        clients=[{"client_id": "K1"}],
        projects=[{"project_id": "P1", "client_id": "K1"}],
        contractors=[{"contractor_id": "C1"}],
        assignments=[{"contractor_id": "C1", "project_id": "P1", "hours_per_week": 20}],
    )

Cells are Python values: text, int, float, bool, `date` or ISO text for a date, cents
(int, in the `..._cents` column) for money, `a|b` for a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd

from solver.roster import TABLES, Column, Kind, Roster, Table, get_dtype

Cell = str | int | float | bool | date | None
Row = Mapping[str, Cell]

_FILLERS: Mapping[str, Row] = {
    "clients": {"client_id": "K1", "name": ""},
    "walls": {"cooling_off_days": 0},
    "projects": {"client_id": "K1", "status": "open", "demand_hours": 100},
    "project_skills": {"min_level": 1},
    "contractors": {"max_weekly_hours": 40, "pay_rate_cents": 4000},
    "contractor_skills": {"level": 3},
    "time_off": {},
    "assignments": {"hours_per_week": 20, "starts_on": "2026-01-05"},
}
"""What a test need not say in required columns."""


def make_roster(
    *,
    clients: Iterable[Row] = ({"client_id": "K1"},),
    walls: Iterable[Row] = (),
    projects: Iterable[Row] = (),
    project_skills: Iterable[Row] = (),
    contractors: Iterable[Row] = (),
    contractor_skills: Iterable[Row] = (),
    time_off: Iterable[Row] = (),
    assignments: Iterable[Row] = (),
) -> Roster:
    """Return a roster of these rows; names, codenames, emails and assignment ids follow the id."""
    return Roster(
        clients=_make_frame("clients", clients),
        walls=_make_frame("walls", walls),
        projects=_make_frame("projects", projects),
        project_skills=_make_frame("project_skills", project_skills),
        contractors=_make_frame("contractors", contractors),
        contractor_skills=_make_frame("contractor_skills", contractor_skills),
        time_off=_make_frame("time_off", time_off),
        assignments=_make_frame("assignments", assignments),
    )


def _make_frame(name: str, rows: Iterable[Row]) -> pd.DataFrame:
    table = TABLES[name]
    filled = [_fill(table, row, number) for number, row in enumerate(rows)]
    return pd.DataFrame(
        {
            column.roster_name: pd.Series(
                [row[column.roster_name] for row in filled], dtype=get_dtype(column)
            )
            for column in table.columns
        }
    )


def _fill(table: Table, row: Row, number: int) -> dict[str, Cell]:
    known = {column.roster_name for column in table.columns}
    if unknown := set(row) - known:
        raise KeyError(f"{table.name} has no column {sorted(unknown)}")
    cells: dict[str, Cell] = {**_FILLERS[table.name], **row}
    match table.name:
        case "clients":
            cells["name"] = cells["name"] or f"Client {cells['client_id']}"
        case "projects":
            cells.setdefault("codename", f"Code {cells['project_id']}")
        case "contractors":
            cells.setdefault("name", f"Name {cells['contractor_id']}")
            cells.setdefault("email", f"{cells['contractor_id']}@example.org")
        case "assignments":
            cells.setdefault("assignment_id", f"A{number + 1}")
    return {column.roster_name: _fill_cell(column, cells) for column in table.columns}


def _fill_cell(column: Column, cells: Mapping[str, Cell]) -> Cell:
    value = cells.get(column.roster_name)
    if value is not None:
        return value.isoformat() if isinstance(value, date) else value
    if column.required:
        raise KeyError(f"column {column.roster_name} is required")
    if column.default is not None:
        return _parse_default(column)
    return "" if column.kind in {Kind.TEXT, Kind.LIST, Kind.CHOICE} else None


def _parse_default(column: Column) -> Cell:
    default = column.default or ""
    match column.kind:
        case Kind.WHOLE:
            return int(default)
        case Kind.BOOLEAN:
            return default == "true"
        case _:
            return default
