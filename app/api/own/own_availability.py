"""What a contractor wants to work: hours and rate, leave, skills; and the link to a calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app, request
from marshmallow import Schema, fields, validate

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_actor, get_contractor_id
from app.api.needs import (
    READ_OWN_AVAILABILITY,
    READ_OWN_WORK,
    WRITE_OWN_AVAILABILITY,
    WRITE_OWN_HOURS,
)
from app.api.once import keep_secret
from app.api.ops.pauses import ChangedSchema
from app.api.schemas import build_day, build_schema, build_text, nest_all
from app.api.sessions import get_session
from app.config import Settings
from app.input_bounds import MAX_KEY
from app.services.own_work.availability import add_time_off, remove_time_off, set_availability
from app.services.own_work.calendar_links import (
    build_link_path,
    find_made_at,
    make_link,
    revoke_link,
)
from app.services.own_work.my_availability import (
    OwnAvailability,
    get_own_availability,
    list_skill_names,
)
from app.services.own_work.skill_claims import LEVELS, claim_skill

desk = Desk("own_availability", "What a contractor wants to work, and the link to a calendar.")


class OwnSkillSchema(Schema):
    """A skill, and how well it is known: 1 to 5."""

    skill = build_text(required=True, most=200)
    level = fields.Integer(
        strict=True, required=True, validate=validate.Range(LEVELS[0], LEVELS[-1])
    )


OwnAvailabilitySchema = build_schema(OwnAvailability, more={"skills": nest_all(OwnSkillSchema)})


class WishSchema(Schema):
    """Hours a week and lowest rate in cents an hour; null is as the roster says."""

    hours_per_week = fields.Integer(
        strict=True, required=True, allow_none=True, validate=validate.Range(0, 168)
    )
    least_rate_cents = fields.Integer(
        strict=True, required=True, allow_none=True, validate=validate.Range(0, MAX_KEY)
    )


class LeaveSchema(Schema):
    """The days of a leave, both included."""

    starts_on = build_day(required=True)
    ends_on = build_day(required=True)


class SkillNamesSchema(Schema):
    """The skills that may be claimed."""

    items = fields.List(fields.String(), required=True)


class CalendarSchema(Schema):
    """When the link to one's calendar was made; null without one."""

    made_at = fields.DateTime(required=True, allow_none=True)


class LinkSchema(Schema):
    """A secret link, shown this once."""

    link = fields.String(required=True)


@desk.operation("GET", "/own/availability", READ_OWN_AVAILABILITY, OwnAvailabilitySchema)
def get_own_wishes() -> dict[str, Any]:
    """Read what one wants to work, one's leave that is not over, skills and claimed skills."""
    return _read()


@desk.operation(
    "PUT", "/own/availability", WRITE_OWN_AVAILABILITY, OwnAvailabilitySchema, body=WishSchema
)
def put_own_wishes(body: dict[str, Any]) -> dict[str, Any]:
    """Set hours and rate; the next plan keeps to it."""
    set_availability(get_session(), actor=get_actor(), **body)
    return _read()


@desk.operation(
    "POST", "/own/leaves", WRITE_OWN_AVAILABILITY, OwnAvailabilitySchema, body=LeaveSchema
)
def add_own_leave(body: dict[str, Any]) -> dict[str, Any]:
    """Add own leave; the same days again are the leave there is."""
    add_time_off(get_session(), actor=get_actor(), today=get_today(), **body)
    return _read()


@desk.operation(
    "POST",
    "/own/leaves/<int:time_off_id>/remove",
    WRITE_OWN_AVAILABILITY,
    OwnAvailabilitySchema,
)
def remove_own_leave(time_off_id: int) -> dict[str, Any]:
    """Take back leave that one has entered."""
    remove_time_off(get_session(), actor=get_actor(), time_off_id=time_off_id)
    return _read()


@desk.operation("GET", "/own/skills", READ_OWN_AVAILABILITY, SkillNamesSchema)
def list_known_skills() -> dict[str, list[str]]:
    """List the skills that may be claimed."""
    return {"items": list_skill_names(get_session(), get_contractor_id())}


@desk.operation(
    "POST", "/own/skills", WRITE_OWN_AVAILABILITY, OwnAvailabilitySchema, body=OwnSkillSchema
)
def claim_own_skill(body: dict[str, Any]) -> dict[str, Any]:
    """Claim a level in a skill; plans count it once the ops desk has confirmed it."""
    claim_skill(get_session(), actor=get_actor(), **body)
    return _read()


@desk.operation("GET", "/own/calendar", READ_OWN_WORK, CalendarSchema)
def get_own_calendar() -> dict[str, datetime | None]:
    """Read when the link to one's calendar was made; the link itself can't be read again."""
    return {"made_at": find_made_at(get_session(), get_contractor_id())}


@desk.operation("POST", "/own/calendar", WRITE_OWN_HOURS, LinkSchema, status=201)
def make_own_calendar() -> dict[str, str]:
    """Make a link to one's calendar; the one before opens nothing any more."""
    keep_secret()
    settings: Settings = current_app.extensions["redeploy.settings"]
    address = settings.public_url or request.host_url.rstrip("/")
    return {"link": address + build_link_path(make_link(get_session(), actor=get_actor()))}


@desk.operation("POST", "/own/calendar/revoke", WRITE_OWN_HOURS, ChangedSchema)
def revoke_own_calendar() -> dict[str, bool]:
    """Let the link stop working; again changes nothing."""
    return {"changed": revoke_link(get_session(), actor=get_actor())}


def _read() -> dict[str, Any]:
    own = get_own_availability(get_session(), get_contractor_id(), today=get_today())
    skills = [{"skill": skill, "level": level} for skill, level in own.skills]
    return {**vars(own), "skills": skills}
