"""The page of a plan run: progress while it is solved, certificate and proposals after."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Refused
from app.services.access.access import Permission
from app.services.desk.pauses import get_pause
from app.services.desk.plans import get_run, list_progress, list_runs
from app.services.desk.scenarios import find_project_names
from app.services.desk.unplaced import list_blockers
from app.services.plans.planning import stop_plan
from app.web.guard import get_actor, permit
from app.web.ops.blueprint import blueprint
from app.web.ops.certificate_words import build_certificate_words
from app.web.ops.live import LiveUrls, build_live, read_stop
from app.web.ops.policy_choices import get_policy_title, list_policy_choices
from app.web.ops.policy_sentences import describe_settings
from app.web.ops.policy_words import BLOCKER_WORDS
from app.web.ops.progress_chart import build_rows
from app.web.sessions import get_session


@blueprint.get("/plans/<int:run_id>")
@permit(Permission.VIEW_OPS)
def plan(run_id: int) -> ResponseReturnValue:
    """Show a plan run."""
    session = get_session()
    run = get_run(session, run_id)
    points = list_progress(session, run_id)
    live = build_live(run, points, _list_urls(run_id))
    return render_template(
        "ops/plan.html",
        run=run,
        pause=get_pause(session, run.pause_id),
        runs=list_runs(session, run.pause_id),
        words=build_certificate_words(run),
        live=live,
        charts=live.charts,
        asked=describe_settings(
            run.settings, find_project_names(session, run.settings.excluded_project_ids)
        ),
        rows=build_rows(points),
        blockers=list_blockers(session, run_id),
        blocker_words=BLOCKER_WORDS,
        policies=list_policy_choices(session),
        policy_title=get_policy_title(run.policy),
    )


@blueprint.get("/plans/<int:run_id>/progress")
@permit(Permission.VIEW_OPS)
def plan_progress(run_id: int) -> ResponseReturnValue:
    """Return the live part of the page, and its buttons when they are not as `seen`."""
    run = get_run(get_session(), run_id)
    live = build_live(run, list_progress(get_session(), run_id), _list_urls(run_id))
    return render_template(
        "ops/plan_live.html",
        live=live,
        with_actions=request.args.get("seen") != live.state,
        is_oob=True,
    )


@blueprint.get("/plans/<int:run_id>/progress/table")
@permit(Permission.VIEW_OPS)
def plan_progress_table(run_id: int) -> ResponseReturnValue:
    """Return the numbers behind the charts, as they are now."""
    get_run(get_session(), run_id)
    rows = build_rows(list_progress(get_session(), run_id))
    return render_template("ops/plan_progress_table.html", rows=rows)


@blueprint.post("/plans/<int:run_id>/stop")
@permit(Permission.PLAN)
def stop(run_id: int) -> ResponseReturnValue:
    """End a run now: with the best plan so far, or with nothing."""
    keep = read_stop()
    try:
        stop_plan(get_session(), actor=get_actor(), plan_run_id=run_id, keep=keep)
    except Refused as refused:
        flash(refused.sentence, "bad")
    return redirect(url_for("ops.plan", run_id=run_id))


def _list_urls(run_id: int) -> LiveUrls:
    return LiveUrls(
        page=url_for("ops.plan", run_id=run_id),
        progress=url_for("ops.plan_progress", run_id=run_id),
        table=url_for("ops.plan_progress_table", run_id=run_id),
        stop=url_for("ops.stop", run_id=run_id),
    )
