"""The offers of the ops desk: answers, who has not answered, and taking offers back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.models import OFFER_STATUSES
from app.services.access.access import Permission
from app.services.desk.offers import (
    OfferFilter,
    OfferRow,
    count_offers,
    list_offers,
    list_pending_ids,
)
from app.services.offers.offer_answers import MAX_NOTE
from app.services.offers.offer_endings import withdraw_offers
from app.web.contractor.offer_words import DECLINE_WORDS
from app.web.form_fields import read_form
from app.web.formatting import get_status_word, pluralise
from app.web.guard import get_actor, permit
from app.web.input_limits import MAX_KEY, read_whole
from app.web.list_columns import Column, to_units
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.sessions import get_session

_FILTERS = ("text", "state", "pause")


def describe_answer(row: OfferRow) -> str:
    """Return what a contractor said, or why an offer was withdrawn."""
    reason = DECLINE_WORDS.get(row.decline_reason, "")
    return ". ".join(text for text in (reason, row.note) if text)


_COLUMNS = (
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("contractor", "Contractor", fixed=True),
    Column("codename", "Project", fixed=True),
    Column("hours_per_week", "Hours", number=True),
    Column("starts_on", "Starts"),
    Column("pay_rate_cents", "Rate", lambda row: to_units(row.pay_rate_cents), number=True),
    Column("pay_change_cents", "Change", lambda row: to_units(row.pay_change_cents), csv_only=True),
    Column("currency", "Currency", csv_only=True, sorts=False),
    Column("state", "State", lambda row: get_status_word(row.state), fixed=True),
    Column("sent_at", "Sent", csv_only=True),
    Column("expires_at", "Answer by"),
    Column("answered_at", "Answered", csv_only=True),
    Column("decline_reason", "Said", describe_answer),
)
_SORTING = Sorting.of_columns(_COLUMNS, "expires_at")


@blueprint.get("/offers")
@permit(Permission.VIEW_OPS, narrowed=True)
def offers() -> ResponseReturnValue:
    """List offers and their answers."""
    session = get_session()
    query = read_list_query(request.args, _FILTERS, _SORTING)
    narrowed = _read_filter(query.filters)
    find_rows = partial(list_offers, session, narrowed)
    if asks_for_csv():
        return send_list("offers", _COLUMNS, query, find_rows)
    return render_template(
        "ops/offers_table.html" if is_fragment() else "ops/offers.html",
        listing=build_listing(query, find_rows, _COLUMNS, "ops.offers"),
        counts=count_offers(session, narrowed),
        states=OFFER_STATUSES,
        describe_answer=describe_answer,
        longest_note=MAX_NOTE,
    )


@blueprint.post("/offers/withdraw")
@permit(Permission.REVIEW, narrowed=True)
def withdraw_chosen_offers() -> ResponseReturnValue:
    """Take back what is chosen and unanswered, and come back to the same list."""
    form = read_form(*_FILTERS, "sort", "descending", "size", "reason", "row", "all_matching")
    session = get_session()
    kept: dict[str, Any] = {
        name: form[name] for name in (*_FILTERS, "sort", "descending", "size") if form.get(name)
    }
    back = redirect(url_for("ops.offers", **kept))
    reason = form.get("reason", "")
    if not reason:
        flash("Say why: the contractors read it.", "bad")
        return back
    if form.get("all_matching"):
        offer_ids = list_pending_ids(session, _read_filter(form))
    else:
        chosen = [read_whole(text, MAX_KEY) for text in request.form.getlist("row")]
        offer_ids = [key for key in chosen if key is not None]
    session.rollback()
    num_done = withdraw_offers(session, actor=get_actor(), offer_ids=offer_ids, reason=reason)
    flash(
        f"{pluralise(num_done, 'offer')} withdrawn: the places are free, and their contractors "
        "are told."
        if num_done
        else "Nothing changed: choose at least one that waits for an answer.",
        "good" if num_done else "bad",
    )
    return back


def _read_filter(args: Mapping[str, str]) -> OfferFilter:
    state = args.get("state", "")
    return OfferFilter(
        text=args.get("text", ""),
        state=state if state in OFFER_STATUSES else "",
        pause_id=read_whole(args.get("pause", ""), MAX_KEY),
        client_ids=get_actor().client_ids,
    )
