"""Pay groups: zone and first day of the pay week, and who is in which group."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import READ_GROUPS, WRITE_GROUPS
from app.api.ops.access import NumChangedSchema
from app.api.schemas import MAX_ROWS, build_items, build_key, build_schema, build_text
from app.api.sessions import get_session
from app.input_bounds import MAX_KEY
from app.services.payroll.pay_groups import (
    MAX_NAME,
    GroupRow,
    GroupSettings,
    list_groups,
    move_people,
    save_group,
)

desk = Desk("pay_groups", "Pay groups: whose pay week begins on which day, in which zone.")


class GroupSchema(Schema):
    """A pay group; `first_weekday` 0 is Monday."""

    name = build_text(required=True, most=MAX_NAME)
    zone = build_text(required=True, most=60)
    first_weekday = fields.Integer(strict=True, required=True, validate=validate.Range(0, 6))
    is_default = fields.Boolean(required=True, truthy={True}, falsy={False})


class SavedGroupSchema(Schema):
    """The group that was saved."""

    group_id = build_key()


class MoveSchema(Schema):
    """Whom to put into a group; null = out of any."""

    group_id = fields.Integer(
        strict=True, required=True, allow_none=True, validate=validate.Range(1, MAX_KEY)
    )
    contractor_ids = fields.List(
        build_text(required=True), required=True, validate=validate.Length(1, MAX_ROWS)
    )


@desk.operation("GET", "/pay-groups", READ_GROUPS, build_items(build_schema(GroupRow)))
def list_pay_groups() -> dict[str, Any]:
    """List pay groups, the default one first."""
    return {"items": list_groups(get_session())}


@desk.operation("POST", "/pay-groups", WRITE_GROUPS, SavedGroupSchema, body=GroupSchema, status=201)
def add_pay_group(body: dict[str, Any]) -> dict[str, int]:
    """Add a pay group."""
    return {
        "group_id": save_group(get_session(), actor=get_actor(), settings=GroupSettings(**body))
    }


@desk.operation(
    "PUT", "/pay-groups/<int:group_id>", WRITE_GROUPS, SavedGroupSchema, body=GroupSchema
)
def put_pay_group(body: dict[str, Any], group_id: int) -> dict[str, int]:
    """Change a pay group; weeks that have begun stay as they are."""
    settings = GroupSettings(**body)
    save_group(get_session(), actor=get_actor(), settings=settings, group_id=group_id)
    return {"group_id": group_id}


@desk.operation("POST", "/pay-groups/people", WRITE_GROUPS, NumChangedSchema, body=MoveSchema)
def move_into_group(body: dict[str, Any]) -> dict[str, int]:
    """Put contractors into a pay group, or out of any."""
    return {"num_changed": move_people(get_session(), actor=get_actor(), **body)}
