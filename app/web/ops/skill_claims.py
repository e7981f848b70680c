"""Skills that contractors claim: confirmed or refused, one by one or many at once."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.models import CLAIM_STATUSES
from app.services.access.access import Permission
from app.services.desk.skill_claims import list_claims
from app.services.own_work.skill_claims import MAX_NOTE, decide_claims
from app.web.form_fields import read_form
from app.web.formatting import get_status_word, pluralise
from app.web.guard import get_actor, permit
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.sessions import get_session

_FILTERS = ("text", "status")
_COLUMNS = (
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("contractor", "Contractor", fixed=True),
    Column("skill", "Skill", fixed=True),
    Column("level", "Claimed level", number=True),
    Column("known_level", "Known level", number=True),
    Column("status", "State", lambda row: get_status_word(row.status), fixed=True),
    Column("claimed_at", "Claimed"),
    Column("note", "Note"),
)
_SORTING = Sorting.of_columns(_COLUMNS, "claimed_at")


@blueprint.get("/claims")
@permit(Permission.VIEW_OPS)
def skill_claims() -> ResponseReturnValue:
    """List claimed skills, those that wait unless asked otherwise."""
    query = read_list_query(request.args, _FILTERS, _SORTING)
    status = query.filters["status"]
    status = status if status in CLAIM_STATUSES else ""
    find_rows = partial(list_claims, get_session(), query.filters["text"], status)
    if asks_for_csv():
        return send_list("skill-claims", _COLUMNS, query, find_rows)
    return render_template(
        "ops/claims_table.html" if is_fragment() else "ops/claims.html",
        listing=build_listing(query, find_rows, _COLUMNS, "ops.skill_claims"),
        statuses=CLAIM_STATUSES,
        longest_note=MAX_NOTE,
    )


@blueprint.post("/claims")
@permit(Permission.REVIEW)
def decide_skill_claims() -> ResponseReturnValue:
    """Confirm or refuse what is chosen, and come back to the same list."""
    form = read_form(*_FILTERS, "sort", "descending", "size", "verb", "note", "row")
    keys = [_split(text) for text in request.form.getlist("row")]
    confirmed = form.get("verb") == "confirm"
    num_done = decide_claims(
        get_session(),
        actor=get_actor(),
        keys=[key for key in keys if key is not None],
        confirmed=confirmed,
        note=form.get("note", ""),
    )
    verb = "confirmed: the next plan counts them" if confirmed else "refused"
    flash(
        f"{pluralise(num_done, 'claim')} {verb}."
        if num_done
        else "Nothing changed: choose at least one claim of somebody else that waits.",
        "good" if num_done else "bad",
    )
    kept: dict[str, Any] = {
        name: form[name] for name in (*_FILTERS, "sort", "descending", "size") if form.get(name)
    }
    return redirect(url_for("ops.skill_claims", **kept))


def _split(text: str) -> tuple[str, str] | None:
    """Return the claim that a row of the form names, `contractor id, line break, skill`."""
    contractor_id, found, skill = text.replace("\r\n", "\n").partition("\n")
    return (contractor_id, skill) if found else None
