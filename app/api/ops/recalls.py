"""Recalls: who would return to a paused project, whom to leave out, what others would lose."""

from __future__ import annotations

from typing import Any

from flask import url_for
from marshmallow import Schema, fields, validate

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import PAUSE, PLAN, READ_OPS
from app.api.ops.access import NumChangedSchema
from app.api.ops.pauses import PlanOrderSchema
from app.api.ops.plan_options import build_options, choose_policy
from app.api.ops.plans import ProgressSchema, StopSchema
from app.api.pages import Cut, PageQuery
from app.api.schemas import MAX_ROWS, build_choice, build_key, build_schema, build_text
from app.api.sessions import get_session
from app.errors import NotFound
from app.services.desk.recalls import (
    STATES,
    RecallPage,
    ReturnRow,
    find_recall,
    get_recall_pause,
    list_recall_progress,
    list_returns,
)
from app.services.paging import Page, PageRequest
from app.services.recalls.recalling import choose_returns, request_recall, stop_recall

desk = Desk("recalls", "Recalls: plans of who returns when a pause ends.")

RecallSchema = build_schema(RecallPage, name="Recall", leave_out=("settings",))


class OrderedRecallSchema(Schema):
    """The recall that waits for a worker."""

    recall_id = build_key()


class ReturnQuery(PageQuery):
    """Narrows the suspended work that a recall decides on."""

    text = build_text()
    state = build_choice(STATES)


class ChoiceSchema(Schema):
    """Who is put on the list of returns, or taken off it; null means everybody."""

    contractor_ids = fields.List(
        build_text(required=True),
        required=True,
        allow_none=True,
        validate=validate.Length(1, MAX_ROWS),
    )
    chosen = fields.Boolean(required=True, truthy={True}, falsy={False})


@desk.operation("GET", "/pauses/<int:pause_id>/recall", READ_OPS, RecallSchema)
def get_recall_of_pause(pause_id: int) -> RecallPage:
    """Read the latest recall of a pause."""
    found = find_recall(get_session(), pause_id)
    if found is None:
        raise NotFound("recall", pause_id)
    return found


@desk.operation(
    "POST",
    "/pauses/<int:pause_id>/recall",
    PLAN,
    OrderedRecallSchema,
    body=PlanOrderSchema,
    status=202,
)
def order_recall(body: dict[str, Any], pause_id: int) -> Any:
    """Queue a recall of an open pause; nothing changes by it."""
    recall_id = request_recall(
        get_session(),
        actor=get_actor(),
        pause_id=pause_id,
        options=build_options(choose_policy(body["policy"])),
        today=get_today(),
    )
    location = url_for("recalls.get_recall_of_pause", pause_id=pause_id)
    return {"recall_id": recall_id}, 202, {"Location": location}


@desk.listing(
    "/recalls/<int:recall_id>/returns",
    READ_OPS,
    build_schema(ReturnRow),
    Cut("contractor_id", str),
    query=ReturnQuery,
)
def list_returns_of_recall(
    filters: dict[str, Any], page: PageRequest, recall_id: int
) -> Page[ReturnRow]:
    """List the suspended work that a recall decides on."""
    get_recall_pause(get_session(), recall_id)
    return list_returns(get_session(), recall_id, **filters, page=page)


@desk.operation(
    "POST", "/recalls/<int:recall_id>/choice", PAUSE, NumChangedSchema, body=ChoiceSchema
)
def choose_who_returns(body: dict[str, Any], recall_id: int) -> dict[str, int]:
    """Take people off the list of returns, or put them back."""
    changed = choose_returns(get_session(), actor=get_actor(), recall_id=recall_id, **body)
    return {"num_changed": changed}


@desk.operation("GET", "/recalls/<int:recall_id>/progress", READ_OPS, ProgressSchema)
def get_recall_progress(recall_id: int) -> dict[str, Any]:
    """Read how the solve has gone so far."""
    get_recall_pause(get_session(), recall_id)
    return {"items": list_recall_progress(get_session(), recall_id)}


@desk.operation("POST", "/recalls/<int:recall_id>/stop", PLAN, RecallSchema, body=StopSchema)
def stop_one_recall(body: dict[str, Any], recall_id: int) -> RecallPage:
    """End the planning of a recall now: with the best plan so far (`keep`), or with nothing."""
    stop_recall(get_session(), actor=get_actor(), recall_id=recall_id, keep=body["keep"])
    return get_recall_of_pause(get_recall_pause(get_session(), recall_id))
