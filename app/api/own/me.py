"""Who is calling, and what the token may be used for."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from app.api.desk import Desk
from app.api.guard import ANY_TOKEN, get_token

desk = Desk("me", "The account and the token that call.")


class MeSchema(Schema):
    """The account behind a token; `scopes` may be more than its roles allow by now."""

    user_id = fields.Integer(required=True)
    name = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    contractor_id = fields.String(required=True, allow_none=True)
    token = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    expires_at = fields.DateTime(required=True)


@desk.operation("GET", "/me", ANY_TOKEN, MeSchema)
def get_me() -> dict[str, Any]:
    """Say who is calling."""
    token = get_token()
    actor = token.actor
    return {
        "user_id": actor.user_id,
        "name": actor.name,
        "roles": sorted(actor.roles),
        "contractor_id": actor.contractor_id,
        "token": token.name,
        "scopes": sorted(token.scopes),
        "expires_at": token.expires_at,
    }
