"""The finished drills of clients, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import DrillResult
from app.services.keys import is_among

MOST_POINTS = 90
"""Runs of a client that its trend goes back: a quarter of a year of nights."""


@dataclass(frozen=True)
class DrillPoint:
    """One finished drill of a client."""

    finished_at: datetime
    num_affected: int
    num_away: int
    num_coverable: int
    lost_hours: int
    restorable_hours: int

    @property
    def num_planned(self) -> int:
        """Affected people who are not on leave throughout: those who can be covered."""
        return self.num_affected - self.num_away


def list_points(
    session: Session, client_ids: Sequence[str], *, most: int, upto: int | None = None
) -> dict[str, list[DrillPoint]]:
    """Return the last finished drills of each client, the earliest first."""
    place = func.row_number().over(
        partition_by=DrillResult.client_id, order_by=DrillResult.id.desc()
    )
    ranked = select(DrillResult, place.label("place")).where(
        is_among(DrillResult.client_id, client_ids), DrillResult.status == "done"
    )
    if upto is not None:
        ranked = ranked.where(DrillResult.id <= upto)
    found = ranked.subquery()
    rows = session.execute(
        select(
            found.c.client_id,
            found.c.finished_at,
            found.c.num_affected,
            found.c.num_away,
            found.c.num_coverable,
            found.c.lost_hours,
            found.c.restorable_hours,
        )
        .where(found.c.place <= most)
        .order_by(found.c.client_id, found.c.id)
    )
    points: dict[str, list[DrillPoint]] = {}
    for client_id, *values in rows:
        points.setdefault(client_id, []).append(DrillPoint(*values))
    return points
