"""Batches of decisions as pages show them: how far, by whom, and what became of each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.errors import NotFound
from app.models import Contractor, Project, Proposal, ReviewBatch, ReviewBatchRow, User
from app.services.paging import Page, PageRequest, Rows, read_page

OUTCOMES = ("pending", "done", "refused", "undone", "kept")


@dataclass(frozen=True)
class BatchView:
    """One decision and how far it is.

    requested_by, confirmed_by, closed_by  names; None where nobody, or the command line, did
    first_refusal  why the first row that was refused was, "" when none was
    """

    batch_id: int
    plan_run_id: int
    verb: str
    status: str
    scope: str
    query: str
    reason: str
    second_reasons: Sequence[str]
    num_rows: int
    num_done: int
    num_refused: int
    requester_id: int | None
    requested_by: str | None
    requested_at: datetime
    confirmed_by: str | None
    closed_by: str | None
    closed_at: datetime | None
    first_refusal: str

    @property
    def num_tried(self) -> int:
        """Rows that have an outcome."""
        return self.num_done + self.num_refused

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to come."""
        return self.status in {"waiting", "running"}

    @property
    def may_be_undone(self) -> bool:
        """Whether undoing makes sense."""
        return self.verb != "publish" and self.status in {"done", "withdrawn"} and self.num_done > 0


@dataclass(frozen=True)
class BatchRow:
    """What became of one proposal of a batch."""

    proposal_id: int
    name: str
    codename: str
    hours_per_week: int
    outcome: str
    sentence: str


def get_batch(session: Session, batch_id: int) -> BatchView:
    """Return one batch; raises NotFound."""
    found = session.execute(_select_batches().where(ReviewBatch.id == batch_id)).first()
    if found is None:
        raise NotFound("batch", batch_id)
    return BatchView(*found)


def list_open_batches(session: Session, plan_run_id: int) -> list[BatchView]:
    """Return the run's batches that wait or run, the oldest first."""
    rows = session.execute(
        _select_batches()
        .where(
            ReviewBatch.plan_run_id == plan_run_id,
            ReviewBatch.status.in_(("waiting", "running")),
        )
        .order_by(ReviewBatch.id)
    )
    return [BatchView(*row) for row in rows]


def list_last_batches(session: Session, plan_run_id: int, most: int) -> list[BatchView]:
    """Return the run's batches that are over, the latest first."""
    rows = session.execute(
        _select_batches()
        .where(
            ReviewBatch.plan_run_id == plan_run_id,
            ReviewBatch.status.in_(("done", "withdrawn", "undone")),
        )
        .order_by(ReviewBatch.id.desc())
        .limit(most)
    )
    return [BatchView(*row) for row in rows]


def list_batch_rows(
    session: Session, batch_id: int, outcome: str, page: PageRequest
) -> Page[BatchRow]:
    """Return the rows of a batch, those of one outcome or all ("")."""
    statement: Rows = (
        select(
            Proposal.id.label("proposal_id"),
            Contractor.name,
            Project.codename,
            Proposal.hours_per_week,
            ReviewBatchRow.outcome,
            ReviewBatchRow.sentence,
        )
        .join(ReviewBatchRow, ReviewBatchRow.proposal_id == Proposal.id)
        .join(Contractor, Contractor.contractor_id == Proposal.contractor_id)
        .join(Project, Project.project_id == Proposal.project_id)
        .where(ReviewBatchRow.batch_id == batch_id)
    )
    if outcome:
        statement = statement.where(ReviewBatchRow.outcome == outcome)
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page(session, statement, page, columns, ReviewBatchRow.position)
    return Page([BatchRow(*row) for row in found.rows], found.total)


def _select_batches() -> Rows:
    requester, confirmer, closer = aliased(User), aliased(User), aliased(User)
    first_refusal = (
        select(ReviewBatchRow.sentence)
        .where(ReviewBatchRow.batch_id == ReviewBatch.id, ReviewBatchRow.outcome == "refused")
        .order_by(ReviewBatchRow.position)
        .limit(1)
        .scalar_subquery()
    )
    statement: Select[*tuple[object, ...]] = (
        select(
            ReviewBatch.id,
            ReviewBatch.plan_run_id,
            ReviewBatch.verb,
            ReviewBatch.status,
            ReviewBatch.scope,
            ReviewBatch.query,
            ReviewBatch.reason,
            ReviewBatch.second_reasons,
            ReviewBatch.num_rows,
            ReviewBatch.num_done,
            ReviewBatch.num_refused,
            ReviewBatch.requested_by,
            requester.name,
            ReviewBatch.requested_at,
            confirmer.name,
            closer.name,
            ReviewBatch.closed_at,
            func.coalesce(first_refusal, ""),
        )
        .outerjoin(requester, requester.id == ReviewBatch.requested_by)
        .outerjoin(confirmer, confirmer.id == ReviewBatch.confirmed_by)
        .outerjoin(closer, closer.id == ReviewBatch.closed_by)
    )
    return statement
