"""Policies: the names that an order to plan may give, and what each of them says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import url_for
from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.guard import get_actor, get_client_ids
from app.api.needs import LIST_OPS, PLAN, READ_OPS
from app.api.schemas import (
    MAX_ROWS,
    build_items,
    build_schema,
    build_text,
    build_version,
    nest,
)
from app.api.sessions import get_session
from app.services.access.client_scopes import keep_visible_projects
from app.services.desk.policies import PolicyRow, get_policy, list_policies
from app.services.plans.horizon import MAX_WEEKS
from app.services.plans.policies import (
    MAX_NAME,
    MAX_NOTE,
    archive_policy,
    change_policy,
    create_policy,
    get_default_policy,
    set_default_policy,
)
from app.services.plans.policy_settings import (
    MAX_FLOOR_HOURS,
    MAX_OFFER_HOURS,
    MAX_SWITCH_COST,
    MAX_TIME_LIMIT_S,
    OFFER_HOURS,
    POLICY_NAMES,
    get_named_settings,
    read_settings,
    write_settings,
)
from solver.policy import Tier

desk = Desk("policies", "Policies: what plans aim for, and in which order.")

_TIERS = [tier.value for tier in Tier]


def _build_whole(least: int, most: int, **options: Any) -> fields.Field[Any]:
    return fields.Integer(strict=True, validate=validate.Range(least, most), **options)


def _build_share(**options: Any) -> fields.Field[Any]:
    return fields.Float(validate=validate.Range(0, 1), **options)


class FitWeightsSchema(Schema):
    """Percent points of the fit score; together 100."""

    skills = _build_whole(0, 100, required=True)
    rate = _build_whole(0, 100, required=True)
    time_zone = _build_whole(0, 100, required=True)
    known_client = _build_whole(0, 100, required=True)


class PolicySettingsSchema(Schema):
    """What a policy says.

    tiers        every goal once, the most important first
    tolerances   share of a goal's value that later ones may give back
    max_pay_cut  largest accepted drop of the rate, as a share of it
    floor_hours  a week, of contractors who name none; null = half of the lost hours
    time_limit_s of the search; null = as the server is set, which is the most in any case
    """

    tiers = fields.List(
        fields.String(validate=validate.OneOf(_TIERS)),
        required=True,
        validate=validate.Length(equal=len(_TIERS)),
    )
    tolerances = fields.Dict(
        keys=fields.String(validate=validate.OneOf(_TIERS)),
        values=_build_share(required=True),
        load_default=dict,
    )
    max_pay_cut = _build_share(required=True)
    switch_cost = _build_whole(0, MAX_SWITCH_COST, load_default=0)
    fit_weights = nest(FitWeightsSchema)
    floor_hours = _build_whole(0, MAX_FLOOR_HOURS, load_default=None, allow_none=True)
    excluded_project_ids = fields.List(
        build_text(required=True), load_default=list, validate=validate.Length(max=MAX_ROWS)
    )
    weeks = _build_whole(1, MAX_WEEKS, required=True)
    time_limit_s = fields.Float(
        load_default=None, allow_none=True, validate=validate.Range(1, MAX_TIME_LIMIT_S)
    )
    gap = _build_share(load_default=0.001)
    offer_hours = _build_whole(1, MAX_OFFER_HOURS, load_default=OFFER_HOURS)


class PolicySchema(Schema):
    """A policy in use; a saved one has an id, and a note of who made it."""

    policy_id = fields.Integer(required=True, allow_none=True)
    name = fields.String(required=True)
    note = fields.String(required=True)
    is_saved = fields.Boolean(required=True)
    is_default = fields.Boolean(required=True)
    settings = nest(PolicySettingsSchema)


SavedPolicySchema = build_schema(
    PolicyRow, name="SavedPolicy", more={"settings": nest(PolicySettingsSchema)}
)


class NewPolicySchema(Schema):
    """A policy under its name."""

    name = build_text(required=True, most=MAX_NAME)
    note = build_text(most=MAX_NOTE)
    settings = nest(PolicySettingsSchema)


class PolicyChangeSchema(NewPolicySchema):
    """What a policy says from now on; `version` is the one that the caller has seen."""

    version = build_version()


class DefaultSchema(Schema):
    """Whether a policy is taken where nobody chooses one."""

    is_default = fields.Boolean(required=True, truthy={True}, falsy={False})


@desk.operation("GET", "/policies", LIST_OPS, build_items(PolicySchema))
def list_all_policies() -> dict[str, Any]:
    """List the policies in use: those that are always there, then the saved ones.

    Of excluded projects, a manager of some clients reads those clients' alone.
    """
    session, client_ids = get_session(), get_client_ids()
    default = get_default_policy(session)
    known = [(None, name, "", get_named_settings(name)) for name in POLICY_NAMES]
    saved = [
        (
            one.policy_id,
            one.name,
            one.note,
            replace(
                one.settings,
                excluded_project_ids=keep_visible_projects(
                    session, client_ids, one.settings.excluded_project_ids
                ),
            ),
        )
        for one in list_policies(session)
    ]
    return {
        "items": [
            {
                "policy_id": policy_id,
                "name": name,
                "note": note,
                "is_saved": policy_id is not None,
                "is_default": name == default,
                "settings": write_settings(settings),
            }
            for policy_id, name, note, settings in (*known, *saved)
        ]
    }


@desk.operation("POST", "/policies", PLAN, SavedPolicySchema, body=NewPolicySchema, status=201)
def add_policy(body: dict[str, Any]) -> Any:
    """Save a new policy."""
    settings = read_settings(body["name"], body["settings"])
    order = {**body, "settings": settings}
    policy_id = create_policy(get_session(), actor=get_actor(), **order)
    location = url_for("policies.get_one_policy", policy_id=policy_id)
    return _read(policy_id), 201, {"Location": location}


@desk.operation("GET", "/policies/<int:policy_id>", READ_OPS, SavedPolicySchema)
def get_one_policy(policy_id: int) -> dict[str, Any]:
    """Read a saved policy, put away or not."""
    return _read(policy_id)


@desk.operation(
    "PUT", "/policies/<int:policy_id>", PLAN, SavedPolicySchema, body=PolicyChangeSchema
)
def put_policy(body: dict[str, Any], policy_id: int) -> dict[str, Any]:
    """Replace what a policy says; plans asked for before keep what they had."""
    settings = read_settings(body["name"], body["settings"])
    order = {**body, "settings": settings}
    change_policy(get_session(), actor=get_actor(), policy_id=policy_id, **order)
    return _read(policy_id)


@desk.operation("POST", "/policies/<int:policy_id>/archive", PLAN, SavedPolicySchema)
def archive_one_policy(policy_id: int) -> dict[str, Any]:
    """Put a policy away: it is not offered any more; again changes nothing."""
    archive_policy(get_session(), actor=get_actor(), policy_id=policy_id)
    return _read(policy_id)


@desk.operation(
    "PUT", "/policies/<int:policy_id>/default", PLAN, SavedPolicySchema, body=DefaultSchema
)
def put_default(body: dict[str, bool], policy_id: int) -> dict[str, Any]:
    """Take a policy where nobody chooses one, or no longer."""
    set_default_policy(get_session(), actor=get_actor(), policy_id=policy_id, **body)
    return _read(policy_id)


def _read(policy_id: int) -> dict[str, Any]:
    row = get_policy(get_session(), policy_id)
    return {**vars(row), "settings": write_settings(row.settings)}
