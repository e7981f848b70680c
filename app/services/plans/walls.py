"""Walls where work is written: PostgreSQL refuses what crosses one, whoever writes it.

The rule itself is the function `find_wall_breaches` of the database. The optimiser has the
same rule over arrays in `solver.rules.walls`; a test compares both with a third.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.errors import WallBreach, WallBreached
from app.models import Proposal

_BREACH = "WA001"
"""SQLSTATE with which the triggers on assignments, offers and projects refuse."""

_FIND = """
    SELECT DISTINCT place FROM find_wall_breaches(
        CAST(:assignment_ids AS text[]), CAST(:contractor_ids AS text[]),
        CAST(:project_ids AS text[]), CAST(:first_days AS date[]), CAST(:last_days AS date[]))
"""


def find_wall_breach(error: DBAPIError) -> WallBreached | None:
    """Return what a trigger refused, if that is what the error says."""
    original = error.orig
    if not isinstance(original, psycopg.Error) or original.sqlstate != _BREACH:
        return None
    rows = json.loads(original.diag.message_detail or "[]")
    return WallBreached(
        tuple(
            WallBreach(
                assignment_id=row["assignment_id"],
                first_day=date.fromisoformat(row["first_day"]),
                other_id=row["other_id"],
                free_after=date.fromisoformat(row["free_after"]) if row["free_after"] else None,
            )
            for row in rows
        )
    )


def find_walled(session: Session, proposals: Sequence[Proposal]) -> set[int]:
    """Return the ids of the proposals whose work would cross a wall as things stand now."""
    keys = {
        "assignment_ids": [None for _ in proposals],
        "contractor_ids": [one.contractor_id for one in proposals],
        "project_ids": [one.project_id for one in proposals],
        "first_days": [one.starts_on for one in proposals],
        "last_days": [one.ends_on for one in proposals],
    }
    return {proposals[place - 1].id for place in session.scalars(text(_FIND), keys)}
