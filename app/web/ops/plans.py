"""The page of a plan run: progress while it is solved, certificate and proposals after."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, Refused
from app.services.access import Permission
from app.services.desk.pauses import get_pause
from app.services.desk.plans import RunPage, get_run, list_progress, list_runs
from app.services.desk.unplaced import list_blockers
from app.services.planning import stop_plan
from app.web.form_fields import read_form
from app.web.guard import get_actor, permit
from app.web.listing import is_fragment
from app.web.ops.blueprint import blueprint
from app.web.ops.certificate_words import build_certificate_words
from app.web.ops.policy_choices import get_policy_title, list_policy_choices
from app.web.ops.policy_words import BLOCKER_WORDS
from app.web.ops.progress_chart import HEIGHT, WIDTH, TierChart, build_charts
from app.web.ops.review import build_review
from app.web.sessions import get_session

_STOPS = {"keep": True, "cancel": False}


@blueprint.get("/plans/<int:run_id>")
@permit(Permission.VIEW_OPS)
def plan(run_id: int) -> ResponseReturnValue:
    """Show a plan run; htmx asks for the proposals' part alone."""
    session = get_session()
    run = get_run(session, run_id)
    review = None if run.certificate is None else build_review(session, run, request.args)
    if is_fragment() and review is not None:
        return render_template("ops/review.html", run=run, review=review)
    return render_template(
        "ops/plan.html",
        run=run,
        pause=get_pause(session, run.pause_id),
        runs=list_runs(session, run.pause_id),
        words=build_certificate_words(run),
        charts=_draw(run),
        chart_size=(WIDTH, HEIGHT),
        elapsed_s=_get_elapsed_s(run),
        blockers=list_blockers(session, run_id),
        blocker_words=BLOCKER_WORDS,
        policies=list_policy_choices(session),
        policy_title=get_policy_title(run.policy),
        review=review,
    )


@blueprint.get("/plans/<int:run_id>/progress")
@permit(Permission.VIEW_OPS)
def plan_progress(run_id: int) -> ResponseReturnValue:
    """Return the live part of the page; once the run has ended, ask for the whole page."""
    run = get_run(get_session(), run_id)
    body = render_template(
        "ops/plan_live.html",
        run=run,
        charts=_draw(run),
        chart_size=(WIDTH, HEIGHT),
        elapsed_s=_get_elapsed_s(run),
    )
    response = make_response(body)
    if not run.is_unfinished:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/plans/<int:run_id>/stop")
@permit(Permission.PLAN)
def stop(run_id: int) -> ResponseReturnValue:
    """End a run now: with the best plan so far, or with nothing."""
    how = read_form("how").get("how", "")
    if how not in _STOPS:
        raise InvalidValue("how", how, "keep or cancel")
    try:
        stop_plan(get_session(), actor=get_actor(), plan_run_id=run_id, keep=_STOPS[how])
    except Refused as refused:
        flash(refused.sentence, "bad")
    return redirect(url_for("ops.plan", run_id=run_id))


def _draw(run: RunPage) -> list[TierChart]:
    points = list_progress(get_session(), run.run_id)
    return build_charts(run.settings.aims.tiers, points, _get_elapsed_s(run))


def _get_elapsed_s(run: RunPage) -> float:
    if run.started_at is None:
        return 0.0
    end = run.finished_at or datetime.now(UTC)
    return max(0.0, (end - run.started_at).total_seconds())
