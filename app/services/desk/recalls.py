"""Recall plans as the pause desk shows them: who returns, and what others lose by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Subquery, case, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Contractor, Project, Recall, RecallProgress, RecallRow
from app.services.desk.plans import ProgressPoint
from app.services.desk.recall_figures import (
    ProjectLoss,
    RecallFigures,
    count_returns,
    list_losses,
)
from app.services.paging import Page, PageRequest, Rows, contains_text, read_page
from app.services.plans.policy_settings import PolicySettings, read_settings

STATES = ("returns", "left out", "does not return")
"""What becomes of a person's suspended work: left out = taken off the list by somebody."""


@dataclass(frozen=True)
class RecallPage:
    """The latest recall of a pause; figures and losses are empty until it is ready.

    settings  what its policy held when it was asked for
    """

    recall_id: int
    pause_id: int
    status: str
    stop_requested: str
    error: str | None
    policy: str
    settings: PolicySettings
    time_limit_s: float
    resumed_on: date
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    applied_at: datetime | None
    figures: RecallFigures
    losses: tuple[ProjectLoss, ...]

    @property
    def is_unfinished(self) -> bool:
        """Whether a worker has it, or will."""
        return self.status in {"queued", "running"}


@dataclass(frozen=True)
class ReturnRow:
    """Suspended work of one person; `leaves` names what is given up for it, with its hours."""

    contractor_id: str
    contractor: str
    country: str
    project_id: str
    codename: str
    state: str
    hours_per_week: int
    leaves: str
    lost_hours: int


def find_recall(session: Session, pause_id: int) -> RecallPage | None:
    """Return the latest recall of a pause, None when nobody asked for one."""
    recall = session.scalars(
        select(Recall)
        .where(Recall.pause_id == pause_id)
        .order_by(Recall.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).first()
    if recall is None:
        return None
    return RecallPage(
        recall_id=recall.id,
        pause_id=pause_id,
        status=recall.status,
        stop_requested=recall.stop_requested,
        error=recall.error,
        policy=recall.policy,
        settings=read_settings(recall.policy, recall.policy_settings),
        time_limit_s=recall.time_limit_s,
        resumed_on=recall.pause_date,
        requested_at=recall.requested_at,
        started_at=recall.started_at,
        finished_at=recall.finished_at,
        applied_at=recall.applied_at,
        figures=count_returns(session, recall.id),
        losses=list_losses(session, recall.id),
    )


def list_recall_progress(session: Session, recall_id: int) -> list[ProgressPoint]:
    """Return the progress of a recall in order of time."""
    rows = session.execute(
        select(
            RecallProgress.tier,
            RecallProgress.value,
            RecallProgress.bound,
            RecallProgress.elapsed_s,
        )
        .where(RecallProgress.recall_id == recall_id)
        .order_by(RecallProgress.seq)
    )
    return [ProgressPoint(*row) for row in rows]


def get_recall_pause(session: Session, recall_id: int) -> int:
    """Return the id of a recall's pause; raises NotFound."""
    pause_id = session.scalar(select(Recall.pause_id).where(Recall.id == recall_id))
    if pause_id is None:
        raise NotFound("recall", recall_id)
    return pause_id


def list_returns(
    session: Session, recall_id: int, *, text: str, state: str, page: PageRequest
) -> Page[ReturnRow]:
    """Return the suspended work that a recall decides on; a blank filter takes all."""
    statement = _select_returns(recall_id, text, state)
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page(session, statement, page, columns, RecallRow.contractor_id)
    return Page([ReturnRow(*row) for row in found.rows], found.total)


def list_return_ids(session: Session, recall_id: int, *, text: str, state: str) -> list[str]:
    """Return the contractors of `list_returns`, each once."""
    rows = session.execute(_select_returns(recall_id, text, state))
    return list(dict.fromkeys(row.contractor_id for row in rows))


def _select_returns(recall_id: int, text: str, state: str) -> Rows:
    leaving = _select_leaving(recall_id)
    what = case(
        (RecallRow.change == "does not return", "does not return"),
        (RecallRow.chosen, "returns"),
        else_="left out",
    )
    statement: Rows = (
        select(
            Contractor.contractor_id,
            Contractor.name.label("contractor"),
            Contractor.country,
            Project.project_id,
            Project.codename,
            what.label("state"),
            RecallRow.hours_per_week,
            func.coalesce(leaving.c.leaves, "").label("leaves"),
            func.coalesce(leaving.c.lost_hours, 0).label("lost_hours"),
        )
        .join(Contractor, Contractor.contractor_id == RecallRow.contractor_id)
        .join(Project, Project.project_id == RecallRow.project_id)
        .outerjoin(leaving, leaving.c.contractor_id == RecallRow.contractor_id)
        .where(
            RecallRow.recall_id == recall_id,
            RecallRow.change.in_(("returns", "does not return")),
        )
    )
    if text:
        statement = statement.where(
            contains_text(text, Contractor.name, Project.codename)
            | (Contractor.contractor_id == text)
        )
    if state in STATES:
        statement = statement.where(what == state)
    return statement


def _select_leaving(recall_id: int) -> Subquery:
    """Return what each person gives up of today's places, in words and in hours a week."""
    lost = RecallRow.hours_today - RecallRow.hours_per_week
    words = Project.codename.concat(func.concat(" ", lost, " h"))
    return (
        select(
            RecallRow.contractor_id,
            func.array_to_string(
                func.array_agg(aggregate_order_by(words, Project.codename)), ", "
            ).label("leaves"),
            func.sum(lost).label("lost_hours"),
        )
        .join(Project, Project.project_id == RecallRow.project_id)
        .where(RecallRow.recall_id == recall_id, lost > 0)
        .group_by(RecallRow.contractor_id)
        .subquery()
    )
