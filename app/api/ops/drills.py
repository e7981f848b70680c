"""Pause drills: what a pause of each client would do, and how that changes over time."""

from __future__ import annotations

from typing import Any

from flask import url_for
from marshmallow import Schema, fields

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_actor, get_client_ids
from app.api.needs import LIST_OPS, PLAN, READ_OPS
from app.api.ops.pauses import PlanOrderSchema
from app.api.pages import Cut
from app.api.schemas import build_key, build_schema
from app.api.sessions import get_session
from app.services.desk.drills import (
    DrillPage,
    DrillRow,
    DrillState,
    build_drill_state,
    get_drill,
    get_drilled_client,
    list_drills,
)
from app.services.drills.drilling import request_drill
from app.services.paging import Page, PageRequest
from app.services.plans.policies import find_used_name

desk = Desk("drills", "Pause drills: what a pause of each client would do.")

DrillSchema = build_schema(
    DrillPage,
    name="Drill",
    leave_out=("settings",),
    more={"num_planned": fields.Integer(required=True)},
)


class OrderedDrillSchema(Schema):
    """The drill that waits for a worker; the list has its results as they come."""

    drill_id = build_key()


@desk.listing("/drills", LIST_OPS, build_schema(DrillRow), Cut("result_id", int))
def list_all_drills(_filters: dict[str, Any], page: PageRequest) -> Page[DrillRow]:
    """List the latest drill of every client, known by the codenames of its projects."""
    return list_drills(get_session(), page, client_ids=get_client_ids())


@desk.operation("GET", "/drills/state", LIST_OPS, build_schema(DrillState))
def get_drill_state() -> DrillState:
    """Read how many drills are under way, and which failed last."""
    return build_drill_state(get_session(), client_ids=get_client_ids())


@desk.operation("POST", "/drills", PLAN, OrderedDrillSchema, body=PlanOrderSchema, status=202)
def drill_everybody(body: dict[str, Any]) -> dict[str, int]:
    """Drill every client that has no drill under way."""
    drill_id = request_drill(
        get_session(), actor=get_actor(), today=get_today(), policy=body["policy"] or None
    )
    return {"drill_id": drill_id}


@desk.operation("GET", "/drills/<int:result_id>", READ_OPS, DrillSchema)
def get_one_drill(result_id: int) -> DrillPage:
    """Read one drill of one client, and those before it."""
    return get_drill(get_session(), result_id)


@desk.operation("POST", "/drills/<int:result_id>/again", PLAN, OrderedDrillSchema, status=202)
def drill_once_more(result_id: int) -> Any:
    """Drill the client of a result again, under the same policy."""
    session = get_session()
    page, client_id = get_drill(session, result_id), get_drilled_client(session, result_id)
    session.rollback()
    drill_id = request_drill(
        session,
        actor=get_actor(),
        today=get_today(),
        client_id=client_id,
        policy=find_used_name(session, page.policy),
    )
    return {"drill_id": drill_id}, 202, {"Location": url_for("drills.list_all_drills")}
