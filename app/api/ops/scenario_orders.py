"""What a call asks of scenarios: whose lost hours, under which policies, with what made up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from app.api.ops.people_scope import PeopleScopeSchema, read_people
from app.api.schemas import MAX_ROWS, TupleSchema, build_day, build_key, build_text
from app.services.scenarios.scenario_requests import (
    MAX_AT_ONCE,
    MAX_EXTRA_HOURS,
    MAX_EXTRA_SEATS,
    MAX_LEFT_OUT,
    MAX_RATE_CENTS,
    TOP_LEVEL,
    Case,
    ExtraDemand,
    MadeUp,
    NewProject,
    Variant,
)

_MAX_NAME = 60
_MAX_SKILL = 200
_MAX_LINES = 50
_MAX_POLICY = 100


class VariantSchema(Schema):
    """One scenario: a policy, with what is made up or without."""

    policy = build_text(required=True, most=_MAX_POLICY)
    with_extra = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class ExtraDemandSchema(Schema):
    """Hours a week and seats that a project would have more."""

    project_id = build_text(required=True)
    hours = fields.Integer(strict=True, required=True, validate=validate.Range(1, MAX_EXTRA_HOURS))
    seats = fields.Integer(strict=True, load_default=0, validate=validate.Range(0, MAX_EXTRA_SEATS))


class RequiredSkillSchema(TupleSchema):
    """A skill and the lowest level that is asked."""

    skill = build_text(required=True, most=_MAX_SKILL)
    level = fields.Integer(strict=True, required=True, validate=validate.Range(1, TOP_LEVEL))


class NewProjectSchema(Schema):
    """A project that does not exist; `seats` null is no limit, `pay_rate_cents` null each one's."""

    name = build_text(required=True, most=_MAX_NAME)
    hours = fields.Integer(strict=True, required=True, validate=validate.Range(1, MAX_EXTRA_HOURS))
    seats = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, MAX_EXTRA_SEATS),
    )
    skills = fields.List(
        fields.Nested(RequiredSkillSchema),
        load_default=list,
        validate=validate.Length(max=_MAX_LINES),
    )
    pay_rate_cents = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, MAX_RATE_CENTS),
    )
    currency = build_text(required=True, most=3)


class ScenarioOrderSchema(PeopleScopeSchema):
    """Of the people of a pause, or of projects that would stop on a day: scenarios side by side."""

    pause_id = build_key(required=False)
    project_ids = fields.List(
        build_text(required=True), load_default=list, validate=validate.Length(max=MAX_ROWS)
    )
    whole_client = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    pause_date = build_day()
    left_out = fields.List(
        build_text(required=True), load_default=list, validate=validate.Length(max=MAX_LEFT_OUT)
    )
    variants = fields.List(
        fields.Nested(VariantSchema), required=True, validate=validate.Length(1, MAX_AT_ONCE)
    )
    extra_demand = fields.List(
        fields.Nested(ExtraDemandSchema),
        load_default=list,
        validate=validate.Length(max=_MAX_LINES),
    )
    new_projects = fields.List(
        fields.Nested(NewProjectSchema), load_default=list, validate=validate.Length(max=_MAX_LINES)
    )


def read_case(body: Mapping[str, Any]) -> Case:
    """Return whose lost hours are planned."""
    return Case(
        body.get("pause_id"),
        tuple(body["project_ids"]),
        body["whole_client"],
        body["pause_date"],
        read_people(body),
        tuple(body["left_out"]),
    )


def read_variants(body: Mapping[str, Any]) -> tuple[Variant, ...]:
    """Return the scenarios that are asked for."""
    return tuple(Variant(**one) for one in body["variants"])


def read_made_up(body: Mapping[str, Any]) -> MadeUp:
    """Return the demand that is only imagined."""
    return MadeUp(
        tuple(ExtraDemand(**one) for one in body["extra_demand"]),
        tuple(_read_new_project(one) for one in body["new_projects"]),
    )


def _read_new_project(one: Mapping[str, Any]) -> NewProject:
    skills = tuple((wanted["skill"], wanted["level"]) for wanted in one["skills"])
    return NewProject(**{**one, "skills": skills})
