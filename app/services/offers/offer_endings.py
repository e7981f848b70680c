"""How offers end without an acceptance, and how the places of those not taken are freed.

A place is held as long as its offer may still be accepted. Freed, its pair of contractor and
project is not planned again; nothing else is kept against anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import ColumnElement, delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import InvalidValue
from app.models import Assignment, Offer, PlanRun, Proposal, RejectedPair
from app.services.access.access import Actor, Permission, require
from app.services.access.client_names import refuse_client_names
from app.services.access.client_scopes import keep_visible_offers
from app.services.auditing.audit import Event, record_all
from app.services.keys import is_among
from app.services.messages.offer_news import tell_ended
from app.services.offers.offer_answers import MAX_NOTE, UNDO
from app.services.offers.offer_locks import lock_offers
from app.services.transaction import retried, transaction

STEP = 500
"""Offers ended in one transaction, so that contractors who answer wait for a moment only."""

_STOPPED = "The work has been stopped since it was offered."
_RESUMED = "The pause is over, and your earlier work goes on."

_PAIR_WORDS = {
    "declined": "The contractor declined it.",
    "expired": "The contractor did not answer in time.",
    "withdrawn": "Its offer was withdrawn.",
}


def withdraw_offers(
    session: Session,
    *,
    actor: Actor,
    offer_ids: Sequence[int],
    reason: str,
    now: datetime | None = None,
) -> int:
    """Take back offers that nobody has answered; return how many that were.

    Their places are free at once. Those that are answered or over are left alone, the actor's
    own, and those of clients that the actor is not in charge of. Many are withdrawn some at a
    time: what is done is done.

    reason  which the contractor reads, at most MAX_NOTE characters
    now     an instant with its zone, None = this one

    Raises InvalidValue.
    """
    require(actor, Permission.REVIEW)
    if not 0 < len(reason.strip()) <= MAX_NOTE:
        raise InvalidValue("reason", reason, "a few words, which the contractor reads,")
    refuse_client_names(session, "reason", reason)
    offer_ids = keep_visible_offers(session, actor.client_ids, offer_ids)
    session.rollback()
    steps = [offer_ids[start : start + STEP] for start in range(0, len(offer_ids), STEP)]
    return sum(_withdraw_some(session, actor, some, reason.strip(), now) for some in steps)


@retried
def _withdraw_some(
    session: Session,
    actor: Actor,
    offer_ids: Sequence[int],
    reason: str,
    now: datetime | None,
) -> int:
    with transaction(session):
        rows = lock_offers(session, offer_ids).values()
        own = actor.contractor_id
        chosen = [row for row in rows if row.status == "pending" and row.contractor_id != own]
        _withdraw(session, actor, chosen, reason, now or datetime.now(UTC))
    return len(chosen)


def settle_offers(session: Session, *, actor: Actor, now: datetime | None = None) -> int:
    """End what is due: work stopped, time over, answer final; return how many that were."""
    instant = now or datetime.now(UTC)
    is_held = exists().where(
        Assignment.proposal_id == Offer.proposal_id, Assignment.status == "active"
    )
    is_pending = Offer.status == "pending"
    is_final = Offer.answered_at <= instant - UNDO
    return (
        _settle(session, is_pending & ~is_held, partial(_stop, session, actor, instant))
        + _settle(
            session,
            is_pending & (Offer.expires_at <= instant),
            partial(_expire, session, actor, instant),
        )
        + _settle(
            session, _is_declined_and_held() & is_final, partial(_let_go, session, actor, instant)
        )
    )


def withdraw_for_resume(
    session: Session, *, actor: Actor, pause_id: int, now: datetime | None = None
) -> None:
    """Free the places that nobody has taken, of those whose own work a resume may give back.

    Part of the transaction that resumes the pause, which holds the locks on its people.
    """
    mine = (
        select(Offer.id)
        .join(Proposal, Proposal.id == Offer.proposal_id)
        .join(PlanRun, PlanRun.id == Proposal.plan_run_id)
        .join(Assignment, Assignment.contractor_id == Offer.contractor_id)
        .where(
            PlanRun.pause_id == pause_id,
            Assignment.suspended_by_pause_id == pause_id,
            or_(Offer.status == "pending", _is_declined_and_held()),
        )
    )
    rows = session.scalars(
        select(Offer)
        .where(Offer.id.in_(mine))
        .order_by(Offer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    instant = now or datetime.now(UTC)
    unanswered = [row for row in rows if row.status == "pending"]
    declined = [row for row in rows if row.status == "declined"]
    _withdraw(session, actor, unanswered, _RESUMED, instant, closes_pair=False)
    _let_go(session, actor, instant, declined)


def _is_declined_and_held() -> ColumnElement[bool]:
    return (Offer.status == "declined") & Offer.released_at.is_(None)


def _settle(
    session: Session, is_due: ColumnElement[bool], end: Callable[[Sequence[Offer]], None]
) -> int:
    """End the offers that are due, some at a time; return how many were."""
    num_ended = 0
    while True:
        num_found, num_due = _settle_some(session, is_due, end)
        num_ended += num_due
        if num_found < STEP:
            return num_ended


@retried
def _settle_some(
    session: Session, is_due: ColumnElement[bool], end: Callable[[Sequence[Offer]], None]
) -> tuple[int, int]:
    """End some offers; return how many looked due, and how many still were under the locks."""
    with transaction(session):
        found = session.scalars(select(Offer.id).where(is_due).order_by(Offer.id).limit(STEP)).all()
        rows = lock_offers(session, found)
        due = session.scalars(select(Offer.id).where(is_among(Offer.id, found), is_due)).all()
        end([rows[offer_id] for offer_id in sorted(due)])
    return len(found), len(due)


def _stop(session: Session, actor: Actor, now: datetime, rows: Sequence[Offer]) -> None:
    _withdraw(session, actor, rows, _STOPPED, now, closes_pair=False)


def _expire(session: Session, actor: Actor, now: datetime, rows: Sequence[Offer]) -> None:
    for row in rows:
        row.status = "expired"
    _free(session, actor, rows, "offer.expired", now)


def _let_go(session: Session, actor: Actor, now: datetime, rows: Sequence[Offer]) -> None:
    _free(session, actor, rows, "offer.released", now)


def _withdraw(
    session: Session,
    actor: Actor,
    rows: Sequence[Offer],
    note: str,
    now: datetime,
    *,
    closes_pair: bool = True,
) -> None:
    for row in rows:
        row.status = "withdrawn"
        row.withdrawn_by = actor.user_id
        row.note = note
    _free(session, actor, rows, "offer.withdrawn", now, closes_pair=closes_pair)


def _free(
    session: Session,
    actor: Actor,
    rows: Sequence[Offer],
    action: str,
    now: datetime,
    *,
    closes_pair: bool = True,
) -> None:
    """Free the places of ended offers, whose status is set; nobody can have worked on them.

    closes_pair  no later plan proposes the contractor for the project again
    """
    if not rows:
        return
    for row in rows:
        row.released_at = now
    session.flush()
    held = select(Proposal.id).where(is_among(Proposal.id, [row.proposal_id for row in rows]))
    session.execute(
        delete(Assignment).where(Assignment.proposal_id.in_(held), Assignment.status != "ended")
    )
    if closes_pair:
        pairs = [
            {
                "contractor_id": row.contractor_id,
                "project_id": row.project_id,
                "reason": _PAIR_WORDS[row.status],
                "rejected_by": actor.user_id,
            }
            for row in rows
        ]
        session.execute(insert(RejectedPair).on_conflict_do_nothing(), pairs)
    tell_ended(session, rows)
    record_all(session, actor=actor, action=action, events=[_describe(row) for row in rows])


def _describe(row: Offer) -> Event:
    before = "declined" if row.status == "declined" else "pending"
    after = {
        "status": row.status,
        "contractor_id": row.contractor_id,
        "project_id": row.project_id,
        "hours_per_week": row.hours_per_week,
        "reason": row.note if row.status == "withdrawn" else "",
    }
    return Event(("offer", row.id), {"status": before}, after)
