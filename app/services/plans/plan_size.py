"""How long a search may take: what the server gives a usual plan, and more for a larger one."""

from __future__ import annotations

import math
from collections.abc import Collection

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from app.models import Assignment
from app.services.keys import is_among

_USUAL_PEOPLE = 5_000
_GROWTH = 0.6
_MOST_S = 86_400


def allow_for_size(limit_s: float, num_people: int) -> float:
    """Return the seconds that a plan for so many people may take.

    limit_s  what the server gives a plan for up to 5,000 people
    seconds = limit_s * (people / 5,000) ** 0.6 beyond them

    It follows what was measured to come within a percent of the bound: a minute at 5,000
    people, three at 40,000, ten at 250,000.
    """
    if num_people <= _USUAL_PEOPLE:
        return limit_s
    return min(_MOST_S, round(limit_s * math.pow(num_people / _USUAL_PEOPLE, _GROWTH)))


def count_paused(session: Session, pause_id: int) -> int:
    """Return how many contractors a pause has taken work from."""
    return _count(
        session,
        or_(Assignment.suspended_by_pause_id == pause_id, Assignment.ended_by_pause_id == pause_id),
    )


def count_working(
    session: Session, project_ids: Collection[str], people_ids: Collection[str] | None
) -> int:
    """Return how many contractors work on projects: of some people, or of all (None)."""
    people = true() if people_ids is None else is_among(Assignment.contractor_id, people_ids)
    return _count(
        session,
        is_among(Assignment.project_id, project_ids) & (Assignment.status == "active") & people,
    )


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    people = select(Assignment.contractor_id).where(condition).distinct().subquery()
    return session.scalars(select(func.count()).select_from(people)).one()
