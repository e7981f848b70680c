"""Rosters out of the database: the whole of it, or as the plan of one pause must see it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from solver.roster import TABLES, Kind, Roster, Table, get_dtype

_ASSIGNMENTS = """
    SELECT assignment_id, contractor_id, project_id, hours_per_week, starts_on, ends_on,
           pay_rate_cents, CASE status WHEN 'suspended' THEN 'active' ELSE status END
    FROM assignments
    ORDER BY assignment_id COLLATE "C"
"""

PLANNING_ASSIGNMENTS = """
    SELECT a.assignment_id, a.contractor_id, a.project_id, a.hours_per_week, a.starts_on,
           CASE WHEN a.status = 'ended' AND a.ended_by_pause_id = :pause_id THEN NULL
                WHEN other.id IS NULL THEN a.ends_on
                ELSE least(a.ends_on, (other.effective_at AT TIME ZONE 'UTC')::date) END,
           a.pay_rate_cents,
           CASE WHEN other.id IS NOT NULL THEN 'ended'
                WHEN a.status = 'suspended' OR a.ended_by_pause_id = :pause_id THEN 'active'
                ELSE a.status END
    FROM assignments a
    LEFT JOIN pauses other ON other.id = a.suspended_by_pause_id AND other.id <> :pause_id
    LEFT JOIN proposals p ON p.id = a.proposal_id
    LEFT JOIN plan_runs r ON r.id = p.plan_run_id
    WHERE (r.pause_id IS DISTINCT FROM :pause_id OR a.status <> 'active'
           OR a.ends_on < :pause_date)
      AND (other.id IS NULL OR a.starts_on <= (other.effective_at AT TIME ZONE 'UTC')::date)
      AND (CAST(:judged_ids AS text[]) IS NULL OR a.contractor_id = ANY(:judged_ids)
           OR a.project_id = ANY(:project_ids))
    ORDER BY a.assignment_id COLLATE "C"
"""
"""What the plan of a pause sees: what this pause suspended is still to be lost, what another
open pause suspended ended with that pause (the exposure stays), what ended because this pause was
terminated counts as before, and what was approved under
this pause and goes on is left out, because it is pinned. Where `judged_ids` is given, only the
work of these contractors, and of everybody on the projects of `project_ids`."""


_OWN_VALUES = {
    "max_weekly_hours": "least(max_weekly_hours, own.hours_per_week)",
    "min_pay_rate_cents": "coalesce(own.least_rate_cents, min_pay_rate_cents)",
}
"""What contractors entered of themselves counts before what the roster says of them."""


def load_roster(
    session: Session,
    *,
    assignments_query: str = _ASSIGNMENTS,
    conditions: Mapping[str, str] = MappingProxyType({}),
    parameters: Mapping[str, object] = MappingProxyType({}),
) -> Roster:
    """Return every table as a frame, rows in the order of their keys.

    An assignment that a pause suspended counts as active: the contract knows no suspension.

    conditions  by table, in SQL: which rows to take; all of a table that is not named
    parameters  of the assignments' query and of the conditions
    """
    frames = {
        name: _load_frame(
            session,
            table,
            assignments_query
            if name == "assignments"
            else _build_query(table, conditions.get(name, "true")),
            parameters,
        )
        for name, table in TABLES.items()
    }
    return Roster(**frames)


def _build_query(table: Table, condition: str) -> str:
    names = [column.roster_name for column in table.columns]
    source = table.name
    if table.name == "contractors":
        names = [_OWN_VALUES.get(name, name) for name in names]
        source = "contractors LEFT JOIN availability own USING (contractor_id)"
    columns = ", ".join(names)
    key = table.key or ("contractor_id", "starts_on", "ends_on")
    texts = {column.name for column in table.columns if column.kind is Kind.TEXT}
    order = ", ".join(f'{name} COLLATE "C"' if name in texts else name for name in key)
    return f"SELECT {columns} FROM {source} WHERE {condition} ORDER BY {order}"  # noqa: S608 - our own texts


def _load_frame(
    session: Session, table: Table, query: str, parameters: Mapping[str, object]
) -> pd.DataFrame:
    rows = session.execute(text(query), parameters).all()
    cells = zip(*rows, strict=True) if rows else ((),) * len(table.columns)
    return pd.DataFrame(
        {
            column.roster_name: pd.Series(list(values), dtype=get_dtype(column))
            for column, values in zip(table.columns, cells, strict=True)
        }
    )
