"""A contractor's answer to an offer: accept, decline, and undo it for a short time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused, WallBreached
from app.models import DECLINE_REASONS, Assignment, HoursEntry, Offer
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.offers.offer_locks import lock_offers
from app.services.transaction import retried, transaction
from app.services.webhooks.webhook_news import tell_answer

UNDO = timedelta(minutes=10)
"""How long an answer can be undone; a declined place is held that long."""

MAX_NOTE = 1000

_SENTENCES = {
    "accepted": "You have accepted this offer already.",
    "declined": "You have declined this offer already.",
    "expired": "The time to answer is over: the work has gone on to somebody else.",
    "withdrawn": "Your ops team has withdrawn this offer.",
}


@retried
def accept_offer(
    session: Session, *, actor: Actor, offer_id: int, now: datetime | None = None
) -> None:
    """Take the work: from now on the assignment is the contractor's own.

    now  an instant with its zone, None = this one

    Accepting again changes nothing. Raises NotFound for somebody else's offer, or Refused
    (`declined`, `expired`, `withdrawn`, `stopped`, and `wall` where one has come since).
    """
    require(actor, Permission.ANSWER_OWN_OFFERS)
    try:
        _accept(session, actor, offer_id, now or datetime.now(UTC))
    except WallBreached as breach:
        # Whose competitor a codename's client is, is nothing for contractors to read.
        sentence = "This work can't be taken any more: your ops team knows why."
        raise Refused(breach.code, sentence) from breach


def _accept(session: Session, actor: Actor, offer_id: int, now: datetime) -> None:
    with transaction(session):
        offer = _lock_own(session, actor, offer_id)
        if offer.status == "accepted":
            return
        _check_open(offer, now)
        held = select(Assignment.status).where(Assignment.proposal_id == offer.proposal_id)
        if session.scalar(held) != "active":
            raise Refused("stopped", f"{offer.codename} has been stopped since it was offered.")
        offer.status = "accepted"
        offer.answered_at = now
        _record(session, actor, offer, "accepted", before="pending")


@retried
def decline_offer(
    session: Session,
    *,
    actor: Actor,
    offer_id: int,
    reason: str = "",
    note: str = "",
    now: datetime | None = None,
) -> None:
    """Turn the work down; its place is held until the answer can't be undone any more.

    reason  one of DECLINE_REASONS, blank = not said
    note    in the contractor's own words, at most MAX_NOTE characters
    now     an instant with its zone, None = this one

    Declining again changes nothing. Raises NotFound, InvalidValue, or Refused (`accepted`,
    `expired`, `withdrawn`).
    """
    require(actor, Permission.ANSWER_OWN_OFFERS)
    if reason not in ("", *DECLINE_REASONS):
        raise InvalidValue("reason", reason, "one of " + ", ".join(DECLINE_REASONS))
    if len(note) > MAX_NOTE:
        raise InvalidValue("note", f"{len(note)} characters", f"at most {MAX_NOTE}")
    instant = now or datetime.now(UTC)
    with transaction(session):
        offer = _lock_own(session, actor, offer_id)
        if offer.status == "declined":
            return
        _check_open(offer, instant)
        offer.status = "declined"
        offer.answered_at = instant
        offer.decline_reason = reason
        offer.note = note.strip()
        _record(session, actor, offer, "declined", before="pending")


@retried
def undo_answer(
    session: Session, *, actor: Actor, offer_id: int, now: datetime | None = None
) -> None:
    """Take an answer back within UNDO; the offer waits for an answer again, UNDO at least.

    Raises NotFound, or Refused (`not_answered`, `too_late`, `hours_logged`).
    """
    require(actor, Permission.ANSWER_OWN_OFFERS)
    instant = now or datetime.now(UTC)
    with transaction(session):
        offer = _lock_own(session, actor, offer_id)
        if offer.status not in {"accepted", "declined"} or offer.answered_at is None:
            raise Refused("not_answered", "There is no answer to undo.")
        if not may_undo(offer.answered_at, offer.released_at, instant):
            raise Refused("too_late", "An answer can be undone for 10 minutes.")
        if offer.status == "accepted" and _has_hours(session, offer):
            raise Refused("hours_logged", "You have logged hours on this work already.")
        before = offer.status
        offer.status = "pending"
        offer.answered_at = None
        offer.decline_reason = offer.note = ""
        offer.expires_at = max(offer.expires_at, instant + UNDO)
        _record(session, actor, offer, "undone", before=before)


def may_undo(answered_at: datetime, released_at: datetime | None, now: datetime) -> bool:
    """Tell whether an answer can be undone: just given, and nobody else has the place."""
    return released_at is None and now < answered_at + UNDO


def _lock_own(session: Session, actor: Actor, offer_id: int) -> Offer:
    owner = session.scalar(select(Offer.contractor_id).where(Offer.id == offer_id))
    if owner is None or owner != actor.contractor_id:
        raise NotFound("offer", offer_id)
    return lock_offers(session, [offer_id])[offer_id]


def _check_open(offer: Offer, now: datetime) -> None:
    """Raise Refused unless the offer waits for an answer."""
    status = offer.status
    if status == "pending" and now >= offer.expires_at:
        status = "expired"
    if status != "pending":
        raise Refused(status, _SENTENCES[status])


def _has_hours(session: Session, offer: Offer) -> bool:
    entries = (
        select(func.count())
        .select_from(HoursEntry)
        .join(Assignment, Assignment.assignment_id == HoursEntry.assignment_id)
        .where(Assignment.proposal_id == offer.proposal_id)
    )
    return bool(session.scalar(entries))


def _record(session: Session, actor: Actor, offer: Offer, verb: str, *, before: str) -> None:
    tell_answer(session, offer, verb)
    record(
        session,
        actor=actor,
        action=f"offer.{verb}",
        subject=("offer", offer.id),
        before={"status": before},
        after={
            "status": offer.status,
            "contractor_id": offer.contractor_id,
            "project_id": offer.project_id,
            "reason": offer.decline_reason,
            "note": offer.note,
        },
    )
