"""A contractor's own offers and work."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_actor, get_contractor_id
from app.api.needs import ANSWER_OWN_OFFERS, READ_OWN_OFFERS, READ_OWN_WORK
from app.api.schemas import build_choice, build_schema, build_text
from app.api.sessions import get_session
from app.models import DECLINE_REASONS
from app.services.offers.offer_answers import MAX_NOTE, accept_offer, decline_offer, undo_answer
from app.services.own_work.my_offers import OwnOffer, OwnOffers, get_own_offer, list_own_offers
from app.services.own_work.my_work import MyWork, get_my_work

desk = Desk("own_work", "A contractor's own assignments and offers.")

OwnOfferSchema = build_schema(OwnOffer)


class DeclineSchema(Schema):
    """Why work is turned down; both may be left out."""

    reason = build_choice(DECLINE_REASONS)
    note = build_text(most=MAX_NOTE)


@desk.operation("GET", "/own/assignments", READ_OWN_WORK, build_schema(MyWork))
def get_own_work() -> MyWork:
    """Read one's own assignments: suspended, of now, and to come."""
    return get_my_work(get_session(), get_contractor_id(), today=get_today())


@desk.operation("GET", "/own/offers", READ_OWN_OFFERS, build_schema(OwnOffers))
def list_mine() -> OwnOffers:
    """Read one's own offers: those that wait for an answer, and the latest others."""
    return list_own_offers(get_session(), get_contractor_id(), now=datetime.now(UTC))


@desk.operation("GET", "/own/offers/<int:offer_id>", READ_OWN_OFFERS, OwnOfferSchema)
def get_mine(offer_id: int) -> OwnOffer:
    """Read one of one's own offers."""
    return _read(offer_id)


@desk.operation("POST", "/own/offers/<int:offer_id>/accept", ANSWER_OWN_OFFERS, OwnOfferSchema)
def accept_mine(offer_id: int) -> OwnOffer:
    """Take the work; again changes nothing."""
    accept_offer(get_session(), actor=get_actor(), offer_id=offer_id)
    return _read(offer_id)


@desk.operation(
    "POST",
    "/own/offers/<int:offer_id>/decline",
    ANSWER_OWN_OFFERS,
    OwnOfferSchema,
    body=DeclineSchema,
)
def decline_mine(body: dict[str, Any], offer_id: int) -> OwnOffer:
    """Turn the work down; again changes nothing."""
    decline_offer(get_session(), actor=get_actor(), offer_id=offer_id, **body)
    return _read(offer_id)


@desk.operation("POST", "/own/offers/<int:offer_id>/undo", ANSWER_OWN_OFFERS, OwnOfferSchema)
def undo_mine(offer_id: int) -> OwnOffer:
    """Take an answer back, within ten minutes."""
    undo_answer(get_session(), actor=get_actor(), offer_id=offer_id)
    return _read(offer_id)


def _read(offer_id: int) -> OwnOffer:
    return get_own_offer(get_session(), get_contractor_id(), offer_id, now=datetime.now(UTC))
