"""The review desk: its page, decisions on chosen rows or on all that match, saved views."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.config import Settings
from app.errors import InvalidValue
from app.services.access.access import Permission
from app.services.desk.batches import get_batch
from app.services.desk.pauses import get_pause
from app.services.desk.plans import get_run
from app.services.desk.proposals import find_codenames, list_proposals, list_versions
from app.services.review.review_batches import open_batch
from app.services.review.review_stale import ProposalVersion
from app.services.review.review_steps import STEP, advance_batch
from app.services.review.saved_views import remove_view, save_view
from app.services.review.second_approval import SecondApproval
from app.web.clock import get_today
from app.web.denials import note_refusal
from app.web.form_fields import read_form, refuse_unknown_fields
from app.web.guard import get_actor, permit
from app.web.input_limits import MAX_KEY, MAX_VERSION, read_whole
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.ops.proposal_columns import PROPOSAL_COLUMNS
from app.web.ops.review import (
    FILTER_NAMES,
    LIST_NAME,
    SORTING,
    build_desk,
    build_review,
    read_filter,
)
from app.web.ops.review_words import (
    COVERAGE_WORDS,
    OUTCOME_WORDS,
    OVERRIDE_WORDS,
    PAY_WORDS,
    SINCE_WORDS,
    describe_batch,
    describe_cost,
    describe_filter,
)
from app.web.sessions import get_session

NO_REASON = "Give a reason, then reject again: it goes into the audit trail."
_FIELDS = (
    *FILTER_NAMES, "sort", "descending", "size", "page", "row", "all_matching", "seen",
    "decision", "reason",
)  # fmt: skip


@blueprint.context_processor
def add_words() -> dict[str, object]:
    """Give the desk's words to its templates."""
    return {
        "coverage_words": COVERAGE_WORDS,
        "outcome_words": OUTCOME_WORDS,
        "pay_words": PAY_WORDS,
        "since_words": SINCE_WORDS,
        "override_words": OVERRIDE_WORDS,
        "describe_batch": describe_batch,
        "describe_cost": describe_cost,
        "describe_filter": describe_filter,
    }


@blueprint.get("/plans/<int:run_id>/review")
@permit(Permission.VIEW_OPS)
def review(run_id: int) -> ResponseReturnValue:
    """Show the proposals of a plan; htmx asks for the list alone."""
    session = get_session()
    run = get_run(session, run_id)
    if asks_for_csv():
        query = read_list_query(request.args, FILTER_NAMES, SORTING)
        find_rows = partial(list_proposals, session, run_id, read_filter(query.filters))
        return send_list("proposals", PROPOSAL_COLUMNS, query, find_rows)
    listed = build_review(session, run, request.args)
    if is_fragment():
        return render_template("ops/review_list.html", run=run, review=listed)
    return render_template(
        "ops/review.html",
        run=run,
        pause=get_pause(session, run.pause_id),
        review=listed,
        desk=build_desk(session, run, get_actor()),
    )


@blueprint.post("/plans/<int:run_id>/decisions")
@permit(Permission.REVIEW)
def decide(run_id: int) -> ResponseReturnValue:
    """Open a batch on the chosen rows, or on all that match, and carry out its first step."""
    session, form = get_session(), request.form
    refuse_unknown_fields(form, _FIELDS)
    get_run(session, run_id)
    if form.get("decision") == "reject" and not form.get("reason", "").strip():
        return _render_problem(run_id, NO_REASON)
    chosen = _read_chosen(run_id)
    if form.get("all_matching") and read_whole(form.get("seen", ""), MAX_KEY) != len(chosen):
        sentence = (
            f"The list has changed: {len(chosen):,} proposals match now. Look, then decide again."
        )
        return _render_problem(run_id, sentence)
    scope = _describe_scope(len(chosen))
    session.rollback()
    batch_id = open_batch(
        session,
        actor=get_actor(),
        plan_run_id=run_id,
        verb=form["decision"],
        proposals=chosen,
        second=read_second_approval(),
        reason=form.get("reason", ""),
        scope=scope,
        query=_encode(form) if form.get("all_matching") else "",
    )
    return carry_out(batch_id, run_id)


@blueprint.post("/plans/<int:run_id>/views")
@permit(Permission.VIEW_OPS)
def save_review_view(run_id: int) -> ResponseReturnValue:
    """Keep the filter of the list under a name."""
    form = read_form("name", *FILTER_NAMES, "sort", "descending")
    get_run(get_session(), run_id)
    get_session().rollback()
    query = _encode(MultiDict(form))
    save_view(
        get_session(),
        actor=get_actor(),
        list_name=LIST_NAME,
        name=form.get("name", ""),
        query=query,
    )
    flash(f"View “{form['name']}” saved.", "good")
    return redirect(f"{url_for('ops.review', run_id=run_id)}?{query}")


@blueprint.post("/plans/<int:run_id>/views/<int:view_id>/remove")
@permit(Permission.VIEW_OPS)
def remove_review_view(run_id: int, view_id: int) -> ResponseReturnValue:
    """Forget one of the person's own views."""
    read_form()
    remove_view(get_session(), actor=get_actor(), view_id=view_id)
    flash("View removed.", "good")
    return redirect(url_for("ops.review", run_id=run_id))


def carry_out(batch_id: int, run_id: int) -> ResponseReturnValue:
    """Carry out the next step of a batch; without scripts, all of it. Show how far it is."""
    session = get_session()
    has_more = _advance(batch_id)
    if not is_fragment():
        while has_more:
            has_more = _advance(batch_id)
        batch = get_batch(session, batch_id)
        flash(describe_batch(batch), "good" if not batch.num_refused else "noted")
        return redirect(url_for("ops.review", run_id=run_id))
    return render_batches(run_id)


def _advance(batch_id: int) -> bool:
    return advance_batch(
        get_session(), actor=get_actor(), batch_id=batch_id, today=get_today(), step=STEP
    )


def render_batches(run_id: int) -> ResponseReturnValue:
    """Render the batches of a run; the list beside them reads itself anew."""
    session = get_session()
    run = get_run(session, run_id)
    desk = build_desk(session, run, get_actor())
    response = make_response(render_template("ops/batches.html", run=run, desk=desk))
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#batches", "outerHTML"
    # While rows are still being carried out, the list stays as it is.
    if not any(batch.status == "running" for batch in desk.open_batches):
        response.headers["HX-Trigger"] = "proposals-changed"
    return response


def read_second_approval() -> SecondApproval:
    """Return when a second approver is needed, as the settings say."""
    settings: Settings = current_app.extensions["redeploy.settings"]
    return SecondApproval(settings.second_approver_rows, settings.second_approver_raise)


def read_row(text: str) -> ProposalVersion:
    """Return the proposal and version of a row's checkbox; raises InvalidValue."""
    proposal_id, _colon, version = text.partition(":")
    key, seen = read_whole(proposal_id, MAX_KEY), read_whole(version, MAX_VERSION)
    if key is None or seen is None:
        raise InvalidValue("row", text, "a proposal and its version")
    return ProposalVersion(key, seen)


def _read_chosen(run_id: int) -> list[ProposalVersion]:
    form, session = request.form, get_session()
    if not form.get("all_matching"):
        return [read_row(text) for text in form.getlist("row")]
    found = list_versions(session, run_id, read_filter(form))
    session.rollback()
    return [ProposalVersion(proposal_id, version) for proposal_id, version in found]


def _render_problem(run_id: int, problem: str) -> ResponseReturnValue:
    if not is_fragment():
        flash(problem, "bad")
        return redirect(url_for("ops.review", run_id=run_id))
    note_refusal("invalid")
    session = get_session()
    run = get_run(session, run_id)
    listed = build_review(session, run, request.form, problem=problem)
    return render_template("ops/review_list.html", run=run, review=listed)


def _describe_scope(num_chosen: int) -> str:
    form = request.form
    if not form.get("all_matching"):
        return f"{num_chosen:,} chosen by hand"
    filters = read_list_query(form, FILTER_NAMES, SORTING).filters
    codenames = find_codenames(get_session(), [filters["project"]])
    return describe_filter(filters, next(iter(codenames), ""))


def _encode(values: MultiDict[str, str]) -> str:
    """Return the filter and order of a form as they stand in an address."""
    names = (*FILTER_NAMES, "sort", "descending")
    return urlencode([(name, values[name]) for name in names if values.get(name)])
