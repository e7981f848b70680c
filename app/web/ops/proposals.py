"""Deciding on proposals, in bulk and one at a time, and the page of one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.errors import InvalidValue
from app.services.access import Permission
from app.services.desk.pauses import get_pause
from app.services.desk.plans import get_run
from app.services.desk.proposals import get_proposal, list_open_versions, list_other_places
from app.services.reviewing import Outcome, approve_proposals, reject_proposals
from app.web.form_fields import read_form, refuse_unknown_fields
from app.web.guard import get_actor, permit
from app.web.listing import is_fragment
from app.web.ops.blueprint import blueprint
from app.web.ops.review import FILTER_NAMES, Decision, FailedRow, build_review, read_filter
from app.web.sessions import get_session

_VERBS = {"approve": "approved", "reject": "rejected"}
_FIELDS = (*FILTER_NAMES, "sort", "descending", "size", "row", "all_matching", "decision", "reason")


@blueprint.post("/plans/<int:run_id>/decisions")
@permit(Permission.REVIEW)
def decide(run_id: int) -> ResponseReturnValue:
    """Approve or reject the chosen rows, or all that match the filter."""
    session, form = get_session(), request.form
    refuse_unknown_fields(form, _FIELDS)
    run = get_run(session, run_id)
    if form.get("all_matching"):
        chosen = list_open_versions(session, run_id, read_filter(form))
    else:
        chosen = [_read_row(text) for text in form.getlist("row")]
    session.rollback()
    outcomes = _carry_out(form.get("decision", ""), chosen, form.get("reason", "").strip())
    decision = _summarise(form["decision"], outcomes)
    review = build_review(session, get_run(session, run_id), form, decision)
    if is_fragment():
        return render_template("ops/review.html", run=run, review=review)
    flash(f"{decision.num_done:,} {decision.verb}, {len(decision.failed):,} not.", "good")
    return redirect(url_for("ops.plan", run_id=run_id))


@blueprint.get("/proposals/<int:proposal_id>")
@permit(Permission.VIEW_OPS)
def proposal(proposal_id: int) -> ResponseReturnValue:
    """Show one proposal with what a manager weighs before deciding."""
    session = get_session()
    page = get_proposal(session, proposal_id)
    return render_template(
        "ops/proposal.html",
        page=page,
        pause=get_pause(session, page.pause_id),
        others=list_other_places(session, page.row, page.plan_run_id),
    )


@blueprint.post("/proposals/<int:proposal_id>/decision")
@permit(Permission.REVIEW)
def decide_one(proposal_id: int) -> ResponseReturnValue:
    """Approve or reject one proposal in the version that the person saw."""
    form = read_form("decision", "reason", "version")
    get_proposal(get_session(), proposal_id)
    get_session().rollback()
    chosen = [_read_row(f"{proposal_id}:{form.get('version', '')}")]
    (outcome,) = _carry_out(form.get("decision", ""), chosen, form.get("reason", ""))
    verb = _VERBS[form["decision"]]
    flash(f"{verb.capitalize()}." if outcome.ok else outcome.sentence, "good" if outcome.ok else "bad")
    return redirect(url_for("ops.proposal", proposal_id=proposal_id))


def _carry_out(decision: str, chosen: list[tuple[int, int]], reason: str) -> list[Outcome]:
    if decision == "approve":
        return approve_proposals(get_session(), actor=get_actor(), ids_with_versions=chosen)
    if decision == "reject":
        return reject_proposals(
            get_session(), actor=get_actor(), ids_with_versions=chosen, reason=reason
        )
    raise InvalidValue("decision", decision, "approve or reject")


def _read_row(text: str) -> tuple[int, int]:
    proposal_id, _colon, version = text.partition(":")
    if not (proposal_id.isdecimal() and version.isdecimal()):
        raise InvalidValue("row", text, "a proposal and its version")
    return int(proposal_id), int(version)


def _summarise(decision: str, outcomes: list[Outcome]) -> Decision:
    session = get_session()
    failed = []
    for outcome in outcomes:
        if not outcome.ok:
            row = get_proposal(session, outcome.proposal_id).row
            failed.append(FailedRow(row.proposal_id, row.name, row.codename, outcome.sentence))
    return Decision(_VERBS[decision], len(outcomes) - len(failed), failed)
