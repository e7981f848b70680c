"""What a contractor reads of own offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Assignment, Offer, User
from app.services.offer_answers import UNDO, may_undo
from app.services.paging import Rows

_MOST_EARLIER = 30


@dataclass(frozen=True)
class OwnOffer:
    """One offer as its contractor sees it; rates in cents an hour of `currency`.

    state          `pending`, `accepted`, `declined`, `expired` or `withdrawn`; a pending one whose
                   time is over has expired
    is_stopped     pending, but its work was stopped meanwhile: it can't be accepted
    undo_until     when the answer becomes final, None when there is nothing to undo
    decided_by, decided_by_email  who approved it, None when a command did
    """

    offer_id: int
    codename: str
    hours_per_week: int
    starts_on: date
    ends_on: date | None
    pay_rate_cents: int
    previous_pay_rate_cents: int
    currency: str
    from_codenames: tuple[str, ...]
    asked: tuple[str, ...]
    reasons: tuple[str, ...]
    decided_by: str | None
    decided_by_email: str | None
    state: str
    is_stopped: bool
    sent_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    undo_until: datetime | None
    decline_reason: str
    note: str

    @property
    def rate_change_cents(self) -> int:
        """How much more an hour is paid than in the work that was lost."""
        return self.pay_rate_cents - self.previous_pay_rate_cents


@dataclass(frozen=True)
class OwnOffers:
    """A contractor's offers: those that wait, the earliest end first, and earlier ones."""

    waiting: tuple[OwnOffer, ...]
    earlier: tuple[OwnOffer, ...]


def list_own_offers(session: Session, contractor_id: str, *, now: datetime) -> OwnOffers:
    """Return what waits for an answer, and the latest of the others."""
    mine = _select().where(Offer.contractor_id == contractor_id)
    is_waiting = (Offer.status == "pending") & (Offer.expires_at > now)
    waiting = session.execute(mine.where(is_waiting).order_by(Offer.expires_at, Offer.id))
    earlier = session.execute(
        mine.where(~is_waiting).order_by(Offer.sent_at.desc(), Offer.id.desc()).limit(_MOST_EARLIER)
    )
    return OwnOffers(_build_all(waiting.all(), now), _build_all(earlier.all(), now))


def get_own_offer(
    session: Session, contractor_id: str, offer_id: int, *, now: datetime
) -> OwnOffer:
    """Return one offer; raises NotFound for somebody else's."""
    mine = _select().where(Offer.id == offer_id, Offer.contractor_id == contractor_id)
    row = session.execute(mine).first()
    if row is None:
        raise NotFound("offer", offer_id)
    return _build_all([row], now)[0]


def count_waiting(session: Session, contractor_id: str, *, now: datetime) -> int:
    """Return how many offers wait for the contractor's answer."""
    waiting = (
        select(func.count())
        .select_from(Offer)
        .where(
            Offer.contractor_id == contractor_id,
            Offer.status == "pending",
            Offer.expires_at > now,
        )
    )
    return session.scalar(waiting) or 0


def _select() -> Rows:
    return (
        select(Offer, User.name, User.email, Assignment.status)
        .outerjoin(User, User.id == Offer.decided_by)
        .outerjoin(Assignment, Assignment.proposal_id == Offer.proposal_id)
        .execution_options(populate_existing=True)
    )


def _build_all(rows: Sequence[Row[*tuple[Any, ...]]], now: datetime) -> tuple[OwnOffer, ...]:
    return tuple(_build(*row, now=now) for row in rows)


def _build(
    offer: Offer, decider: str | None, email: str | None, held: str | None, *, now: datetime
) -> OwnOffer:
    is_over = offer.status == "pending" and offer.expires_at <= now
    undo_until = None
    if offer.answered_at is not None and may_undo(offer, now):
        undo_until = offer.answered_at + UNDO
    return OwnOffer(
        offer_id=offer.id,
        codename=offer.codename,
        hours_per_week=offer.hours_per_week,
        starts_on=offer.starts_on,
        ends_on=offer.ends_on,
        pay_rate_cents=offer.pay_rate_cents,
        previous_pay_rate_cents=offer.previous_pay_rate_cents,
        currency=offer.currency,
        from_codenames=tuple(offer.from_codenames),
        asked=tuple(offer.asked),
        reasons=tuple(offer.reasons),
        decided_by=decider,
        decided_by_email=email,
        state="expired" if is_over else offer.status,
        is_stopped=offer.status == "pending" and held != "active",
        sent_at=offer.sent_at,
        expires_at=offer.expires_at,
        answered_at=offer.answered_at,
        undo_until=undo_until,
        decline_reason=offer.decline_reason,
        note=offer.note,
    )
