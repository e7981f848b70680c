"""The contractor's offers: read, accepted, declined, and an answer undone."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.services.access.access import Permission
from app.services.offers.offer_answers import MAX_NOTE, accept_offer, decline_offer, undo_answer
from app.services.own_work.my_offers import get_own_offer, list_own_offers
from app.web.clock import get_today
from app.web.contractor.offer_words import DECLINE_WORDS
from app.web.contractor.own_contractor import get_contractor_id
from app.web.form_fields import read_form
from app.web.guard import get_actor, permit
from app.web.sessions import get_session

blueprint = Blueprint("offers", __name__, url_prefix="/my/offers")


@blueprint.get("")
@permit(Permission.ANSWER_OWN_OFFERS)
def index() -> ResponseReturnValue:
    """List what waits for an answer, and what became of earlier offers."""
    offers = list_own_offers(get_session(), get_contractor_id(), now=datetime.now(UTC))
    return render_template("offers/index.html", offers=offers, today=get_today())


@blueprint.get("/<int:offer_id>")
@permit(Permission.ANSWER_OWN_OFFERS)
def offer(offer_id: int) -> ResponseReturnValue:
    """Show one offer and, while it waits, the ways to answer it."""
    found = get_own_offer(get_session(), get_contractor_id(), offer_id, now=datetime.now(UTC))
    return render_template(
        "offers/offer.html",
        offer=found,
        today=get_today(),
        decline_words=DECLINE_WORDS,
        longest_note=MAX_NOTE,
    )


@blueprint.post("/<int:offer_id>/accept")
@permit(Permission.ANSWER_OWN_OFFERS)
def accept(offer_id: int) -> ResponseReturnValue:
    """Take the work."""
    read_form()
    accept_offer(get_session(), actor=get_actor(), offer_id=offer_id)
    return _show(offer_id)


@blueprint.post("/<int:offer_id>/decline")
@permit(Permission.ANSWER_OWN_OFFERS)
def decline(offer_id: int) -> ResponseReturnValue:
    """Turn the work down, with or without a reason."""
    form = read_form("reason", "note")
    decline_offer(
        get_session(),
        actor=get_actor(),
        offer_id=offer_id,
        reason=form.get("reason", ""),
        note=form.get("note", ""),
    )
    return _show(offer_id)


@blueprint.post("/<int:offer_id>/undo")
@permit(Permission.ANSWER_OWN_OFFERS)
def undo(offer_id: int) -> ResponseReturnValue:
    """Take the answer back."""
    read_form()
    undo_answer(get_session(), actor=get_actor(), offer_id=offer_id)
    flash("Your answer is taken back: the offer waits for you again.", "good")
    return _show(offer_id)


def _show(offer_id: int) -> Response:
    return redirect(url_for("offers.offer", offer_id=offer_id))
