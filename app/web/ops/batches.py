"""Batches of decisions: their page with an outcome per row, and what can be done with them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Refused
from app.services.access.access import Permission
from app.services.desk.batches import OUTCOMES, BatchRow, get_batch, list_batch_rows
from app.services.desk.pauses import get_pause
from app.services.desk.plans import get_run
from app.services.paging import Page, PageRequest
from app.services.review.review_batches import confirm_batch, withdraw_batch
from app.services.review.review_undo import undo_batch
from app.web.form_fields import read_form
from app.web.formatting import format_number, pluralise
from app.web.guard import get_actor, permit
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.ops.review_views import carry_out, render_batches
from app.web.ops.review_words import OUTCOME_WORDS
from app.web.sessions import get_session

_COLUMNS = (
    Column("name", "Contractor", fixed=True),
    Column("codename", "Project", fixed=True),
    Column("hours_per_week", "Hours a week", number=True),
    Column("outcome", "Outcome", lambda row: OUTCOME_WORDS[row.outcome]),
    Column("sentence", "Why"),
)
_SORTING = Sorting.of_columns(_COLUMNS, "name")


@blueprint.get("/batches/<int:batch_id>")
@permit(Permission.VIEW_OPS)
def batch(batch_id: int) -> ResponseReturnValue:
    """Show a batch and what became of each of its rows."""
    session = get_session()
    found = get_batch(session, batch_id)
    run = get_run(session, found.plan_run_id)
    query = read_list_query(request.args, ("outcome",), _SORTING)
    asked = query.filters["outcome"]
    outcome = asked if asked in OUTCOMES else ""

    def find_rows(page: PageRequest) -> Page[BatchRow]:
        return list_batch_rows(session, batch_id, outcome, page)

    if asks_for_csv():
        return send_list(f"batch-{batch_id}", _COLUMNS, query, find_rows)
    return render_template(
        "ops/batch.html",
        batch=found,
        run=run,
        pause=get_pause(session, run.pause_id),
        listing=build_listing(query, find_rows, _COLUMNS, "ops.batch", batch_id=batch_id),
    )


@blueprint.post("/batches/<int:batch_id>/advance")
@permit(Permission.REVIEW)
def advance(batch_id: int) -> ResponseReturnValue:
    """Carry out the next step of a running batch."""
    read_form()
    run_id = get_batch(get_session(), batch_id).plan_run_id
    get_session().rollback()
    return carry_out(batch_id, run_id)


@blueprint.post("/batches/<int:batch_id>/confirm")
@permit(Permission.REVIEW)
def confirm(batch_id: int) -> ResponseReturnValue:
    """Let a waiting batch run, as its second approver."""
    read_form()
    run_id = get_batch(get_session(), batch_id).plan_run_id
    get_session().rollback()
    confirm_batch(get_session(), actor=get_actor(), batch_id=batch_id)
    return carry_out(batch_id, run_id)


@blueprint.post("/batches/<int:batch_id>/withdraw")
@permit(Permission.REVIEW)
def withdraw(batch_id: int) -> ResponseReturnValue:
    """Take a waiting batch back, or stop a running one."""
    read_form()
    run_id = get_batch(get_session(), batch_id).plan_run_id
    get_session().rollback()
    withdraw_batch(get_session(), actor=get_actor(), batch_id=batch_id)
    return _show(run_id)


@blueprint.post("/batches/<int:batch_id>/undo")
@permit(Permission.REVIEW)
def undo(batch_id: int) -> ResponseReturnValue:
    """Take back what a batch did, as far as nobody has built on it."""
    read_form()
    run_id = get_batch(get_session(), batch_id).plan_run_id
    get_session().rollback()
    try:
        undone, kept = undo_batch(get_session(), actor=get_actor(), batch_id=batch_id)
    except Refused:
        if is_fragment():
            raise
        flash("That cannot be undone any more.", "bad")
        return redirect(url_for("ops.review", run_id=run_id))
    rest = f", {format_number(kept)} kept: their rows say why" if kept else ""
    return _show(run_id, f"{pluralise(undone, 'proposal')} taken back{rest}.")


def _show(run_id: int, said: str = "") -> ResponseReturnValue:
    if is_fragment():
        return render_batches(run_id)
    if said:
        flash(said, "good")
    return redirect(url_for("ops.review", run_id=run_id))
