"""The recall of a pause: who returns, what others lose, and the resume by it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Refused
from app.services.access import Permission
from app.services.desk.pauses import get_pause
from app.services.desk.recalls import (
    STATES,
    ReturnRow,
    find_recall,
    get_recall_pause,
    list_return_ids,
    list_returns,
)
from app.services.paging import Page, PageRequest
from app.services.recalling import choose_returns, request_recall
from app.web.clock import get_today
from app.web.form_fields import read_form
from app.web.formatting import pluralise
from app.web.guard import get_actor, permit
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Listing, Sorting, build_listing, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.ops.pauses import build_options
from app.web.ops.policy_choices import list_policy_choices
from app.web.sessions import get_session

_FILTERS = ("text", "state")
_COLUMNS = (
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("contractor", "Contractor", fixed=True),
    Column("country", "Country", csv_only=True, sorts=False),
    Column("codename", "Returns to"),
    Column("state", "Decision", lambda row: row.state.capitalize()),
    Column("hours_per_week", "Hours", number=True),
    Column("lost_hours", "Leaves", number=True),
    Column("leaves", "Leaves on", csv_only=True, sorts=False),
)
_SORTING = Sorting.of_columns(_COLUMNS, "contractor")


@blueprint.get("/pauses/<int:pause_id>/recall")
@permit(Permission.VIEW_OPS)
def recall(pause_id: int) -> ResponseReturnValue:
    """Show the latest recall of a pause, or how to ask for one."""
    session = get_session()
    pause = get_pause(session, pause_id)
    found = find_recall(session, pause_id)
    listing: Listing | None = None
    if found is not None and found.status == "succeeded":
        query = read_list_query(request.args, _FILTERS, _SORTING)
        text, state = query.filters["text"], query.filters["state"]

        def find_rows(page: PageRequest) -> Page[ReturnRow]:
            return list_returns(session, found.recall_id, text=text, state=state, page=page)

        if asks_for_csv():
            return send_list("recall", _COLUMNS, query, find_rows)
        listing = build_listing(query, find_rows, _COLUMNS, "ops.recall", pause_id=pause_id)
    # While it waits, the page asks for the whole of itself.
    is_table = is_fragment() and request.headers.get("HX-Target") == "returns"
    template = "ops/recall_table.html" if is_table and listing else "ops/recall.html"
    return render_template(
        template,
        pause=pause,
        recall=found,
        listing=listing,
        policies=list_policy_choices(session),
        states=STATES,
    )


@blueprint.post("/pauses/<int:pause_id>/recall")
@permit(Permission.PLAN)
def plan_recall(pause_id: int) -> ResponseReturnValue:
    """Queue a recall plan; nothing changes by it."""
    form = read_form("policy")
    try:
        request_recall(
            get_session(),
            actor=get_actor(),
            pause_id=pause_id,
            options=build_options(form.get("policy", "")),
            today=get_today(),
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
    return redirect(url_for("ops.recall", pause_id=pause_id))


@blueprint.post("/recalls/<int:recall_id>/choice")
@permit(Permission.PAUSE)
def choose_recalled(recall_id: int) -> ResponseReturnValue:
    """Take people off the list of returns, or put them back."""
    form = read_form(*_FILTERS, "sort", "descending", "size", "verb", "row", "all_matching")
    session = get_session()
    pause_id = get_recall_pause(session, recall_id)
    chosen = form.get("verb") == "put back"
    text, state = form.get("text", ""), form.get("state", "")
    people = (
        list_return_ids(session, recall_id, text=text, state=state)
        if form.get("all_matching")
        else request.form.getlist("row")
    )
    session.rollback()
    try:
        num_changed = choose_returns(
            session, actor=get_actor(), recall_id=recall_id, contractor_ids=people, chosen=chosen
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
    else:
        words = "back on the list" if chosen else "left out: they stay where they are"
        flash(f"{pluralise(num_changed, 'person', 'people')} {words}.", "good")
    kept: dict[str, Any] = {
        name: form[name] for name in (*_FILTERS, "sort", "descending", "size") if form.get(name)
    }
    return redirect(url_for("ops.recall", pause_id=pause_id, **kept))
