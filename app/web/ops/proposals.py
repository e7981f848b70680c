"""One proposal: its page, the drawer beside the list, and deciding on it."""

from __future__ import annotations

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.services.access.access import Permission
from app.services.desk.batches import get_batch
from app.services.desk.explanations import find_explanation
from app.services.desk.offers import find_offer
from app.services.desk.pauses import get_pause
from app.services.desk.proposals import get_proposal, list_other_places
from app.services.review.review_batches import open_batch
from app.services.review.review_steps import advance_batch
from app.web.clock import get_today
from app.web.denials import note_refusal
from app.web.form_fields import read_form
from app.web.guard import get_actor, permit
from app.web.listing import is_fragment
from app.web.ops.blueprint import blueprint
from app.web.ops.offers import describe_answer
from app.web.ops.review_views import NO_REASON, read_row, read_second_approval, render_batches
from app.web.ops.review_words import describe_batch
from app.web.sessions import get_session


@blueprint.get("/proposals/<int:proposal_id>")
@permit(Permission.VIEW_OPS)
def proposal(proposal_id: int) -> ResponseReturnValue:
    """Show one proposal with what a manager weighs before deciding; htmx gets the drawer."""
    return render_proposal(proposal_id)


@blueprint.post("/proposals/<int:proposal_id>/decision")
@permit(Permission.REVIEW)
def decide_one(proposal_id: int) -> ResponseReturnValue:
    """Approve, reject or publish one proposal in the version that the person saw."""
    form = read_form("decision", "reason", "version")
    session, actor = get_session(), get_actor()
    page = get_proposal(session, proposal_id)
    session.rollback()
    verb, reason = form.get("decision", ""), form.get("reason", "")
    if verb == "reject" and not reason:
        note_refusal("invalid")
        return _answer(proposal_id, NO_REASON)
    batch_id = open_batch(
        session,
        actor=actor,
        plan_run_id=page.plan_run_id,
        verb=verb,
        proposals=[read_row(f"{proposal_id}:{form.get('version', '')}")],
        second=read_second_approval(),
        reason=reason,
        scope=f"{page.row.name} on {page.row.codename}",
    )
    advance_batch(session, actor=actor, batch_id=batch_id, today=get_today())
    batch = get_batch(session, batch_id)
    if batch.num_refused:
        return _answer(proposal_id, batch.first_refusal)
    if is_fragment():
        return render_batches(page.plan_run_id)
    flash(describe_batch(batch), "good")
    return redirect(url_for("ops.proposal", proposal_id=proposal_id))


def _answer(proposal_id: int, problem: str) -> ResponseReturnValue:
    """Say why nothing was done, where the person looks."""
    if is_fragment():
        return render_proposal(proposal_id, problem=problem)
    flash(problem, "noted")
    return redirect(url_for("ops.proposal", proposal_id=proposal_id))


def render_proposal(
    proposal_id: int, *, problem: str = "", said: str = "", trigger: str = ""
) -> ResponseReturnValue:
    """Render the drawer or the page of a proposal.

    trigger  the event that the page hears, so that its list reads itself anew
    """
    session = get_session()
    page = get_proposal(session, proposal_id)
    body = render_template(
        "ops/drawer.html" if is_fragment() else "ops/proposal.html",
        page=page,
        pause=get_pause(session, page.pause_id),
        others=list_other_places(session, page.row, page.plan_run_id),
        offer=find_offer(session, proposal_id),
        describe_answer=describe_answer,
        why=find_explanation(session, page.plan_run_id, page.row.contractor_id),
        problem=problem,
        said=said,
    )
    response = make_response(body)
    if trigger:
        response.headers["HX-Trigger"] = trigger
    return response
