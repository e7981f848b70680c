"""Carrying a batch out in steps: each a transaction of its own, with an outcome per row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.models import ReviewBatch, ReviewBatchRow
from app.services.access.access import Actor, Permission, require
from app.services.keys import is_among
from app.services.review.review_batches import find_requester, lock_batch, record_batch
from app.services.review.review_stale import ProposalVersion
from app.services.review.review_verbs import CARRIERS
from app.services.transaction import retried, transaction

STEP = 1000
"""Proposals carried out in one transaction."""

_SET_REFUSED = """
    UPDATE review_batch_rows r SET outcome = 'refused', sentence = said.sentence
    FROM unnest(CAST(:proposal_ids AS bigint[]), CAST(:sentences AS text[]))
         AS said (proposal_id, sentence)
    WHERE r.batch_id = :batch_id AND r.proposal_id = said.proposal_id
"""


@retried
def advance_batch(
    session: Session, *, actor: Actor, batch_id: int, today: date | None = None, step: int = STEP
) -> bool:
    """Carry out the next rows of a running batch; return whether there are more to come.

    What is done is done in the name of who asked for the batch. A batch that does not run is
    left alone.
    """
    require(actor, Permission.REVIEW)
    with transaction(session):
        batch = lock_batch(session, batch_id)
        if batch.status != "running":
            return False
        rows = session.execute(
            select(ReviewBatchRow.proposal_id, ReviewBatchRow.version)
            .where(ReviewBatchRow.batch_id == batch_id, ReviewBatchRow.outcome == "pending")
            .order_by(ReviewBatchRow.position)
            .limit(step)
        ).all()
        wanted = [ProposalVersion(row.proposal_id, row.version) for row in rows]
        doer = find_requester(session, batch) or actor
        refused = CARRIERS[batch.verb](session, doer, wanted, batch.reason, today)
        _set_outcomes(session, batch, wanted, refused)
        if len(wanted) == step and batch.num_done + batch.num_refused < batch.num_rows:
            return True
        batch.status, batch.closed_at = "done", datetime.now(UTC)
        record_batch(session, actor, batch, "batch.done", before={"status": "running"})
        return False


def _set_outcomes(
    session: Session,
    batch: ReviewBatch,
    wanted: Sequence[ProposalVersion],
    refused: Mapping[int, str],
) -> None:
    proposal_ids = [one.proposal_id for one in wanted]
    session.execute(
        update(ReviewBatchRow)
        .where(
            ReviewBatchRow.batch_id == batch.id,
            is_among(ReviewBatchRow.proposal_id, proposal_ids),
        )
        .values(outcome="done")
    )
    if refused:
        statement = text(_SET_REFUSED).bindparams(
            batch_id=batch.id,
            proposal_ids=list(refused),
            sentences=list(refused.values()),
        )
        session.execute(statement)
    batch.num_done += len(wanted) - len(refused)
    batch.num_refused += len(refused)
