"""Approving and rejecting proposals: an outcome per row, all of them in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import InvalidValue
from app.models import (
    Assignment,
    Pause,
    PlanRun,
    Proposal,
    RejectedPair,
)
from app.services.access import Actor, Permission, require
from app.services.audit import record
from app.services.keys import is_among
from app.services.review_locks import lock_for_review
from app.services.transaction import retried, transaction

_STATUS_SENTENCES = {
    "approved": "Somebody has approved it already.",
    "rejected": "Somebody has rejected it already.",
    "superseded": "A newer plan or a resume has replaced it.",
}


@dataclass(frozen=True)
class ProposalVersion:
    """A proposal as the reviewer saw it."""

    proposal_id: int
    version: int


@dataclass(frozen=True)
class Outcome:
    """What became of one proposal; the sentence says why when it is not ok."""

    proposal_id: int
    ok: bool
    sentence: str


@retried
def approve_proposals(
    session: Session,
    *,
    actor: Actor,
    proposals: Sequence[ProposalVersion],
    today: date | None = None,
) -> tuple[Outcome, ...]:
    """Turn proposals into assignments where every rule and limit still allows it.

    One whose first week is over on `today` is refused; without a day none is too old.

    Outcomes come in the order asked. Projects and contractors are locked, so two managers
    never both get the last seat.
    """
    require(actor, Permission.REVIEW)
    # The optimiser's package takes a second to import; sign-in and lists do without it.
    from app.services.review_checks import find_objections  # noqa: PLC0415

    proposals = _drop_repeats(proposals)
    with transaction(session):
        rows = lock_for_review(session, [wanted.proposal_id for wanted in proposals])
        refused = _find_past(rows, today) | _find_stale(session, actor, proposals, rows)
        by_run: dict[int, list[Proposal]] = {}
        for wanted in proposals:
            if wanted.proposal_id not in refused:
                row = rows[wanted.proposal_id]
                by_run.setdefault(row.plan_run_id, []).append(row)
        for run_id, group in by_run.items():
            refused |= find_objections(session, session.get_one(PlanRun, run_id), group)
            # Written before the next run is judged: that one must count these.
            approved = [row for row in group if row.id not in refused]
            for row, assignment_id in zip(approved, _list_free_ids(session, approved), strict=True):
                _approve(session, actor, row, assignment_id)
            session.flush()
    return _list_outcomes(proposals, refused, "Approved.")


@retried
def reject_proposals(
    session: Session, *, actor: Actor, proposals: Sequence[ProposalVersion], reason: str
) -> tuple[Outcome, ...]:
    """Turn proposals down; no later plan proposes the same pair.

    Raises InvalidValue without a reason.
    """
    require(actor, Permission.REVIEW)
    if not reason.strip():
        raise InvalidValue("reason", reason, "a few words, for the audit trail,")
    proposals = _drop_repeats(proposals)
    with transaction(session):
        rows = lock_for_review(session, [wanted.proposal_id for wanted in proposals])
        refused = _find_stale(session, actor, proposals, rows)
        for wanted in proposals:
            if wanted.proposal_id not in refused:
                _reject(session, actor, rows[wanted.proposal_id], reason.strip())
    return _list_outcomes(proposals, refused, "Rejected.")


def _drop_repeats(proposals: Sequence[ProposalVersion]) -> list[ProposalVersion]:
    return list({wanted.proposal_id: wanted for wanted in proposals}.values())


def _find_stale(
    session: Session,
    actor: Actor,
    proposals: Sequence[ProposalVersion],
    rows: dict[int, Proposal],
) -> dict[int, str]:
    """Return a sentence for each proposal that cannot be decided at all."""
    resumed = set(
        session.scalars(
            select(PlanRun.id)
            .join(Pause, Pause.id == PlanRun.pause_id)
            .where(
                is_among(PlanRun.id, {row.plan_run_id for row in rows.values()}),
                Pause.status == "resumed",
            )
        )
    )
    refused = {}
    for wanted in proposals:
        row = rows.get(wanted.proposal_id)
        if row is None:
            refused[wanted.proposal_id] = "There is no such proposal."
        elif row.status != "proposed":
            refused[wanted.proposal_id] = _STATUS_SENTENCES[row.status]
        elif row.version != wanted.version:
            refused[wanted.proposal_id] = "It has changed since you saw it."
        elif row.plan_run_id in resumed:
            refused[wanted.proposal_id] = "The pause has been resumed."
        elif actor.contractor_id == row.contractor_id:
            refused[wanted.proposal_id] = "Nobody decides on their own work."
    return refused


def _find_past(rows: dict[int, Proposal], today: date | None) -> dict[int, str]:
    """Return a sentence for each proposal whose whole first week lies before `today`."""
    if today is None:
        return {}
    return {
        row.id: f"It was to start on {row.starts_on}, and that week is over: plan again."
        for row in rows.values()
        if row.starts_on + timedelta(days=7) <= today
    }


def _list_free_ids(session: Session, rows: Sequence[Proposal]) -> list[str]:
    """Return an id for the assignment of each proposal; an import may have brought the first.

    No import comes in between: it waits for the locks on the projects.
    """
    wanted = [f"redeploy-{row.id}" for row in rows]
    held = select(Assignment.assignment_id)
    while taken := set(session.scalars(held.where(is_among(Assignment.assignment_id, wanted)))):
        wanted = [f"{text}-r" if text in taken else text for text in wanted]
    return wanted


def _approve(session: Session, actor: Actor, row: Proposal, assignment_id: str) -> None:
    assignment = Assignment(
        assignment_id=assignment_id,
        contractor_id=row.contractor_id,
        project_id=row.project_id,
        hours_per_week=row.hours_per_week,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        pay_rate_cents=row.pay_rate_cents,
        status="active",
        proposal_id=row.id,
    )
    session.add(assignment)
    _decide(session, actor, row, "approved", {"assignment_id": assignment.assignment_id})


def _reject(session: Session, actor: Actor, row: Proposal, reason: str) -> None:
    session.execute(
        insert(RejectedPair)
        .values(
            contractor_id=row.contractor_id,
            project_id=row.project_id,
            reason=reason,
            rejected_by=actor.user_id,
        )
        .on_conflict_do_nothing()
    )
    _decide(session, actor, row, "rejected", {"reason": reason})


def _decide(
    session: Session,
    actor: Actor,
    row: Proposal,
    status: str,
    details: dict[str, str],
) -> None:
    row.status = status
    row.version += 1
    row.decided_by = actor.user_id
    row.decided_at = datetime.now(UTC)
    row.decision_note = details.get("reason", "")
    record(
        session,
        actor=actor,
        action=f"proposal.{status}",
        subject=("proposal", row.id),
        before={"status": "proposed"},
        after={
            "status": status,
            "contractor_id": row.contractor_id,
            "project_id": row.project_id,
            "hours_per_week": row.hours_per_week,
        }
        | details,
    )


def _list_outcomes(
    proposals: Sequence[ProposalVersion], refused: dict[int, str], done: str
) -> tuple[Outcome, ...]:
    return tuple(
        Outcome(
            wanted.proposal_id,
            wanted.proposal_id not in refused,
            refused.get(wanted.proposal_id, done),
        )
        for wanted in proposals
    )
