"""Scenarios: what plans would come to under other policies and demand; nothing changes by them."""

from __future__ import annotations

from typing import Any

from flask import url_for
from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import PLAN, READ_OPS
from app.api.ops.plan_options import build_options
from app.api.ops.plans import ProgressSchema, StopSchema
from app.api.ops.scenario_orders import (
    RequiredSkillSchema,
    ScenarioOrderSchema,
    read_case,
    read_made_up,
    read_variants,
)
from app.api.pages import Cut, PageQuery, TextQuery
from app.api.schemas import (
    TupleSchema,
    build_choice,
    build_items,
    build_key,
    build_schema,
    build_text,
    nest,
    nest_all,
)
from app.api.sessions import get_session
from app.input_bounds import MAX_KEY
from app.services.desk.scenario_people import (
    CHANGES,
    PersonDifference,
    count_changes,
    list_differences,
)
from app.services.desk.scenarios import (
    PeopleFigures,
    ScenarioRow,
    count_blockers,
    count_people,
    get_scenarios,
    list_scenario_progress,
    list_scenarios,
)
from app.services.paging import Page, PageRequest
from app.services.plans.policy_settings import POLICY_NAMES
from app.services.scenarios.scenario_ending import remove_scenario, stop_scenario
from app.services.scenarios.scenario_requests import MAX_AT_ONCE, NewProject
from app.services.scenarios.scenarios import create_scenarios

desk = Desk("scenarios", "Scenarios: what a plan would come to if; nothing real depends on them.")


class HeldPlaceSchema(TupleSchema):
    """Where somebody works, and how many hours a week."""

    codename = fields.String(required=True)
    hours = fields.Integer(required=True)


class BlockerCountSchema(TupleSchema):
    """How many people a blocker keeps below their lost hours."""

    blocker = fields.String(required=True)
    num_people = fields.Integer(required=True)


ScenarioSchema = build_schema(
    ScenarioRow,
    name="Scenario",
    # The certificate has an address of its own; the settings are those of the policy.
    leave_out=("certificate", "settings"),
    more={
        "new": nest_all(
            build_schema(
                NewProject,
                name="ImaginedProject",
                more={"skills": nest_all(RequiredSkillSchema)},
            )
        )
    },
)
DifferenceSchema = build_schema(
    PersonDifference,
    more={name: nest_all(HeldPlaceSchema) for name in ("left_places", "right_places")},
)


class OrderedScenariosSchema(Schema):
    """The scenarios that wait for a worker, in the order of the variants."""

    scenario_ids = fields.List(build_key(), required=True)


class ScenarioCertificateSchema(Schema):
    """What the scenario's plan proves of itself; null until it has succeeded."""

    scenario_id = fields.Integer(required=True)
    certificate = fields.Dict(required=True, allow_none=True)


class ComparedQuery(Schema):
    """The scenarios to compare."""

    ids = fields.List(
        fields.Integer(validate=validate.Range(1, MAX_KEY)),
        required=True,
        validate=validate.Length(1, MAX_AT_ONCE),
    )


class ComparedSchema(Schema):
    """A scenario with what it does to people, and what stands in their way."""

    scenario = nest(ScenarioSchema)
    people = nest(build_schema(PeopleFigures))
    blockers = nest_all(BlockerCountSchema)


class DifferenceQuery(PageQuery):
    """Narrows people to one kind of change."""

    text = build_text()
    change = build_choice(CHANGES)


class ChangeCountsSchema(Schema):
    """How many people each kind of change concerns; one may be of several kinds."""

    all = fields.Integer(required=True)
    moved = fields.Integer(required=True)
    more = fields.Integer(required=True)
    fewer = fields.Integer(required=True)
    gains = fields.Integer(required=True)
    loses = fields.Integer(required=True)


class RemovedSchema(Schema):
    """That it is gone."""

    removed = fields.Boolean(required=True)


@desk.listing(
    "/scenarios",
    READ_OPS,
    ScenarioSchema,
    Cut("scenario_id", int, descending=True),
    query=TextQuery,
)
def list_all_scenarios(filters: dict[str, Any], page: PageRequest) -> Page[ScenarioRow]:
    """List scenarios, the latest first."""
    return list_scenarios(get_session(), **filters, page=page)


@desk.operation(
    "POST", "/scenarios", PLAN, OrderedScenariosSchema, body=ScenarioOrderSchema, status=202
)
def order_scenarios(body: dict[str, Any]) -> Any:
    """Queue a scenario for each variant; the same request while they run gives the same ones."""
    ids = create_scenarios(
        get_session(),
        actor=get_actor(),
        case=read_case(body),
        variants=read_variants(body),
        made_up=read_made_up(body),
        options=build_options(POLICY_NAMES[0]),
    )
    location = url_for("scenarios.get_one_scenario", scenario_id=ids[0])
    return {"scenario_ids": ids}, 202, {"Location": location}


@desk.operation(
    "GET", "/scenarios/compare", READ_OPS, build_items(ComparedSchema), query=ComparedQuery
)
def compare_scenarios(query: dict[str, Any]) -> dict[str, Any]:
    """Read scenarios side by side, in the order asked."""
    session, ids = get_session(), list(dict.fromkeys(query["ids"]))
    rows = get_scenarios(session, ids)
    people, blockers = count_people(session, ids), count_blockers(session, ids)
    return {
        "items": [
            {
                "scenario": row,
                "people": people.get(row.scenario_id, PeopleFigures()),
                "blockers": blockers.get(row.scenario_id, ()),
            }
            for row in rows
        ]
    }


@desk.operation("GET", "/scenarios/<int:scenario_id>", READ_OPS, ScenarioSchema)
def get_one_scenario(scenario_id: int) -> ScenarioRow:
    """Read one scenario."""
    return _get(scenario_id)


@desk.operation(
    "GET", "/scenarios/<int:scenario_id>/certificate", READ_OPS, ScenarioCertificateSchema
)
def get_scenario_certificate(scenario_id: int) -> ScenarioRow:
    """Read the certificate of a scenario's plan."""
    return _get(scenario_id)


@desk.operation("GET", "/scenarios/<int:scenario_id>/progress", READ_OPS, ProgressSchema)
def get_scenario_progress(scenario_id: int) -> dict[str, Any]:
    """Read how the solve has gone so far."""
    _get(scenario_id)
    return {"items": list_scenario_progress(get_session(), scenario_id)}


@desk.listing(
    "/scenarios/<int:scenario_id>/differences/<int:other_id>",
    READ_OPS,
    DifferenceSchema,
    Cut("contractor_id", str),
    query=DifferenceQuery,
)
def list_people_who_differ(
    filters: dict[str, Any], page: PageRequest, scenario_id: int, other_id: int
) -> Page[PersonDifference]:
    """List what people have in one scenario (left) and in another (right)."""
    get_scenarios(get_session(), [scenario_id, other_id])
    return list_differences(get_session(), scenario_id, other_id, **filters, page=page)


@desk.operation(
    "GET",
    "/scenarios/<int:scenario_id>/differences/<int:other_id>/counts",
    READ_OPS,
    ChangeCountsSchema,
)
def count_people_who_differ(scenario_id: int, other_id: int) -> dict[str, int]:
    """Count the people whom each kind of change between two scenarios concerns."""
    get_scenarios(get_session(), [scenario_id, other_id])
    return count_changes(get_session(), scenario_id, other_id)


@desk.operation("POST", "/scenarios/<int:scenario_id>/stop", PLAN, ScenarioSchema, body=StopSchema)
def stop_one_scenario(body: dict[str, Any], scenario_id: int) -> ScenarioRow:
    """End a scenario now: with the best plan so far (`keep`), or with nothing."""
    stop_scenario(get_session(), actor=get_actor(), scenario_id=scenario_id, keep=body["keep"])
    return _get(scenario_id)


@desk.operation("POST", "/scenarios/<int:scenario_id>/remove", PLAN, RemovedSchema)
def remove_one_scenario(scenario_id: int) -> dict[str, bool]:
    """Delete a scenario with all that it found."""
    remove_scenario(get_session(), actor=get_actor(), scenario_id=scenario_id)
    return {"removed": True}


def _get(scenario_id: int) -> ScenarioRow:
    (row,) = get_scenarios(get_session(), [scenario_id])
    return row
