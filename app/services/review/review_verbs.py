"""What approving, rejecting and publishing do to locked rows, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Assignment, PlanRun, Proposal, RejectedPair
from app.services.access.access import Actor
from app.services.auditing.audit import Event, record_all
from app.services.bulk import add_rows
from app.services.keys import is_among
from app.services.offers.offers import add_offers
from app.services.review.review_checks import find_objections
from app.services.review.review_locks import lock_for_review
from app.services.review.review_stale import ProposalVersion, find_past, find_stale


def approve_rows(
    session: Session, actor: Actor, wanted: Sequence[ProposalVersion], today: date | None
) -> dict[int, str]:
    """Make assignments of the proposals that every rule and limit still allows.

    Returns why each of the others was refused. Proposals count in the order given: one that
    takes the last seat stands in the way of the next.
    """
    rows = lock_for_review(session, [one.proposal_id for one in wanted])
    refused = find_past(rows, today) | find_stale(session, actor, wanted, rows, status="proposed")
    by_run: dict[int, list[Proposal]] = {}
    for one in wanted:
        if one.proposal_id not in refused:
            row = rows[one.proposal_id]
            by_run.setdefault(row.plan_run_id, []).append(row)
    for run_id, group in by_run.items():
        refused |= find_objections(session, session.get_one(PlanRun, run_id), group)
        # Written before the next run is judged: that one must count these.
        approved = [row for row in group if row.id not in refused]
        _approve(session, actor, approved, _list_free_ids(session, approved))
    return refused


def reject_rows(
    session: Session, actor: Actor, wanted: Sequence[ProposalVersion], reason: str
) -> dict[int, str]:
    """Turn proposals down, so that no later plan proposes the pair; say why others were not."""
    rows = lock_for_review(session, [one.proposal_id for one in wanted])
    refused = find_stale(session, actor, wanted, rows, status="proposed")
    chosen = [rows[one.proposal_id] for one in wanted if one.proposal_id not in refused]
    if chosen:
        pairs = [
            {
                "contractor_id": row.contractor_id,
                "project_id": row.project_id,
                "reason": reason,
                "rejected_by": actor.user_id,
            }
            for row in chosen
        ]
        session.execute(insert(RejectedPair).on_conflict_do_nothing(), pairs)
    events = [_decide(actor, row, "rejected", {"reason": reason}) for row in chosen]
    record_all(session, actor=actor, action="proposal.rejected", events=events)
    return refused


def publish_rows(
    session: Session, actor: Actor, wanted: Sequence[ProposalVersion]
) -> dict[int, str]:
    """Offer approved places to their contractors; say of the others why not."""
    rows = lock_for_review(session, [one.proposal_id for one in wanted])
    refused = find_stale(session, actor, wanted, rows, status="approved")
    refused |= _find_stopped(session, [row for row in rows.values() if row.id not in refused])
    now, events = datetime.now(UTC), []
    chosen = [rows[one.proposal_id] for one in wanted if one.proposal_id not in refused]
    for row in chosen:
        row.published_at = now
        events.append(_change_status(row, "published", {}))
    session.flush()
    add_offers(session, actor, [row.id for row in chosen], now)
    record_all(session, actor=actor, action="proposal.published", events=events)
    return refused


Carrier = Callable[[Session, Actor, Sequence[ProposalVersion], str, date | None], dict[int, str]]

CARRIERS: Mapping[str, Carrier] = MappingProxyType(
    {
        "approve": lambda session, actor, wanted, _, today: approve_rows(
            session, actor, wanted, today
        ),
        "reject": lambda session, actor, wanted, reason, _: reject_rows(
            session, actor, wanted, reason
        ),
        "publish": lambda session, actor, wanted, _reason, _today: publish_rows(
            session, actor, wanted
        ),
    }
)
"""What carries each verb out: session, actor, proposals, reason, today -> refusals by id."""


def _find_stopped(session: Session, rows: Sequence[Proposal]) -> dict[int, str]:
    """Return a sentence for each approved proposal whose place is gone by now."""
    going = set(
        session.scalars(
            select(Proposal.id)
            .join(Assignment, Assignment.proposal_id == Proposal.id)
            .where(is_among(Proposal.id, [row.id for row in rows]), Assignment.status == "active")
        )
    )
    sentence = "Its project has been paused or its assignment has ended since: plan again."
    return {row.id: sentence for row in rows if row.id not in going}


def _list_free_ids(session: Session, rows: Sequence[Proposal]) -> list[str]:
    """Return an id for the assignment of each proposal; an import may have brought the first.

    No import comes in between: it waits for the locks on the projects.
    """
    wanted = [f"redeploy-{row.id}" for row in rows]
    held = select(Assignment.assignment_id)
    while taken := set(session.scalars(held.where(is_among(Assignment.assignment_id, wanted)))):
        wanted = [f"{text}-r" if text in taken else text for text in wanted]
    return wanted


def _approve(
    session: Session, actor: Actor, rows: Sequence[Proposal], assignment_ids: Sequence[str]
) -> None:
    """Add the assignments of the proposals; written before the caller goes on."""
    assignments, events = [], []
    for row, assignment_id in zip(rows, assignment_ids, strict=True):
        assignments.append(
            {
                "assignment_id": assignment_id,
                "contractor_id": row.contractor_id,
                "project_id": row.project_id,
                "hours_per_week": row.hours_per_week,
                "starts_on": row.starts_on,
                "ends_on": row.ends_on,
                "pay_rate_cents": row.pay_rate_cents,
                "status": "active",
                "proposal_id": row.id,
            }
        )
        events.append(_decide(actor, row, "approved", {"assignment_id": assignment_id}))
    session.flush()
    add_rows(session, Assignment, assignments)
    record_all(session, actor=actor, action="proposal.approved", events=events)


def _decide(actor: Actor, row: Proposal, status: str, details: Mapping[str, str]) -> Event:
    row.decided_by = actor.user_id
    row.decided_at = datetime.now(UTC)
    row.decision_note = details.get("reason", "")
    return _change_status(row, status, details)


def _change_status(row: Proposal, status: str, details: Mapping[str, str]) -> Event:
    before = row.status
    row.status = status
    row.version += 1
    return Event(
        ("proposal", row.id),
        {"status": before},
        {
            "status": status,
            "contractor_id": row.contractor_id,
            "project_id": row.project_id,
            "hours_per_week": row.hours_per_week,
            **details,
        },
    )
