"""Scenarios: asking for them, watching one, and all of a request side by side."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import NotFound, Refused
from app.services.access.access import Permission
from app.services.desk.pause_choices import (
    list_common_skills,
    list_countries,
    list_currencies,
    list_skill_names,
)
from app.services.desk.pauses import list_pauses
from app.services.desk.policies import list_project_names
from app.services.desk.scenarios import (
    ScenarioRow,
    find_project_names,
    get_scenarios,
    list_batch,
    list_scenario_progress,
    list_scenarios,
)
from app.services.paging import Page, PageRequest
from app.services.plans.horizon import MAX_DAYS_AHEAD
from app.services.plans.policies import get_default_policy
from app.services.plans.policy_settings import POLICY_NAMES
from app.services.scenarios.scenario_ending import remove_scenario, stop_scenario
from app.services.scenarios.scenarios import create_scenarios
from app.web.clock import get_today
from app.web.form_fields import read_form, read_lists
from app.web.guard import get_actor, permit
from app.web.input_limits import MAX_KEY, read_whole
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.ops.certificate_words import build_certificate_words
from app.web.ops.live import LiveUrls, build_live, read_stop
from app.web.ops.new_project_form import NEW_LINES, NewChoices
from app.web.ops.pauses import build_options
from app.web.ops.policy_choices import get_policy_title, list_policy_choices
from app.web.ops.policy_sentences import describe_settings
from app.web.ops.progress_chart import build_rows
from app.web.ops.scenario_form import (
    EXTRA_LINES,
    FIELDS,
    LISTS,
    ScenarioForm,
    read_scenario_form,
    start_scenario_form,
)
from app.web.ops.scenario_words import describe, say_case, say_extra
from app.web.sessions import get_session


def _say_covered(row: ScenarioRow) -> str:
    return "" if row.summary is None else str(row.summary["num_covered"])


_COLUMNS = (
    Column("scenario_id", "Number", csv_only=True, sorts=False),
    Column("policy", "Scenario", lambda row: get_policy_title(row.policy), fixed=True),
    Column("case", "Whose hours", say_case, sorts=False),
    Column("extra", "More demand", lambda row: "; ".join(say_extra(row)), sorts=False),
    Column("status", "State"),
    Column("covered", "People covered", _say_covered, number=True, sorts=False),
    Column("requested_at", "Asked for"),
)
_SORTING = Sorting.of_columns(_COLUMNS, "requested_at", descending=True)


@blueprint.get("/scenarios")
@permit(Permission.VIEW_OPS)
def scenarios() -> ResponseReturnValue:
    """List scenarios, the latest first; those ticked can be compared."""
    session = get_session()
    query = read_list_query(request.args, ("text",), _SORTING)

    def find_rows(page: PageRequest) -> Page[ScenarioRow]:
        return list_scenarios(session, text=query.filters["text"], page=page)

    if asks_for_csv():
        return send_list("scenarios", _COLUMNS, query, find_rows)
    template = "ops/scenarios_table.html" if is_fragment() else "ops/scenarios.html"
    listing = build_listing(query, find_rows, _COLUMNS, "ops.scenarios")
    return render_template(template, listing=listing, say_case=say_case, say_extra=say_extra)


@blueprint.get("/scenarios/new")
@permit(Permission.PLAN)
def scenario_new() -> ResponseReturnValue:
    """Open the form, for a pause and a policy if the address names them."""
    open_pauses = [row.pause_id for row in list_pauses(get_session(), status="open")]
    asked = read_whole(request.args.get("pause", ""), MAX_KEY)
    pause_id = asked if asked in open_pauses else next(iter(open_pauses), None)
    policy = request.args.get("policy") or get_default_policy(get_session())
    return _render_form(start_scenario_form(pause_id, policy, get_today()))


@blueprint.post("/scenarios")
@permit(Permission.PLAN)
def scenario_create() -> ResponseReturnValue:
    """Queue the scenarios of the form, and go to where they are compared."""
    session = get_session()
    form = read_scenario_form(
        read_form(*FIELDS, *LISTS),
        read_lists(*LISTS),
        list_project_names(session),
        NewChoices(list_skill_names(session), list_currencies(session)),
        today=get_today(),
    )
    if form.case is None:
        return _render_form(form), 400
    try:
        ids = create_scenarios(
            session,
            actor=get_actor(),
            case=form.case,
            variants=form.variants,
            made_up=form.made_up,
            options=build_options(POLICY_NAMES[0]),
        )
    except Refused as refused:
        return _render_form(form, refusal=refused.sentence), 409
    except NotFound as missing:
        sentence = f"There is no {missing.kind} {missing.subject_id} any more."
        return _render_form(form, refusal=sentence), 409
    return redirect(url_for("ops.scenario_compare", id=ids))


@blueprint.get("/scenarios/<int:scenario_id>")
@permit(Permission.VIEW_OPS)
def scenario(scenario_id: int) -> ResponseReturnValue:
    """Show one scenario: its search while it runs, then its certificate."""
    session = get_session()
    (row,) = get_scenarios(session, [scenario_id])
    points = list_scenario_progress(session, scenario_id)
    live = build_live(row, points, _list_urls(scenario_id))
    return render_template(
        "ops/scenario.html",
        row=row,
        title=describe(row),
        case=say_case(row),
        extra=say_extra(row),
        batch=list_batch(session, row.batch),
        words=build_certificate_words(row) if row.status == "succeeded" else None,
        live=live,
        charts=live.charts,
        asked=describe_settings(
            row.settings, find_project_names(session, row.settings.excluded_project_ids)
        ),
        rows=build_rows(points),
    )


@blueprint.get("/scenarios/<int:scenario_id>/progress")
@permit(Permission.VIEW_OPS)
def scenario_progress(scenario_id: int) -> ResponseReturnValue:
    """Return the live part of the page, and its buttons when they are not as `seen`."""
    (row,) = get_scenarios(get_session(), [scenario_id])
    points = list_scenario_progress(get_session(), scenario_id)
    live = build_live(row, points, _list_urls(scenario_id))
    return render_template(
        "ops/plan_live.html",
        live=live,
        with_actions=request.args.get("seen") != live.state,
        is_oob=True,
    )


@blueprint.get("/scenarios/<int:scenario_id>/progress/table")
@permit(Permission.VIEW_OPS)
def scenario_progress_table(scenario_id: int) -> ResponseReturnValue:
    """Return the numbers behind the charts, as they are now."""
    get_scenarios(get_session(), [scenario_id])
    rows = build_rows(list_scenario_progress(get_session(), scenario_id))
    return render_template("ops/plan_progress_table.html", rows=rows)


@blueprint.post("/scenarios/<int:scenario_id>/stop")
@permit(Permission.PLAN)
def scenario_stop(scenario_id: int) -> ResponseReturnValue:
    """End a scenario now: with the best plan so far, or with nothing."""
    keep = read_stop()
    try:
        stop_scenario(get_session(), actor=get_actor(), scenario_id=scenario_id, keep=keep)
    except Refused as refused:
        flash(refused.sentence, "bad")
    return redirect(url_for("ops.scenario", scenario_id=scenario_id))


@blueprint.post("/scenarios/<int:scenario_id>/remove")
@permit(Permission.PLAN)
def scenario_remove(scenario_id: int) -> ResponseReturnValue:
    """Delete a scenario with all that it found."""
    read_form()
    try:
        remove_scenario(get_session(), actor=get_actor(), scenario_id=scenario_id)
    except Refused as refused:
        flash(refused.sentence, "bad")
        return redirect(url_for("ops.scenario", scenario_id=scenario_id))
    flash("The scenario is gone. Nothing real depended on it.", "good")
    return redirect(url_for("ops.scenarios"))


def _list_urls(scenario_id: int) -> LiveUrls:
    return LiveUrls(
        page=url_for("ops.scenario", scenario_id=scenario_id),
        progress=url_for("ops.scenario_progress", scenario_id=scenario_id),
        table=url_for("ops.scenario_progress_table", scenario_id=scenario_id),
        stop=url_for("ops.scenario_stop", scenario_id=scenario_id),
    )


def _render_form(form: ScenarioForm, *, refusal: str | None = None) -> str:
    session, today = get_session(), get_today()
    return render_template(
        "ops/scenario_new.html",
        form=form,
        refusal=refusal,
        pauses=list_pauses(session, status="open"),
        projects=list_project_names(session),
        choices=list_policy_choices(session),
        extra_lines=EXTRA_LINES,
        new_lines=NEW_LINES,
        countries=list_countries(session),
        skills=list_common_skills(session),
        currencies=list_currencies(session),
        today=today,
        last_day=today + timedelta(days=MAX_DAYS_AHEAD),
    )
