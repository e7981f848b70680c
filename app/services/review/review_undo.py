"""Undoing a batch: what nobody has built on yet goes back to how it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, select, text, tuple_
from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import (
    Assignment,
    HoursEntry,
    Pause,
    PlanRun,
    Proposal,
    RejectedPair,
    ReviewBatchRow,
)
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import Event, record, record_all
from app.services.keys import is_among
from app.services.plans.planning import UNFINISHED
from app.services.review.review_batches import lock_batch
from app.services.review.review_locks import lock_for_review
from app.services.transaction import retried, transaction

_SET_UNDONE = """
    UPDATE review_batch_rows r
    SET outcome = CASE said.sentence WHEN '' THEN 'undone' ELSE 'kept' END, sentence = said.sentence
    FROM unnest(CAST(:proposal_ids AS bigint[]), CAST(:sentences AS text[]))
         AS said (proposal_id, sentence)
    WHERE r.batch_id = :batch_id AND r.proposal_id = said.proposal_id
"""

_DONE_STATUS = {"approve": "approved", "reject": "rejected"}


@retried
def undo_batch(session: Session, *, actor: Actor, batch_id: int) -> tuple[int, int]:
    """Take back what a batch did; return how many rows went back and how many stay.

    Approved places are free again, rejected pairs may be proposed again. Rows that somebody
    published, logged hours on or changed since stay. Where a newer plan has come, a proposal
    goes back to being replaced by it.

    Raises NotFound, or Refused (`published`, `nothing_done`, `plan_running`).
    """
    require(actor, Permission.REVIEW)
    with transaction(session):
        batch = lock_batch(session, batch_id)
        if batch.verb == "publish":
            raise Refused("published", "The contractors know of it: publishing is not undone.")
        if batch.status not in {"done", "withdrawn"} or not batch.num_done:
            raise Refused("nothing_done", f"Batch {batch.id} has nothing to undo.")
        proposal_ids = session.scalars(
            select(ReviewBatchRow.proposal_id)
            .where(ReviewBatchRow.batch_id == batch_id, ReviewBatchRow.outcome == "done")
            .order_by(ReviewBatchRow.position)
        ).all()
        rows = lock_for_review(session, proposal_ids)
        _refuse_while_planning(session, batch.plan_run_id)
        kept = _find_kept(session, list(rows.values()), _DONE_STATUS[batch.verb])
        free = [row for row in rows.values() if row.id not in kept]
        if batch.verb == "approve":
            _release_places(session, free)
        else:
            _allow_pairs(session, free)
        is_replaced = _is_replaced(session, batch.plan_run_id)
        _reopen(session, actor, free, is_replaced=is_replaced)
        sentences = {proposal_id: kept.get(proposal_id, "") for proposal_id in proposal_ids}
        _set_outcomes(session, batch_id, sentences)
        batch.status = "undone"
        batch.closed_by, batch.closed_at = actor.user_id, datetime.now(UTC)
        record(
            session,
            actor=actor,
            action="batch.undone",
            subject=("batch", batch_id),
            after={"verb": batch.verb, "undone": len(free), "kept": len(kept)},
        )
    return len(free), len(kept)


def _refuse_while_planning(session: Session, plan_run_id: int) -> None:
    """Raise Refused while a plan of the same pause is solved: it counts on what was decided."""
    pause = select(PlanRun.pause_id).where(PlanRun.id == plan_run_id).scalar_subquery()
    running = select(PlanRun.id).where(PlanRun.pause_id == pause, PlanRun.status.in_(UNFINISHED))
    if session.scalars(running).first() is not None:
        sentence = "A plan is being made on these decisions: wait until it has ended."
        raise Refused("plan_running", sentence)


def _find_kept(session: Session, rows: Sequence[Proposal], status: str) -> dict[int, str]:
    """Return why a row cannot go back, by proposal id."""
    kept = {
        row.id: "It has been published: the contractor knows of it."
        if row.status == "published"
        else "Somebody has decided on it again since."
        for row in rows
        if row.status != status
    }
    if status == "approved":
        places = session.execute(
            select(Proposal.id, Assignment.status, func.count(HoursEntry.assignment_id))
            .join(Assignment, Assignment.proposal_id == Proposal.id)
            .outerjoin(HoursEntry, HoursEntry.assignment_id == Assignment.assignment_id)
            .where(is_among(Proposal.id, [row.id for row in rows]))
            .group_by(Proposal.id, Assignment.assignment_id)
        )
        for proposal_id, state, num_entries in places:
            if num_entries:
                kept[proposal_id] = "Hours have been logged on it."
            elif state != "active":
                kept[proposal_id] = "A pause or an end has changed its assignment since."
    return kept


def _release_places(session: Session, rows: Sequence[Proposal]) -> None:
    free = select(Proposal.id).where(is_among(Proposal.id, [row.id for row in rows]))
    session.execute(delete(Assignment).where(Assignment.proposal_id.in_(free)))


def _allow_pairs(session: Session, rows: Sequence[Proposal]) -> None:
    pairs = [(row.contractor_id, row.project_id) for row in rows]
    key = tuple_(RejectedPair.contractor_id, RejectedPair.project_id)
    session.execute(delete(RejectedPair).where(key.in_(pairs)))


def _is_replaced(session: Session, plan_run_id: int) -> bool:
    """Whether a newer plan has come, or the pause takes no decisions any more."""
    pause = select(PlanRun.pause_id).where(PlanRun.id == plan_run_id).scalar_subquery()
    if session.scalar(select(Pause.status).where(Pause.id == pause)) == "resumed":
        return True
    newer = select(PlanRun.id).where(
        PlanRun.pause_id == pause, PlanRun.id > plan_run_id, PlanRun.status == "succeeded"
    )
    return session.scalars(newer).first() is not None


def _reopen(
    session: Session, actor: Actor, rows: Collection[Proposal], *, is_replaced: bool
) -> None:
    events = []
    for row in rows:
        before = row.status
        row.status = "superseded" if is_replaced else "proposed"
        row.version += 1
        row.decided_by = row.decided_at = None
        row.decision_note = ""
        events.append(Event(("proposal", row.id), {"status": before}, {"status": row.status}))
    record_all(session, actor=actor, action="proposal.reopened", events=events)


def _set_outcomes(session: Session, batch_id: int, sentences: Mapping[int, str]) -> None:
    statement = text(_SET_UNDONE).bindparams(
        batch_id=batch_id, proposal_ids=list(sentences), sentences=list(sentences.values())
    )
    session.execute(statement)
