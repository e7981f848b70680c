"""What a recall comes to as it stands: who returns, and what other projects lose by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Assignment, Project, Recall, RecallRow


@dataclass(frozen=True)
class ProjectLoss:
    """A project that lent people: what it loses when those on the list return."""

    project_id: str
    codename: str
    num_people: int
    hours_per_week: int


@dataclass(frozen=True)
class RecallFigures:
    """What the list comes to now; hours a week.

    returning_hours  on the resumed projects; lost_hours of the places that its people leave
    num_by_room      people outside the plan: their old work goes on where they have room
    """

    num_returning: int
    returning_hours: int
    num_left_out: int
    num_not_returning: int
    num_by_room: int
    lost_hours: int


def _select_returning(recall_id: int) -> Any:
    return select(RecallRow.contractor_id).where(
        RecallRow.recall_id == recall_id, RecallRow.change == "returns", RecallRow.chosen
    )


def count_returns(session: Session, recall_id: int) -> RecallFigures:
    """Return the figures of a recall, with whoever is left out by now left out."""
    is_return = RecallRow.change == "returns"
    people = func.count(RecallRow.contractor_id.distinct())
    row = session.execute(
        select(
            people.filter(is_return, RecallRow.chosen),
            func.coalesce(
                func.sum(RecallRow.hours_per_week).filter(is_return, RecallRow.chosen), 0
            ),
            people.filter(is_return, ~RecallRow.chosen),
            people.filter(RecallRow.change == "does not return"),
        ).where(RecallRow.recall_id == recall_id)
    ).one()
    lost = sum(loss.hours_per_week for loss in list_losses(session, recall_id))
    return RecallFigures(
        row[0], int(row[1]), row[2], row[3], _count_by_room(session, recall_id), lost
    )


def _count_by_room(session: Session, recall_id: int) -> int:
    decided = select(RecallRow.contractor_id).where(
        RecallRow.recall_id == recall_id, RecallRow.change.in_(("returns", "does not return"))
    )
    pause = select(Recall.pause_id).where(Recall.id == recall_id).scalar_subquery()
    return (
        session.scalar(
            select(func.count(Assignment.contractor_id.distinct())).where(
                Assignment.suspended_by_pause_id == pause, Assignment.contractor_id.not_in(decided)
            )
        )
        or 0
    )


def list_losses(session: Session, recall_id: int) -> tuple[ProjectLoss, ...]:
    """Return what each project loses, the greatest loss first."""
    lost = RecallRow.hours_today - RecallRow.hours_per_week
    rows = session.execute(
        select(
            Project.project_id,
            Project.codename,
            func.count(RecallRow.contractor_id.distinct()),
            func.sum(lost).label("hours"),
        )
        .join(Project, Project.project_id == RecallRow.project_id)
        .where(
            RecallRow.recall_id == recall_id,
            lost > 0,
            RecallRow.contractor_id.in_(_select_returning(recall_id)),
        )
        .group_by(Project.project_id)
        .order_by(func.sum(lost).desc(), Project.codename)
    )
    return tuple(ProjectLoss(*row) for row in rows)
