"""The recall of a pause: who returns, what others lose, and the resume by it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import NotFound, Refused
from app.services.access.access import Permission
from app.services.desk.pauses import get_pause
from app.services.desk.recalls import (
    STATES,
    RecallPage,
    ReturnRow,
    find_recall,
    get_recall_pause,
    list_recall_progress,
    list_return_ids,
    list_returns,
)
from app.services.paging import Page, PageRequest
from app.services.recalls.recalling import choose_returns, request_recall, stop_recall
from app.web.clock import get_today
from app.web.form_fields import read_form
from app.web.formatting import pluralise
from app.web.guard import get_actor, permit
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Listing, Sorting, build_listing, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.ops.live import Live, LiveUrls, build_live, read_stop
from app.web.ops.pauses import build_options
from app.web.ops.policy_choices import list_policy_choices
from app.web.ops.progress_chart import build_rows
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
    is_table = is_fragment() and listing is not None
    return render_template(
        "ops/recall_table.html" if is_table else "ops/recall.html",
        pause=pause,
        recall=found,
        live=_build_live(found) if found is not None and found.is_unfinished else None,
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


@blueprint.get("/recalls/<int:recall_id>/progress")
@permit(Permission.VIEW_OPS)
def recall_progress(recall_id: int) -> ResponseReturnValue:
    """Return the live part of the page, and its buttons when they are not as `seen`."""
    live = _build_live(_get_recall(recall_id))
    return render_template(
        "ops/plan_live.html",
        live=live,
        with_actions=request.args.get("seen") != live.state,
        is_oob=True,
    )


@blueprint.get("/recalls/<int:recall_id>/progress/table")
@permit(Permission.VIEW_OPS)
def recall_progress_table(recall_id: int) -> ResponseReturnValue:
    """Return the numbers behind the charts, as they are now."""
    get_recall_pause(get_session(), recall_id)
    rows = build_rows(list_recall_progress(get_session(), recall_id))
    return render_template("ops/plan_progress_table.html", rows=rows)


@blueprint.post("/recalls/<int:recall_id>/stop")
@permit(Permission.PLAN)
def recall_stop(recall_id: int) -> ResponseReturnValue:
    """End the planning of a recall now: with the best plan so far, or with nothing."""
    keep = read_stop()
    session = get_session()
    pause_id = get_recall_pause(session, recall_id)
    session.rollback()
    try:
        stop_recall(session, actor=get_actor(), recall_id=recall_id, keep=keep)
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


def _get_recall(recall_id: int) -> RecallPage:
    """Return a recall that is the latest of its pause; an older one is not watched any more."""
    session = get_session()
    found = find_recall(session, get_recall_pause(session, recall_id))
    if found is None or found.recall_id != recall_id:
        raise NotFound("recall", recall_id)
    return found


def _build_live(recall: RecallPage) -> Live:
    recall_id = recall.recall_id
    urls = LiveUrls(
        page=url_for("ops.recall", pause_id=recall.pause_id),
        progress=url_for("ops.recall_progress", recall_id=recall_id),
        table=url_for("ops.recall_progress_table", recall_id=recall_id),
        stop=url_for("ops.recall_stop", recall_id=recall_id),
    )
    return build_live(recall, list_recall_progress(get_session(), recall.recall_id), urls)
