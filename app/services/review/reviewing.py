"""Approving, rejecting and publishing proposals at once: an outcome per row, one transaction.

These ask for no second approver; what managers do goes through `review_batches`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.errors import InvalidValue
from app.services.access.access import Actor, Permission, require
from app.services.review.review_stale import ProposalVersion
from app.services.review.review_verbs import approve_rows, publish_rows, reject_rows
from app.services.transaction import retried, transaction

__all__ = [
    "Outcome",
    "ProposalVersion",
    "approve_proposals",
    "publish_proposals",
    "reject_proposals",
]


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
    proposals = _drop_repeats(proposals)
    with transaction(session):
        refused = approve_rows(session, actor, proposals, today)
    return _list_outcomes(proposals, refused, "Approved.")


@retried
def reject_proposals(
    session: Session, *, actor: Actor, proposals: Sequence[ProposalVersion], reason: str
) -> tuple[Outcome, ...]:
    """Turn proposals down; no later plan proposes the same pair.

    Raises InvalidValue without a reason.
    """
    require(actor, Permission.REVIEW)
    check_reason(reason)
    proposals = _drop_repeats(proposals)
    with transaction(session):
        refused = reject_rows(session, actor, proposals, reason.strip())
    return _list_outcomes(proposals, refused, "Rejected.")


@retried
def publish_proposals(
    session: Session, *, actor: Actor, proposals: Sequence[ProposalVersion]
) -> tuple[Outcome, ...]:
    """Let the contractors of approved places see them and log hours on them."""
    require(actor, Permission.REVIEW)
    proposals = _drop_repeats(proposals)
    with transaction(session):
        refused = publish_rows(session, actor, proposals)
    return _list_outcomes(proposals, refused, "Published.")


def check_reason(reason: str) -> None:
    """Raise InvalidValue where a decision that needs a reason has none."""
    if not reason.strip():
        raise InvalidValue("reason", reason, "a few words, for the audit trail,")


def _drop_repeats(proposals: Sequence[ProposalVersion]) -> list[ProposalVersion]:
    return list({wanted.proposal_id: wanted for wanted in proposals}.values())


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
