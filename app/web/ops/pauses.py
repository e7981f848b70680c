"""Pausing: the dialog with its impact, the page of a pause, re-plan and resume."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.errors import NotFound, Refused
from app.services.access import Permission
from app.services.desk.pauses import (
    get_pause,
    list_clients,
    list_pausable_projects,
    list_pauses,
)
from app.services.desk.plans import list_runs
from app.services.pause_impact import PauseImpact, find_pause_impact
from app.services.pausing import open_pause
from app.services.planning import PlanOptions, request_plan
from app.services.resuming import ResumedPause, resume_pause
from app.web.clock import get_today
from app.web.form_fields import read_form
from app.web.formatting import pluralise
from app.web.guard import get_actor, permit
from app.web.ops.blueprint import blueprint
from app.web.ops.pause_form import FIELDS, PauseOrder, read_order, start_order
from app.web.ops.policy_choices import list_policy_choices
from app.web.sessions import get_session


@blueprint.get("/pauses")
@permit(Permission.VIEW_OPS)
def pauses() -> ResponseReturnValue:
    """List every pause, the open ones first."""
    return render_template("ops/pauses.html", page={"pauses": list_pauses(get_session())})


@blueprint.get("/pauses/new")
@permit(Permission.PAUSE)
def new_pause() -> ResponseReturnValue:
    """Open the pause dialog, for a project if the address names one."""
    order = start_order(project_id=request.args.get("project"), now=datetime.now(UTC))
    return _render_dialog(order)


@blueprint.post("/pauses/impact")
@permit(Permission.PAUSE)
def pause_impact() -> ResponseReturnValue:
    """Show what the order in the dialog would do; changes nothing."""
    order = read_order(read_form(*FIELDS), now=datetime.now(UTC))
    impact, refusal = _find_impact(order)
    return render_template("ops/pause_impact.html", order=order, impact=impact, refusal=refusal)


@blueprint.post("/pauses")
@permit(Permission.PAUSE)
def create_pause() -> ResponseReturnValue:
    """Open the pause once its own impact has been shown, and go to the plan it queues."""
    order = read_order(read_form(*FIELDS), now=datetime.now(UTC))
    if order.errors or order.impact_seen != order.impact_key:
        return _render_dialog(order), 400
    try:
        opened = open_pause(
            get_session(),
            actor=get_actor(),
            project_ids=(order.project_id,) if order.project_id else (),
            client_id=order.client_id,
            effective_at=order.effective_at,
            reason_class=order.reason_class,
            comment=order.comment,
            review_by=order.review_by,
            options=build_options(order.policy),
        )
    except Refused as refused:
        return _render_dialog(order, refusal=refused.sentence), 409
    stopped = pluralise(opened.num_suspended, "assignment")
    flash(f"Paused: {stopped} stopped. The plan for these people is being made.", "good")
    return redirect(url_for("ops.plan", run_id=opened.plan_run_id))


@blueprint.get("/pauses/<int:pause_id>")
@permit(Permission.VIEW_OPS)
def pause(pause_id: int) -> ResponseReturnValue:
    """Show a pause, its plans, and how to end it."""
    session = get_session()
    return render_template(
        "ops/pause.html",
        pause=get_pause(session, pause_id),
        runs=list_runs(session, pause_id),
        policies=list_policy_choices(session),
        today=get_today(),
    )


@blueprint.post("/pauses/<int:pause_id>/plans")
@permit(Permission.PLAN)
def replan(pause_id: int) -> ResponseReturnValue:
    """Queue another plan of the pause; what is approved stays, what was rejected stays out."""
    form = read_form("policy")
    try:
        run_id = request_plan(
            get_session(),
            actor=get_actor(),
            pause_id=pause_id,
            options=build_options(form.get("policy", "")),
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
        return redirect(url_for("ops.pause", pause_id=pause_id))
    return redirect(url_for("ops.plan", run_id=run_id))


@blueprint.post("/pauses/<int:pause_id>/resume")
@permit(Permission.PAUSE)
def resume(pause_id: int) -> ResponseReturnValue:
    """End the pause: work goes on where it still can."""
    read_form()
    try:
        resumed = resume_pause(
            get_session(), actor=get_actor(), pause_id=pause_id, today=get_today()
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
        return redirect(url_for("ops.pause", pause_id=pause_id))
    restored = pluralise(resumed.num_restored, "assignment is", "assignments are")
    ended = f" {pluralise(resumed.num_ended, 'has', 'have')} ended." if resumed.num_ended else ""
    flash(f"Resumed: {restored} active again.{ended}{_describe_heirs(resumed)}", "good")
    return redirect(url_for("ops.pause", pause_id=pause_id))


def _describe_heirs(resumed: ResumedPause) -> str:
    if not resumed.num_handed_over:
        return ""
    waiting = pluralise(resumed.num_handed_over, "stays", "stay")
    return f" {waiting} suspended: a pause of the whole client is open."


def build_options(policy: str) -> PlanOptions:
    """Return the limits of a run as the settings give them."""
    settings: Settings = current_app.extensions["redeploy.settings"]
    return PlanOptions(
        policy=policy,
        time_limit_s=settings.solve_time_limit_s,
        workers=settings.solve_workers,
    )


def _render_dialog(order: PauseOrder, *, refusal: str | None = None) -> str:
    session = get_session()
    impact, problem = _find_impact(order)
    return render_template(
        "ops/pause_new.html",
        order=order,
        impact=impact,
        refusal=refusal or problem,
        projects=list_pausable_projects(session),
        clients=list_clients(session),
        policies=list_policy_choices(session),
        is_second_look=bool(order.impact_seen) and order.impact_seen != order.impact_key,
    )


def _find_impact(order: PauseOrder) -> tuple[PauseImpact | None, str | None]:
    """Return the impact, or why there is none to show."""
    if not order.has_scope:
        return None, None
    try:
        impact = find_pause_impact(
            get_session(),
            project_ids=(order.project_id,) if order.project_id else (),
            client_id=order.client_id,
            effective_at=order.effective_at,
        )
    except Refused as refused:
        return None, refused.sentence
    except NotFound:
        return None, "There is no such project or client any more."
    return impact, None
