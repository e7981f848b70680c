"""The access that a pause's people must lose: the list, and ticking it off."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import PAUSE, READ_OPS
from app.api.pages import Cut, PageQuery
from app.api.schemas import MAX_ROWS, build_choice, build_key, build_schema, build_text
from app.api.sessions import get_session
from app.models import ACCESS_KINDS
from app.services.desk.access_items import AccessRow, list_access
from app.services.desk.pauses import get_pause
from app.services.paging import Page, PageRequest
from app.services.pauses.access_items import STATES, AccessFilter, mark_access

desk = Desk("access", "What people must lose at a pause, for the system that takes it away.")


class AccessQuery(PageQuery):
    """Narrows the list; `name` goes with a kind."""

    text = build_text()
    state = build_choice(STATES)
    kind = build_choice(ACCESS_KINDS)
    name = build_text()


class TickSchema(Schema):
    """Which items are removed, or still to be removed."""

    item_ids = fields.List(build_key(), required=True, validate=validate.Length(1, MAX_ROWS))
    removed = fields.Boolean(required=True, truthy={True}, falsy={False})


class NumChangedSchema(Schema):
    """How many a call changed; those that were so already are left alone."""

    num_changed = fields.Integer(required=True)


@desk.listing(
    "/pauses/<int:pause_id>/access",
    READ_OPS,
    build_schema(AccessRow),
    Cut("item_id", int),
    query=AccessQuery,
)
def list_access_of_pause(
    filters: dict[str, Any], page: PageRequest, pause_id: int
) -> Page[AccessRow]:
    """List what the people of a pause must lose."""
    get_pause(get_session(), pause_id)
    return list_access(get_session(), pause_id, AccessFilter(**filters), page)


@desk.operation("POST", "/pauses/<int:pause_id>/access", PAUSE, NumChangedSchema, body=TickSchema)
def tick_access(body: dict[str, Any], pause_id: int) -> dict[str, int]:
    """Tick items off as removed, or take the ticks back."""
    changed = mark_access(get_session(), actor=get_actor(), pause_id=pause_id, **body)
    return {"num_changed": changed}
