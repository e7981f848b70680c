"""Reminders of offers that end soon, once for each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Offer
from app.services.access.access import Actor
from app.services.auditing.audit import Event, record_all
from app.services.messages.offer_news import tell_reminded
from app.services.transaction import retried, transaction

REMIND_BEFORE = timedelta(hours=12)
"""How long before its end an offer is called to mind; a short one in its last quarter."""

_STEP = 1000


@retried
def remind_of_offers(session: Session, *, actor: Actor, now: datetime | None = None) -> int:
    """Remind those who have not answered an offer that ends soon; return how many.

    now  an instant with its zone, None = this one
    """
    instant = now or datetime.now(UTC)
    notice = func.least(REMIND_BEFORE, (Offer.expires_at - Offer.sent_at) / 4)
    due = (
        select(Offer)
        .where(
            Offer.status == "pending",
            Offer.reminded_at.is_(None),
            Offer.expires_at > instant,
            Offer.expires_at - notice <= instant,
        )
        .order_by(Offer.id)
        .limit(_STEP)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    with transaction(session):
        offers = session.scalars(due).all()
        for offer in offers:
            offer.reminded_at = instant
        tell_reminded(session, offers)
        events = [
            Event(("offer", offer.id), None, {"contractor_id": offer.contractor_id})
            for offer in offers
        ]
        record_all(session, actor=actor, action="offer.reminded", events=events)
    return len(offers)
