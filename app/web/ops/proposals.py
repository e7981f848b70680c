"""Deciding on proposals, in bulk and one at a time, and the page of one."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue
from app.services.access import Permission
from app.services.desk.pauses import get_pause
from app.services.desk.plans import get_run
from app.services.desk.proposals import (
    find_place_names,
    get_proposal,
    list_open_versions,
    list_other_places,
)
from app.services.reviewing import (
    Outcome,
    ProposalVersion,
    approve_proposals,
    reject_proposals,
)
from app.web.clock import get_today
from app.web.form_fields import read_form, refuse_unknown_fields
from app.web.guard import get_actor, permit
from app.web.input_limits import MAX_KEY, read_whole
from app.web.listing import is_fragment
from app.web.ops.blueprint import blueprint
from app.web.ops.review import FILTER_NAMES, Decision, FailedRow, build_review, read_filter
from app.web.sessions import get_session

_FAILURES_SHOWN = 20
_VERBS = {"approve": "approved", "reject": "rejected"}
_NO_REASON = "Give a reason, then reject again: it goes into the audit trail."
_FIELDS = (*FILTER_NAMES, "sort", "descending", "size", "row", "all_matching", "decision", "reason")


@blueprint.post("/plans/<int:run_id>/decisions")
@permit(Permission.REVIEW)
def decide(run_id: int) -> ResponseReturnValue:
    """Approve or reject the chosen rows, or all that match the filter."""
    session, form = get_session(), request.form
    refuse_unknown_fields(form, _FIELDS)
    get_run(session, run_id)
    chosen = _read_chosen(run_id)
    reason = form.get("reason", "").strip()
    if form.get("decision") == "reject" and not reason:
        return _render_review(run_id, problem=_NO_REASON)
    decision = _summarise(form["decision"], _carry_out(form["decision"], chosen, reason))
    return _render_review(run_id, decision=decision)


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
    back = redirect(url_for("ops.proposal", proposal_id=proposal_id))
    reason = form.get("reason", "")
    if form.get("decision") == "reject" and not reason:
        flash(_NO_REASON, "bad")
        return back
    chosen = [_read_row(f"{proposal_id}:{form.get('version', '')}")]
    (outcome,) = _carry_out(form.get("decision", ""), chosen, reason)
    flash(outcome.sentence, "good" if outcome.ok else "bad")
    return back


def _read_chosen(run_id: int) -> list[ProposalVersion]:
    form, session = request.form, get_session()
    if not form.get("all_matching"):
        return [_read_row(text) for text in form.getlist("row")]
    found = list_open_versions(session, run_id, read_filter(form))
    session.rollback()
    return [ProposalVersion(proposal_id, version) for proposal_id, version in found]


def _render_review(
    run_id: int, *, decision: Decision | None = None, problem: str = ""
) -> ResponseReturnValue:
    """Render the review part for htmx; without scripts, say it on the reloaded page."""
    if not is_fragment():
        said = problem or (decision.sentence if decision is not None else "")
        flash(said, "bad" if problem else "good")
        return redirect(url_for("ops.plan", run_id=run_id))
    session = get_session()
    run = get_run(session, run_id)
    review = build_review(session, run, request.form, decision=decision, problem=problem)
    return render_template("ops/review.html", run=run, review=review)


def _carry_out(
    decision: str, chosen: Sequence[ProposalVersion], reason: str
) -> tuple[Outcome, ...]:
    session, actor = get_session(), get_actor()
    if decision == "approve":
        return approve_proposals(session, actor=actor, proposals=chosen, today=get_today())
    if decision == "reject":
        return reject_proposals(session, actor=actor, proposals=chosen, reason=reason)
    raise InvalidValue("decision", decision, "approve or reject")


def _read_row(text: str) -> ProposalVersion:
    proposal_id, _colon, version = text.partition(":")
    key, seen = read_whole(proposal_id, MAX_KEY), read_whole(version, MAX_KEY)
    if key is None or seen is None:
        raise InvalidValue("row", text, "a proposal and its version")
    return ProposalVersion(key, seen)


def _summarise(decision: str, outcomes: Sequence[Outcome]) -> Decision:
    failed = [outcome for outcome in outcomes if not outcome.ok]
    shown = failed[:_FAILURES_SHOWN]
    places = find_place_names(get_session(), [outcome.proposal_id for outcome in shown])
    rows = [
        FailedRow(
            outcome.proposal_id,
            " on ".join(places[outcome.proposal_id]) if outcome.proposal_id in places else None,
            outcome.sentence,
        )
        for outcome in shown
    ]
    return Decision(_VERBS[decision], len(outcomes) - len(failed), len(failed), rows)
