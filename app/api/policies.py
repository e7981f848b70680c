"""Policies: the names that an order to plan may give."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from app.api.desk import Desk
from app.api.needs import LIST_OPS
from app.api.schemas import nest_all
from app.api.sessions import get_session
from app.services.desk.policies import list_policies
from app.services.policies import get_default_policy
from app.services.policy_settings import POLICY_NAMES

desk = Desk("policies", "Policies: what plans aim for, and in which order.")


class PolicySchema(Schema):
    """A policy in use; a saved one has a note of who made it."""

    name = fields.String(required=True)
    note = fields.String(required=True)
    is_saved = fields.Boolean(required=True)
    is_default = fields.Boolean(required=True)


class PoliciesSchema(Schema):
    """The policies that are always there, then the saved ones."""

    items = nest_all(PolicySchema)


@desk.operation("GET", "/policies", LIST_OPS, PoliciesSchema)
def list_all_policies() -> dict[str, Any]:
    """List the policies in use."""
    session = get_session()
    default = get_default_policy(session)
    known = [(name, "", False) for name in POLICY_NAMES]
    known += [(row.name, row.note, True) for row in list_policies(session)]
    return {
        "items": [
            {"name": name, "note": note, "is_saved": saved, "is_default": name == default}
            for name, note, saved in known
        ]
    }
