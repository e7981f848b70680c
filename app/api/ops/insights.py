"""Insights: how redeployment stands, over all open pauses or one, and who works where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.needs import READ_OPS
from app.api.pages import Cut, PageQuery
from app.api.schemas import (
    MAX_ROWS,
    build_choice,
    build_day,
    build_items,
    build_schema,
    build_text,
    nest_all,
)
from app.api.sessions import get_session
from app.input_bounds import FIRST_DAY, LAST_DAY, MAX_KEY
from app.services.desk.market import ProjectLoad, SkillBalance, list_loads, list_skill_balances
from app.services.desk.pauses import get_pause, list_pauses
from app.services.desk.redeployment import (
    Redeployment,
    WaitingPerson,
    list_waiting,
    measure_redeployment,
)
from app.services.desk.redeployment_rates import PauseRates, list_rates
from app.services.desk.timeline import STATES, TimelineRow, list_timeline
from app.services.paging import Page, PageRequest
from app.services.plans.horizon import MAX_WEEKS

desk = Desk("insights", "How redeployment stands: of one pause, or of all open ones.")

_WEEKS = 12
_ROWS = 100


def _build_most() -> fields.Field[Any]:
    return fields.Integer(load_default=_ROWS, validate=validate.Range(1, MAX_ROWS))


class PauseChoiceQuery(Schema):
    """The pause that is meant; without one, all open ones."""

    pause_id = fields.Integer(load_default=None, validate=validate.Range(1, MAX_KEY))


class WaitingQuery(PauseChoiceQuery):
    """How many people are named at most."""

    most = _build_most()


class WaitingSchema(Schema):
    """Who waits longest, and how many wait in all."""

    items = nest_all(build_schema(WaitingPerson))
    total = fields.Integer(required=True)


class LoadQuery(Schema):
    """How many weeks from this one on, and how many projects at most."""

    weeks = fields.Integer(load_default=_WEEKS, validate=validate.Range(1, MAX_WEEKS))
    most = _build_most()


class LoadSchema(Schema):
    """Projects by the hours that they want, with what is staffed week by week."""

    starts_on = fields.Date(required=True)
    items = nest_all(build_schema(ProjectLoad))
    total = fields.Integer(required=True)


class TimelineQuery(PageQuery):
    """The people of a pause, and the days between which their work is told."""

    pause_id = fields.Integer(required=True, validate=validate.Range(1, MAX_KEY))
    text = build_text()
    state = build_choice(STATES)
    first_day = build_day()
    last_day = build_day()


@desk.operation(
    "GET",
    "/insights/redeployment",
    READ_OPS,
    build_schema(Redeployment),
    query=PauseChoiceQuery,
)
def get_redeployment(query: dict[str, Any]) -> Redeployment:
    """Read figures of the affected people, and how lost and restored hours grew."""
    pause_ids = _choose_pauses(query["pause_id"])
    return measure_redeployment(get_session(), pause_ids, today=get_today())


@desk.operation(
    "GET",
    "/insights/rates",
    READ_OPS,
    build_items(build_schema(PauseRates)),
    query=PauseChoiceQuery,
)
def list_redeployment_rates(query: dict[str, Any]) -> dict[str, Any]:
    """List how many people of the latest pauses had a place within 1, 3 and 7 days."""
    if query["pause_id"] is not None:
        get_pause(get_session(), query["pause_id"])
    return {"items": list_rates(get_session(), pause_id=query["pause_id"])}


@desk.operation(
    "GET",
    "/insights/skills",
    READ_OPS,
    build_items(build_schema(SkillBalance, more={"unmet_hours": fields.Integer(required=True)})),
    query=PauseChoiceQuery,
)
def list_skills(query: dict[str, Any]) -> dict[str, Any]:
    """List the skills that open demand asks for, against what affected people have free."""
    pause_ids = _choose_pauses(query["pause_id"])
    return {"items": list_skill_balances(get_session(), pause_ids, today=get_today())}


@desk.operation("GET", "/insights/waiting", READ_OPS, WaitingSchema, query=WaitingQuery)
def list_people_waiting(query: dict[str, Any]) -> dict[str, Any]:
    """List who has waited longest for a place."""
    pause_ids = _choose_pauses(query["pause_id"])
    people, total = list_waiting(get_session(), pause_ids, today=get_today(), most=query["most"])
    return {"items": people, "total": total}


@desk.operation("GET", "/insights/load", READ_OPS, LoadSchema, query=LoadQuery)
def list_project_loads(query: dict[str, Any]) -> dict[str, Any]:
    """List how full projects are, week by week, those that want most hours first."""
    today = get_today()
    monday = today - timedelta(days=today.weekday())
    found = list_loads(get_session(), monday=monday, weeks=query["weeks"], limit=query["most"])
    return {"starts_on": monday, "items": found.rows, "total": found.total}


@desk.listing(
    "/insights/timeline",
    READ_OPS,
    build_schema(TimelineRow),
    Cut("contractor_id", str),
    query=TimelineQuery,
)
def list_timeline_of_pause(filters: dict[str, Any], page: PageRequest) -> Page[TimelineRow]:
    """List the people of a pause with their work before it, what it stopped, and what came."""
    get_pause(get_session(), filters["pause_id"])
    return list_timeline(
        get_session(),
        filters["pause_id"],
        first=filters["first_day"] or FIRST_DAY,
        last=filters["last_day"] or LAST_DAY,
        text=filters["text"],
        state=filters["state"],
        page=page,
    )


def _choose_pauses(pause_id: int | None) -> list[int]:
    """Return the pause that was asked for, or all open ones; raises NotFound."""
    if pause_id is None:
        return [one.pause_id for one in list_pauses(get_session(), status="open")]
    return [get_pause(get_session(), pause_id).pause_id]
