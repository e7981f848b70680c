"""Batches: one decision on many proposals, carried out in steps, with an outcome per row.

A batch is opened with the rows as the manager saw them. A large one, or one that raises pay,
waits for a second approver. Each step is a transaction of its own, so that a bar can show how
far it is, locks are short, and what was broken off goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import BATCH_VERBS, Proposal, ReviewBatch, ReviewBatchRow, User
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.keys import is_among
from app.services.review.review_stale import ProposalVersion
from app.services.review.reviewing import check_reason
from app.services.review.second_approval import (
    SecondApproval,
    ask_second,
    list_second_reasons,
    tell_asker,
)
from app.services.transaction import retried, transaction


@retried
def open_batch(
    session: Session,
    *,
    actor: Actor,
    plan_run_id: int,
    verb: str,
    proposals: Sequence[ProposalVersion],
    second: SecondApproval,
    reason: str = "",
    scope: str = "",
    query: str = "",
) -> int:
    """Keep a decision on proposals of one plan run; return the batch's id. Nothing is done yet.

    scope, query  which proposals were meant: in words, and as the filter in the address

    Raises InvalidValue for an unknown verb, a rejection without a reason, no proposals, or one
    of another run.
    """
    require(actor, Permission.REVIEW)
    if verb not in BATCH_VERBS:
        raise InvalidValue("decision", verb, "one of " + ", ".join(BATCH_VERBS))
    if verb == "reject":
        check_reason(reason)
    versions = {wanted.proposal_id: wanted.version for wanted in proposals}
    if not versions:
        raise InvalidValue("row", "nothing", "at least one proposal")
    with transaction(session):
        _check_run(session, plan_run_id, versions)
        reasons = list_second_reasons(session, verb, versions, second)
        batch = ReviewBatch(
            plan_run_id=plan_run_id,
            verb=verb,
            reason=reason.strip(),
            scope=scope,
            query=query,
            status="waiting" if reasons else "running",
            second_reasons=reasons,
            num_rows=len(versions),
            requested_by=actor.user_id,
        )
        session.add(batch)
        session.flush()
        rows = [
            {"batch_id": batch.id, "position": position, "proposal_id": key, "version": version}
            for position, (key, version) in enumerate(versions.items())
        ]
        session.execute(insert(ReviewBatchRow), rows)
        if reasons:
            ask_second(session, batch, actor)
        record_batch(session, actor, batch, "batch.opened", before=None)
        return batch.id


@retried
def confirm_batch(session: Session, *, actor: Actor, batch_id: int) -> None:
    """Let a waiting batch run, as its second approver.

    Raises NotFound, or Refused (`not_waiting`, `same_person`, `requester_gone`).
    """
    require(actor, Permission.REVIEW)
    with transaction(session):
        batch = lock_batch(session, batch_id)
        if batch.status != "waiting":
            raise Refused("not_waiting", f"Batch {batch.id} does not wait for a second approver.")
        requester = find_requester(session, batch)
        if actor.user_id == batch.requested_by or _is_same_contractor(actor, requester):
            raise Refused("same_person", "Somebody else than who asked for it has to confirm it.")
        if requester is not None and not requester.may(Permission.REVIEW):
            sentence = f"{requester.name}, who asked for it, may not decide any more."
            raise Refused("requester_gone", sentence)
        batch.status = "running"
        batch.confirmed_by, batch.confirmed_at = actor.user_id, datetime.now(UTC)
        _refuse_own(session, batch, actor)
        record_batch(session, actor, batch, "batch.confirmed", before={"status": "waiting"})
        tell_asker(session, batch, actor)


@retried
def withdraw_batch(session: Session, *, actor: Actor, batch_id: int) -> None:
    """Take back a batch that waits, or stop one that runs: what is done of it stays done.

    Raises NotFound, or Refused (`finished`).
    """
    require(actor, Permission.REVIEW)
    with transaction(session):
        batch = lock_batch(session, batch_id)
        if batch.status not in {"waiting", "running"}:
            raise Refused("finished", f"Batch {batch.id} is over already.")
        before = {"status": batch.status}
        batch.status = "withdrawn"
        batch.closed_by, batch.closed_at = actor.user_id, datetime.now(UTC)
        record_batch(session, actor, batch, "batch.withdrawn", before=before)


def lock_batch(session: Session, batch_id: int) -> ReviewBatch:
    """Return the batch, locked before anything that it decides on; raises NotFound."""
    batch = session.get(ReviewBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None:
        raise NotFound("batch", batch_id)
    return batch


def _check_run(session: Session, plan_run_id: int, versions: Mapping[int, int]) -> None:
    """Raise InvalidValue unless every proposal belongs to the run."""
    found = session.scalar(
        select(func.count())
        .select_from(Proposal)
        .where(Proposal.plan_run_id == plan_run_id, is_among(Proposal.id, list(versions)))
    )
    if found != len(versions):
        raise InvalidValue("row", f"{len(versions)} proposals", f"proposals of plan {plan_run_id}")


def find_requester(session: Session, batch: ReviewBatch) -> Actor | None:
    """Return who asked for the batch, with the roles of now; None when the command line did."""
    if batch.requested_by is None:
        return None
    user = session.get_one(User, batch.requested_by, populate_existing=True)
    actor = Actor.of_user(user)
    if user.active:
        return actor
    return Actor(actor.user_id, actor.name, frozenset(), actor.contractor_id)


def _is_same_contractor(actor: Actor, requester: Actor | None) -> bool:
    """Tell whether two accounts, under whatever addresses, are one person of the roster."""
    if requester is None or actor.contractor_id is None:
        return False
    return actor.contractor_id == requester.contractor_id


def _refuse_own(session: Session, batch: ReviewBatch, actor: Actor) -> None:
    """Refuse the rows that are about the second approver."""
    if actor.contractor_id is None:
        return
    own = select(Proposal.id).where(Proposal.contractor_id == actor.contractor_id)
    refused = session.execute(
        update(ReviewBatchRow)
        .where(ReviewBatchRow.batch_id == batch.id, ReviewBatchRow.proposal_id.in_(own))
        .values(outcome="refused", sentence="Nobody decides on their own work.")
        .returning(ReviewBatchRow.position)
    ).all()
    batch.num_refused += len(refused)


def record_batch(
    session: Session,
    actor: Actor,
    batch: ReviewBatch,
    action: str,
    *,
    before: Mapping[str, str] | None,
) -> None:
    """Write into the audit trail what happened to a batch, and how far it is."""
    record(
        session,
        actor=actor,
        action=action,
        subject=("batch", batch.id),
        before=before,
        after={
            "status": batch.status,
            "verb": batch.verb,
            "plan_run_id": batch.plan_run_id,
            "scope": batch.scope,
            "reason": batch.reason,
            "second_reasons": batch.second_reasons,
            "num_rows": batch.num_rows,
            "num_done": batch.num_done,
            "num_refused": batch.num_refused,
        },
    )
