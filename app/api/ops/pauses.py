"""Pauses: order one, see what it would do, extend, resume or terminate it, plan it again."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from flask import url_for
from marshmallow import Schema, fields, validate

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_actor, get_client_ids
from app.api.needs import LIST_OPS, ORDER_PAUSE, PAUSE, PLAN, READ_OPS
from app.api.ops.people_scope import PeopleScopeSchema, read_people
from app.api.ops.plan_options import build_options, choose_policy
from app.api.pages import Cut, PageQuery
from app.api.schemas import (
    MAX_ROWS,
    TupleSchema,
    build_choice,
    build_day,
    build_items,
    build_key,
    build_moment,
    build_schema,
    build_text,
    nest_all,
)
from app.api.sessions import get_session
from app.models import REASON_CLASSES
from app.services.access.client_scopes import check_projects
from app.services.desk.pause_history import HistoryEvent, list_pause_history
from app.services.desk.pauses import PauseRow, find_pauses, get_pause, list_scope
from app.services.desk.plans import RunRow, list_runs
from app.services.paging import Page, PageRequest
from app.services.pauses.extending import extend_pause
from app.services.pauses.pause_impact import PauseImpact, find_pause_impact
from app.services.pauses.pausing import OpenedPause, open_pause
from app.services.pauses.resuming import ResumedPause, resume_pause
from app.services.pauses.terminating import TerminatedPause, terminate_pause
from app.services.plans.planning import request_plan

desk = Desk("pauses", "Pauses: work that stops from a moment on, and what becomes of it.")

_MAX_POLICY = 100


class PauseQuery(PageQuery):
    """Narrows pauses."""

    text = build_text()
    status = build_choice(("open", "resumed", "terminated"))


class ScopeSchema(PeopleScopeSchema):
    """What a pause stops: projects or all of one client's, for everybody or some people."""

    project_ids = fields.List(
        build_text(required=True), load_default=list, validate=validate.Length(max=MAX_ROWS)
    )
    client_id = fields.String(load_default=None, allow_none=True)
    effective_at = build_moment(required=True)
    policy = build_text(most=_MAX_POLICY)


class OrderSchema(ScopeSchema):
    """The order to pause."""

    zone = fields.String(load_default="UTC", validate=validate.Length(1, 60))
    reason_class = build_choice(REASON_CLASSES, required=True)
    comment = build_text()
    review_by = build_day()
    late_hours_until = build_moment()


class ExtensionSchema(Schema):
    """Until when a pause goes on before it is reviewed again."""

    review_by = build_day(required=True)
    late_hours_until = build_moment()
    comment = build_text()


class ChangedSchema(Schema):
    """Whether a call changed anything."""

    changed = fields.Boolean(required=True)


class ResumptionSchema(Schema):
    """How a pause ends; `recall_id` names the recall plan to resume by."""

    recall_id = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 2**63 - 1)
    )


class TerminationSchema(Schema):
    """Why work ends for good."""

    comment = build_text(required=True)


class PlanOrderSchema(Schema):
    """What another plan of a pause goes by; "" is the default policy."""

    policy = build_text(most=_MAX_POLICY)


class OrderedPlanSchema(Schema):
    """The plan run that waits for a worker."""

    plan_run_id = build_key()


class StoppedProjectSchema(TupleSchema):
    """A project that a pause stops."""

    project_id = fields.String(required=True)
    codename = fields.String(required=True)


class RunsSchema(Schema):
    """The plan runs of a pause, the latest first."""

    items = nest_all(build_schema(RunRow))


@desk.listing(
    "/pauses",
    LIST_OPS,
    build_schema(PauseRow),
    Cut("pause_id", int, descending=True),
    query=PauseQuery,
)
def list_all_pauses(filters: dict[str, Any], page: PageRequest) -> Page[PauseRow]:
    """List pauses, the latest first."""
    return find_pauses(get_session(), **filters, page=page, client_ids=get_client_ids())


@desk.operation(
    "POST", "/pauses", ORDER_PAUSE, build_schema(OpenedPause), body=OrderSchema, status=201
)
def order_pause(body: dict[str, Any]) -> Any:
    """Pause work and queue its plan; the access of the people is listed for removal."""
    opened = open_pause(
        get_session(),
        actor=get_actor(),
        **_read_scope(body),
        zone=body["zone"],
        reason_class=body["reason_class"],
        comment=body["comment"],
        review_by=body["review_by"],
        late_hours_until=body["late_hours_until"],
        options=build_options(choose_policy(body["policy"])),
    )
    location = url_for("pauses.get_one_pause", pause_id=opened.pause_id)
    return opened, 201, {"Location": location}


@desk.operation("POST", "/pauses/impact", ORDER_PAUSE, build_schema(PauseImpact), body=ScopeSchema)
def find_impact(body: dict[str, Any]) -> PauseImpact:
    """Say what a pause would do; changes nothing."""
    scope, client_ids = _read_scope(body), get_client_ids()
    check_projects(get_session(), client_ids, scope["project_ids"], scope["client_id"])
    policy = body["policy"] or None
    return find_pause_impact(get_session(), **scope, policy=policy, client_ids=client_ids)


@desk.operation("GET", "/pauses/<int:pause_id>", READ_OPS, build_schema(PauseRow))
def get_one_pause(pause_id: int) -> PauseRow:
    """Read one pause."""
    return get_pause(get_session(), pause_id)


@desk.operation("POST", "/pauses/<int:pause_id>/extend", PAUSE, ChangedSchema, body=ExtensionSchema)
def extend_one_pause(body: dict[str, Any], pause_id: int) -> dict[str, bool]:
    """Set the day by which a pause is to be reviewed, and the end for late hours."""
    changed = extend_pause(
        get_session(), actor=get_actor(), pause_id=pause_id, today=get_today(), **body
    )
    return {"changed": changed}


@desk.operation(
    "POST",
    "/pauses/<int:pause_id>/resume",
    PAUSE,
    build_schema(ResumedPause),
    body=ResumptionSchema,
)
def resume_one_pause(body: dict[str, Any], pause_id: int) -> ResumedPause:
    """End a pause: its people return, by a recall plan where one is named."""
    return resume_pause(
        get_session(), actor=get_actor(), pause_id=pause_id, today=get_today(), **body
    )


@desk.operation(
    "POST",
    "/pauses/<int:pause_id>/terminate",
    PAUSE,
    build_schema(TerminatedPause),
    body=TerminationSchema,
)
def terminate_one_pause(body: dict[str, Any], pause_id: int) -> TerminatedPause:
    """End paused work for good."""
    return terminate_pause(get_session(), actor=get_actor(), pause_id=pause_id, **body)


@desk.operation(
    "GET", "/pauses/<int:pause_id>/projects", READ_OPS, build_items(StoppedProjectSchema)
)
def list_projects_of_pause(pause_id: int) -> dict[str, Any]:
    """List the projects that a pause stops."""
    get_pause(get_session(), pause_id)
    return {"items": list_scope(get_session(), pause_id)}


@desk.operation(
    "GET", "/pauses/<int:pause_id>/history", READ_OPS, build_items(build_schema(HistoryEvent))
)
def list_history_of_pause(pause_id: int) -> dict[str, Any]:
    """List what happened to a pause, its plans and their proposals, the latest first."""
    get_pause(get_session(), pause_id)
    return {"items": list_pause_history(get_session(), pause_id)}


@desk.operation("GET", "/pauses/<int:pause_id>/plans", READ_OPS, RunsSchema)
def list_plans_of_pause(pause_id: int) -> dict[str, Any]:
    """List the plan runs of a pause, the latest first."""
    get_pause(get_session(), pause_id)
    return {"items": list_runs(get_session(), pause_id)}


@desk.operation(
    "POST",
    "/pauses/<int:pause_id>/plans",
    PLAN,
    OrderedPlanSchema,
    body=PlanOrderSchema,
    status=202,
)
def order_plan(body: dict[str, Any], pause_id: int) -> Any:
    """Queue another plan of a pause."""
    options = build_options(choose_policy(body["policy"]))
    run_id = request_plan(get_session(), actor=get_actor(), pause_id=pause_id, options=options)
    location = url_for("plans.get_one_plan", run_id=run_id)
    return {"plan_run_id": run_id}, 202, {"Location": location}


def _read_scope(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "project_ids": body["project_ids"],
        "client_id": body["client_id"],
        "people": read_people(body),
        "effective_at": body["effective_at"].astimezone(UTC),
    }
