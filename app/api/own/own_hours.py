"""A contractor's own hours: a week, a day, and handing a week in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_actor, get_contractor_id
from app.api.needs import READ_OWN_WORK, WRITE_OWN_HOURS
from app.api.payroll.timesheets import WeekSchema
from app.api.schemas import build_day, build_version
from app.api.sessions import get_session
from app.errors import NotFound
from app.input_bounds import is_usable_day
from app.services.hours.hours import log_hours
from app.services.hours.timesheet_verbs import submit_week
from app.services.hours.timesheets import HoursWeek, find_week

desk = Desk("own_hours", "A contractor's own hours.")

HOURS = "^[0-9]{1,2}([.][0-9]{1,2})?$"
"""Hours of a day as text, with two decimals at most."""


class WeekQuery(Schema):
    """A day of the week that is meant, today unless it is given."""

    day = build_day()


class HoursSchema(Schema):
    """Hours of one day as text, such as "7.5"; null takes them back."""

    hours = fields.String(required=True, allow_none=True, validate=validate.Regexp(HOURS))


class SubmissionSchema(Schema):
    """The week that holds a day, as the caller saw it."""

    day = build_day(required=True)
    version = build_version()


@desk.operation("GET", "/own/hours", READ_OWN_WORK, WeekSchema, query=WeekQuery)
def get_own_week(query: dict[str, Any]) -> HoursWeek:
    """Read one week of one's own hours."""
    return find_week(get_session(), get_contractor_id(), query["day"] or get_today())


@desk.operation(
    "PUT",
    "/own/hours/<day>/<path:assignment_id>",
    WRITE_OWN_HOURS,
    WeekSchema,
    body=HoursSchema,
)
def put_hours(body: dict[str, Any], day: str, assignment_id: str) -> HoursWeek:
    """Set the hours of one day on one assignment; the same again changes nothing."""
    work_date = _read_day(day)
    hours = None if body["hours"] is None else Decimal(body["hours"])
    contractor_id = get_contractor_id()
    log_hours(
        get_session(),
        actor=get_actor(),
        assignment_id=assignment_id,
        work_date=work_date,
        hours=hours,
    )
    return find_week(get_session(), contractor_id, work_date)


@desk.operation("POST", "/own/hours/submit", WRITE_OWN_HOURS, WeekSchema, body=SubmissionSchema)
def submit_own_week(body: dict[str, Any]) -> HoursWeek:
    """Hand a week in; again changes nothing."""
    contractor_id = get_contractor_id()
    submit_week(get_session(), actor=get_actor(), day=body["day"], version=body["version"])
    return find_week(get_session(), contractor_id, body["day"])


def _read_day(text: str) -> date:
    """Return the day in an address; what is none is an address that does not exist."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotFound("day", text) from None
    if not is_usable_day(day):
        raise NotFound("day", text)
    return day
