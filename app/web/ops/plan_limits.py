"""The page of what limits a plan: which hours, seats, budgets and skills, and what would help."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.errors import Refused
from app.services.access.access import Permission
from app.services.desk.pauses import get_pause
from app.services.desk.plans import get_run
from app.services.plans.plan_limits import find_limits, request_limits
from app.web.form_fields import read_form
from app.web.guard import get_actor, permit
from app.web.ops.blueprint import blueprint
from app.web.ops.limits_picture import draw_bottlenecks
from app.web.sessions import get_session


@blueprint.get("/plans/<int:run_id>/limits")
@permit(Permission.VIEW_OPS)
def plan_limits(run_id: int) -> ResponseReturnValue:
    """Show what limits a plan, once somebody has asked for it."""
    session = get_session()
    run = get_run(session, run_id)
    limits = find_limits(session, run_id)
    return render_template(
        "ops/plan_limits.html",
        run=run,
        pause=get_pause(session, run.pause_id),
        limits=limits,
        picture=None if limits is None else draw_bottlenecks(limits.bottlenecks),
    )


@blueprint.post("/plans/<int:run_id>/limits")
@permit(Permission.PLAN)
def find_plan_limits(run_id: int) -> ResponseReturnValue:
    """Have a worker find what limits the plan as it stands now."""
    read_form()
    try:
        request_limits(get_session(), actor=get_actor(), plan_run_id=run_id)
    except Refused as refused:
        flash(refused.sentence, "bad")
    return redirect(url_for("ops.plan_limits", run_id=run_id))
