"""What a contractor reads of own offers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Assignment, Offer, User
from app.services.offers.offer_answers import UNDO, may_undo
from app.services.paging import Rows

_MOST_EARLIER = 30

_COLUMNS = (
    Offer.id,
    Offer.codename,
    Offer.hours_per_week,
    Offer.starts_on,
    Offer.ends_on,
    Offer.pay_rate_cents,
    Offer.previous_pay_rate_cents,
    Offer.currency,
    Offer.from_codenames,
    Offer.asked,
    Offer.reasons,
    Offer.status,
    Offer.sent_at,
    Offer.expires_at,
    Offer.answered_at,
    Offer.released_at,
    Offer.decline_reason,
    Offer.note,
)
"""Of an offer, what its contractor reads; columns, as whole objects take twice the time."""


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
    # One statement for both: the offers of one person are few.
    found = session.execute(mine.order_by(Offer.sent_at.desc(), Offer.id.desc()))
    offers = [_build(row, now=now) for row in found]
    earlier = [offer for offer in offers if offer.state != "pending"]
    return OwnOffers(_sort_waiting(offers), tuple(earlier[:_MOST_EARLIER]))


def list_waiting(session: Session, contractor_id: str, *, now: datetime) -> tuple[OwnOffer, ...]:
    """Return what waits for an answer, the earliest end first."""
    found = session.execute(_select().where(_build_is_waiting(contractor_id, now)))
    return _sort_waiting([_build(row, now=now) for row in found])


def get_own_offer(
    session: Session, contractor_id: str, offer_id: int, *, now: datetime
) -> OwnOffer:
    """Return one offer; raises NotFound for somebody else's."""
    mine = _select().where(Offer.id == offer_id, Offer.contractor_id == contractor_id)
    row = session.execute(mine).first()
    if row is None:
        raise NotFound("offer", offer_id)
    return _build(row, now=now)


def count_waiting(session: Session, contractor_id: str, *, now: datetime) -> int:
    """Return how many offers wait for the contractor's answer."""
    is_waiting = _build_is_waiting(contractor_id, now)
    return session.scalar(select(func.count()).select_from(Offer).where(is_waiting)) or 0


def _build_is_waiting(contractor_id: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        Offer.contractor_id == contractor_id, Offer.status == "pending", Offer.expires_at > now
    )


def _sort_waiting(offers: Iterable[OwnOffer]) -> tuple[OwnOffer, ...]:
    waiting = (offer for offer in offers if offer.state == "pending")
    return tuple(sorted(waiting, key=lambda offer: (offer.expires_at, offer.offer_id)))


def _select() -> Rows:
    return (
        select(
            *_COLUMNS,
            User.name.label("decided_by_name"),
            User.email.label("decided_by_email"),
            Assignment.status.label("held"),
        )
        .outerjoin(User, User.id == Offer.decided_by)
        .outerjoin(Assignment, Assignment.proposal_id == Offer.proposal_id)
    )


def _build(row: Row[*tuple[Any, ...]], *, now: datetime) -> OwnOffer:
    is_over = row.status == "pending" and row.expires_at <= now
    undo_until = None
    if row.answered_at is not None and may_undo(row.answered_at, row.released_at, now):
        undo_until = row.answered_at + UNDO
    return OwnOffer(
        offer_id=row.id,
        codename=row.codename,
        hours_per_week=row.hours_per_week,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        pay_rate_cents=row.pay_rate_cents,
        previous_pay_rate_cents=row.previous_pay_rate_cents,
        currency=row.currency,
        from_codenames=tuple(row.from_codenames),
        asked=tuple(row.asked),
        reasons=tuple(row.reasons),
        decided_by=row.decided_by_name,
        decided_by_email=row.decided_by_email,
        state="expired" if is_over else row.status,
        is_stopped=row.status == "pending" and row.held != "active",
        sent_at=row.sent_at,
        expires_at=row.expires_at,
        answered_at=row.answered_at,
        undo_until=undo_until,
        decline_reason=row.decline_reason,
        note=row.note,
    )
