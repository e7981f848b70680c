"""Changing a proposal by hand with every rule checked while one types, pins, and blockers."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, Refused, Stale
from app.input_bounds import MOST_HOURS
from app.services.access.access import Permission
from app.services.desk.proposals import ProposalPage, get_proposal
from app.services.desk.review_projects import list_open_projects
from app.services.review.hand_changes import change_proposal, check_change, set_pin
from app.services.review.hand_verdicts import CheckedChange
from app.services.review.review_blockers import list_blocked_projects
from app.web.form_fields import read_form
from app.web.guard import get_actor, permit
from app.web.input_limits import read_whole
from app.web.listing import is_fragment
from app.web.ops.blueprint import blueprint
from app.web.ops.proposals import render_proposal
from app.web.ops.review_views import read_row
from app.web.sessions import get_session


@blueprint.get("/proposals/<int:proposal_id>/change")
@permit(Permission.REVIEW)
def change(proposal_id: int) -> ResponseReturnValue:
    """Show the form of a change; htmx asks for the verdict alone while one types."""
    page = get_proposal(get_session(), proposal_id)
    return _render_form(page, request.args.get("project", page.row.project_id), request.args)


@blueprint.post("/proposals/<int:proposal_id>/change")
@permit(Permission.REVIEW)
def save_change(proposal_id: int) -> ResponseReturnValue:
    """Give a proposal another project or other hours, in the version that the person saw."""
    form = read_form("project", "hours", "reason", "version")
    session = get_session()
    page = get_proposal(session, proposal_id)
    session.rollback()
    hours = read_hours(form.get("hours", ""))
    if hours is None:
        raise InvalidValue("hours", form.get("hours", ""), f"a whole number from 1 to {MOST_HOURS}")
    try:
        change_proposal(
            session,
            actor=get_actor(),
            wanted=read_row(f"{proposal_id}:{form.get('version', '')}"),
            project_id=form.get("project", ""),
            hours_per_week=hours,
            reason=form.get("reason", ""),
        )
    except (Refused, Stale) as error:
        return _render_form(page, form.get("project", ""), form, problem=error.sentence)
    return _show(proposal_id, "Changed. Later plans leave it as it is.")


@blueprint.post("/proposals/<int:proposal_id>/pin")
@permit(Permission.REVIEW)
def pin(proposal_id: int) -> ResponseReturnValue:
    """Keep later plans from changing a proposal, or let them."""
    form = read_form("pinned", "version")
    pinned = form.get("pinned") == "1"
    wanted = read_row(f"{proposal_id}:{form.get('version', '')}")
    try:
        set_pin(get_session(), actor=get_actor(), wanted=wanted, pinned=pinned)
    except (Refused, Stale) as error:
        if is_fragment():
            return render_proposal(proposal_id, problem=error.sentence)
        flash(error.sentence, "bad")
        return redirect(url_for("ops.proposal", proposal_id=proposal_id))
    return _show(proposal_id, "Pinned." if pinned else "The pin is off.")


@blueprint.get("/proposals/<int:proposal_id>/blockers")
@permit(Permission.VIEW_OPS)
def proposal_blockers(proposal_id: int) -> ResponseReturnValue:
    """Return what stands between the contractor and other projects, for the drawer."""
    blocked = list_blocked_projects(get_session(), proposal_id)
    return render_template("ops/blockers.html", blocked=blocked)


def _render_form(
    page: ProposalPage, project_id: str, fields: Mapping[str, str], *, problem: str = ""
) -> ResponseReturnValue:
    hours_text = fields.get("hours", str(page.row.hours_per_week))
    session = get_session()
    hours = read_hours(hours_text)
    checked: CheckedChange | None = None
    if hours is not None:
        checked = check_change(
            session,
            proposal_id=page.row.proposal_id,
            project_id=project_id,
            hours_per_week=hours,
        )
    only_verdict = request.headers.get("HX-Target") == "verdict"
    template = "ops/change_verdict.html" if only_verdict else "ops/change.html"
    return render_template(
        template,
        page=page,
        row=page.row,
        projects=() if only_verdict else list_open_projects(session),
        project_id=project_id,
        hours=hours_text,
        reason=fields.get("reason", ""),
        checked=checked,
        choosing=False,
        rate_now_cents=page.row.pay_rate_cents,
        currency=page.row.currency,
        problem=problem,
    )


def read_hours(text: str) -> int | None:
    """Return whole hours a week, 1 to MOST_HOURS; None for anything else."""
    hours = read_whole(text.strip(), MOST_HOURS)
    return hours or None


def _show(proposal_id: int, said: str) -> ResponseReturnValue:
    if not is_fragment():
        flash(said, "good")
        return redirect(url_for("ops.proposal", proposal_id=proposal_id))
    return render_proposal(proposal_id, said=said, trigger="proposals-changed")
