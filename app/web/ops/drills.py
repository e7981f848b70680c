"""The pause drill: what a pause of each client would do, and how that changes over time."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Refused
from app.services.access.access import Permission
from app.services.desk.drills import (
    DrillRow,
    build_drill_state,
    find_latest_result,
    get_drill,
    get_drilled_client,
    list_drills,
)
from app.services.drills.drilling import request_drill
from app.services.paging import Page, PageRequest
from app.services.plans.policies import find_used_name, get_default_policy
from app.web.clock import get_today
from app.web.form_fields import read_form
from app.web.formatting import format_share
from app.web.guard import get_actor, permit
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.ops.drill_pictures import draw_spark, draw_trend
from app.web.ops.policy_choices import list_policy_choices
from app.web.sessions import get_session

_COLUMNS = (
    Column(
        "codenames",
        "Client's projects",
        lambda row: ", ".join(row.codenames),
        sorts=False,
        fixed=True,
    ),
    Column("num_affected", "People", number=True),
    Column("lost_hours", "Hours lost", number=True),
    Column(
        "share",
        "Coverable",
        lambda row: format_share(row.num_coverable, row.num_affected - row.num_away),
        number=True,
    ),
    Column("num_coverable", "People coverable", csv_only=True, sorts=False),
    Column(
        "trend",
        "Trend",
        lambda row: format_share(row.restorable_hours, row.lost_hours),
        sorts=False,
    ),
    Column("top_unlock", "Helps most", sorts=False),
    Column("finished_at", "Drilled"),
)
_SORTING = Sorting.of_columns(_COLUMNS, "share")


@blueprint.get("/drills")
@permit(Permission.VIEW_OPS, narrowed=True)
def drills() -> ResponseReturnValue:
    """List the latest drill of every client, the worst covered first."""
    query = read_list_query(request.args, (), _SORTING)
    client_ids = get_actor().client_ids

    def find_rows(page: PageRequest) -> Page[DrillRow]:
        return list_drills(get_session(), page, client_ids=client_ids)

    if asks_for_csv():
        return send_list("drills", _COLUMNS, query, find_rows)
    return render_template(
        "ops/drills.html",
        listing=build_listing(query, find_rows, _COLUMNS, "ops.drills"),
        state=build_drill_state(get_session(), client_ids=client_ids),
        policies=list_policy_choices(get_session()),
        default_policy=get_default_policy(get_session()),
        draw_spark=draw_spark,
    )


@blueprint.post("/drills")
@permit(Permission.PLAN)
def drill_all() -> ResponseReturnValue:
    """Drill every client now."""
    policy = read_form("policy").get("policy")
    try:
        request_drill(get_session(), actor=get_actor(), today=get_today(), policy=policy)
        flash("The drill has begun; each client takes up to half a minute.", "good")
    except Refused as refused:
        flash(refused.sentence, "bad")
    return redirect(url_for("ops.drills"))


@blueprint.get("/drills/<int:result_id>")
@permit(Permission.VIEW_OPS)
def drill(result_id: int) -> ResponseReturnValue:
    """Show one drill of one client, and those before it."""
    page = get_drill(get_session(), result_id)
    return render_template(
        "ops/drill.html", page=page, picture=draw_trend(page.past, datetime.now(UTC))
    )


@blueprint.post("/drills/<int:result_id>/again")
@permit(Permission.PLAN)
def drill_again(result_id: int) -> ResponseReturnValue:
    """Drill the client of a result once more, and go to what comes of it."""
    read_form()
    session = get_session()
    page = get_drill(session, result_id)
    client_id = get_drilled_client(session, result_id)
    session.rollback()
    try:
        request_drill(
            session,
            actor=get_actor(),
            today=get_today(),
            client_id=client_id,
            policy=find_used_name(session, page.policy),
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
    return redirect(url_for("ops.drill", result_id=find_latest_result(session, client_id)))
