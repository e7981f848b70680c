"""Whose work a pause stops, one that was ordered or one that never happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from app.api.schemas import build_text
from app.models import PEOPLE_KINDS
from app.services.pauses.pause_scope import MAX_PEOPLE_VALUES, PeopleScope


class PeopleScopeSchema(Schema):
    """Everybody, or those of some countries, with some skills, or of a list of ids."""

    people_kind = fields.String(load_default="everyone", validate=validate.OneOf(PEOPLE_KINDS))
    people_values = fields.List(
        build_text(required=True),
        load_default=list,
        validate=validate.Length(max=MAX_PEOPLE_VALUES),
    )


def read_people(body: Mapping[str, Any]) -> PeopleScope:
    """Return whose work is meant."""
    return PeopleScope(body["people_kind"], tuple(body["people_values"]))
