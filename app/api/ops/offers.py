"""Offers as the ops desk sees them, and taking them back."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.guard import get_actor, get_client_ids
from app.api.needs import LIST_OPS, WITHDRAW
from app.api.pages import Cut, PageQuery
from app.api.schemas import (
    MAX_ROWS,
    build_choice,
    build_key,
    build_schema,
    build_text,
)
from app.api.sessions import get_session
from app.input_bounds import MAX_KEY
from app.models import OFFER_STATUSES
from app.services.desk.offers import OfferFilter, OfferRow, list_offers
from app.services.offers.offer_endings import withdraw_offers
from app.services.paging import Page, PageRequest

desk = Desk("offers", "Offers of work to contractors, and their answers.")


class OfferQuery(PageQuery):
    """Narrows offers."""

    text = build_text()
    state = build_choice(OFFER_STATUSES)
    pause_id = fields.Integer(load_default=None, validate=validate.Range(1, MAX_KEY))


class WithdrawalSchema(Schema):
    """Which offers are taken back, and why: the contractors read it."""

    offer_ids = fields.List(build_key(), required=True, validate=validate.Length(1, MAX_ROWS))
    reason = build_text(required=True, most=1_000)


class WithdrawnSchema(Schema):
    """How many offers were taken back; answered ones and those over are left alone."""

    num_withdrawn = fields.Integer(required=True)


@desk.listing("/offers", LIST_OPS, build_schema(OfferRow), Cut("offer_id", int), query=OfferQuery)
def list_all_offers(filters: dict[str, Any], page: PageRequest) -> Page[OfferRow]:
    """List offers and their answers."""
    narrowed = OfferFilter(**filters, client_ids=get_client_ids())
    return list_offers(get_session(), narrowed, page)


@desk.operation("POST", "/offers/withdraw", WITHDRAW, WithdrawnSchema, body=WithdrawalSchema)
def withdraw_some(body: dict[str, Any]) -> dict[str, int]:
    """Take back offers that nobody has answered."""
    num_withdrawn = withdraw_offers(get_session(), actor=get_actor(), **body)
    return {"num_withdrawn": num_withdrawn}
