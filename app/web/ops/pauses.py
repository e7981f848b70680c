"""Pausing: the list of pauses, and the dialog with its impact."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.errors import NotFound, Refused
from app.services.access.access import Permission
from app.services.access.client_names import reveal_clients
from app.services.access.client_scopes import check_projects
from app.services.desk.pause_choices import (
    list_common_skills,
    list_countries,
    list_pausable_projects,
)
from app.services.desk.pauses import PauseRow, find_pauses
from app.services.paging import Page, PageRequest
from app.services.pauses.pause_impact import PauseImpact, find_pause_impact
from app.services.pauses.pausing import open_pause
from app.services.plans.planning import PlanOptions
from app.services.plans.policies import get_default_policy
from app.web.form_fields import read_form, read_lists
from app.web.formatting import REASON_WORDS, get_status_word, pluralise
from app.web.guard import get_actor, permit
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.ops.pause_form import FIELDS, LISTS, PauseOrder, read_order, start_order
from app.web.ops.policy_choices import list_policy_choices
from app.web.ops.zones import ZONES, name_zone
from app.web.sessions import get_session

_COLUMNS = (
    Column("pause_id", "Pause", csv_only=True, sorts=False),
    Column("title", "Paused", fixed=True, sorts=False),
    Column("reason_class", "Reason", lambda row: REASON_WORDS[row.reason_class], csv_only=True),
    Column("status", "State", lambda row: get_status_word(row.status)),
    Column("num_people", "People affected", number=True),
    Column("effective_at", "Effective from"),
    Column("review_by", "Review by"),
    Column("run_status", "Plan", lambda row: get_status_word(row.run_status or ""), sorts=False),
    Column("num_proposed", "To decide", number=True),
)
_SORTING = Sorting.of_columns(_COLUMNS, "status")


@blueprint.get("/pauses")
@permit(Permission.VIEW_OPS, narrowed=True)
def pauses() -> ResponseReturnValue:
    """List pauses, the open ones first, narrowed by codename and status."""
    query = read_list_query(request.args, ("text", "status"), _SORTING)

    def find_rows(page: PageRequest) -> Page[PauseRow]:
        filters = query.filters
        return find_pauses(
            get_session(),
            text=filters["text"],
            status=filters["status"],
            page=page,
            client_ids=get_actor().client_ids,
        )

    if asks_for_csv():
        return send_list("pauses", _COLUMNS, query, find_rows)
    listing = build_listing(query, find_rows, _COLUMNS, "ops.pauses")
    return render_template("ops/pauses.html", listing=listing)


@blueprint.get("/pauses/new")
@permit(Permission.PAUSE, narrowed=True)
def new_pause() -> ResponseReturnValue:
    """Open the pause dialog, for a project if the address names one."""
    order = start_order(
        project_id=request.args.get("project"),
        now=datetime.now(UTC),
        policy=get_default_policy(get_session()),
    )
    return _render_dialog(order)


@blueprint.post("/pauses/impact")
@permit(Permission.PAUSE, narrowed=True)
def pause_impact() -> ResponseReturnValue:
    """Show what the order in the dialog would do; changes nothing."""
    order = _read_order()
    impact, refusal = _find_impact(order)
    return render_template("ops/pause_impact.html", order=order, impact=impact, refusal=refusal)


@blueprint.post("/pauses")
@permit(Permission.PAUSE, narrowed=True)
def create_pause() -> ResponseReturnValue:
    """Open the pause once its own impact has been shown, and go to the plan it queues."""
    order = _read_order()
    if order.errors or order.impact_seen != order.impact_key:
        return _render_dialog(order), 400
    try:
        opened = open_pause(
            get_session(),
            actor=get_actor(),
            project_ids=order.project_ids,
            client_id=order.client_id,
            people=order.people,
            effective_at=order.effective_at,
            zone=order.zone,
            reason_class=order.reason_class,
            comment=order.comment,
            review_by=order.review_by,
            late_hours_until=order.late_hours_until,
            options=build_options(order.policy),
        )
    except (Refused, NotFound) as refused:
        return _render_dialog(order, refusal=_explain(refused)), 409
    stopped = pluralise(opened.num_suspended, "assignment")
    flash(f"Paused: {stopped} stopped. The plan for these people is being made.", "good")
    return redirect(url_for("ops.plan", run_id=opened.plan_run_id))


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
        projects=list_pausable_projects(session, get_actor().client_ids),
        clients=reveal_clients(session, actor=get_actor()),
        countries=list_countries(session),
        skills=list_common_skills(session),
        zones=[(zone, name_zone(zone)) for zone in ZONES],
        policies=list_policy_choices(session),
        is_second_look=bool(order.impact_seen) and order.impact_seen != order.impact_key,
    )


def _read_order() -> PauseOrder:
    form = read_form(*FIELDS, *LISTS)
    return read_order(form, read_lists(*LISTS), now=datetime.now(UTC))


def _find_impact(order: PauseOrder) -> tuple[PauseImpact | None, str | None]:
    """Return the impact, or why there is none to show."""
    if not order.has_scope:
        return None, None
    session, client_ids = get_session(), get_actor().client_ids
    try:
        check_projects(session, client_ids, order.project_ids, order.client_id)
        impact = find_pause_impact(
            session,
            project_ids=order.project_ids,
            client_id=order.client_id,
            people=order.people,
            effective_at=order.effective_at,
            policy=order.policy,
            client_ids=client_ids,
        )
    except (Refused, NotFound) as refused:
        return None, _explain(refused)
    return impact, None


def _explain(refused: Refused | NotFound) -> str:
    if isinstance(refused, Refused):
        return refused.sentence
    if refused.kind == "contractor":
        return f"There is no contractor {refused.subject_id}: check the pasted list."
    return "There is no such project or client any more."
