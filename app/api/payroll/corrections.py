"""Corrections of hours in closed periods and of rates; the next export pays the difference."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import CORRECT_PAYROLL, READ_PAYROLL
from app.api.ops.pauses import ChangedSchema
from app.api.own.own_hours import HOURS
from app.api.pages import Cut
from app.api.schemas import build_day, build_items, build_schema, build_text
from app.api.sessions import get_session
from app.services.desk.pay_assignments import PayAssignment, find_assignments
from app.services.paging import Page, PageRequest
from app.services.payroll.payroll_corrections import (
    MAX_RATE_CENTS,
    MAX_REASON,
    CorrectionRow,
    correct_hours,
    correct_rate,
    list_corrections,
)

desk = Desk("corrections", "Corrections of what was paid; the next export pays the difference.")

_MAX_PERSON = 80
_MAX_ID = 200


class PersonQuery(Schema):
    """A part of a name or of a payroll id, or a whole contractor id."""

    person = build_text(required=True, most=_MAX_PERSON)


class HoursCorrectionSchema(Schema):
    """What the hours of a day in a closed period should have been."""

    assignment_id = build_text(required=True, most=_MAX_ID)
    work_date = build_day(required=True)
    hours = fields.String(required=True, validate=validate.Regexp(HOURS))
    reason = build_text(required=True, most=MAX_REASON)


class RateCorrectionSchema(Schema):
    """What an hour of an assignment pays from a day on."""

    assignment_id = build_text(required=True, most=_MAX_ID)
    starts_on = build_day(required=True)
    rate_cents = fields.Integer(
        strict=True, required=True, validate=validate.Range(0, MAX_RATE_CENTS)
    )
    reason = build_text(required=True, most=MAX_REASON)


@desk.listing(
    "/corrections",
    READ_PAYROLL,
    build_schema(CorrectionRow),
    Cut("correction_id", str, descending=True),
)
def list_all_corrections(_filters: dict[str, Any], page: PageRequest) -> Page[CorrectionRow]:
    """List corrections, the latest first; `value` is in hours, or in cents an hour."""
    return list_corrections(get_session(), page)


@desk.operation(
    "GET",
    "/corrections/assignments",
    READ_PAYROLL,
    build_items(build_schema(PayAssignment)),
    query=PersonQuery,
)
def find_pay_assignments(query: dict[str, str]) -> dict[str, Any]:
    """Find a person's assignments and what they pay now."""
    return {"items": find_assignments(get_session(), query["person"])}


@desk.operation(
    "POST", "/corrections/hours", CORRECT_PAYROLL, ChangedSchema, body=HoursCorrectionSchema
)
def correct_hours_of_day(body: dict[str, Any]) -> dict[str, bool]:
    """Correct the hours of a day in a closed period; the same hours again change nothing."""
    order = {**body, "hours": Decimal(body["hours"])}
    return {"changed": correct_hours(get_session(), actor=get_actor(), **order)}


@desk.operation(
    "POST", "/corrections/rate", CORRECT_PAYROLL, ChangedSchema, body=RateCorrectionSchema
)
def correct_rate_from_day(body: dict[str, Any]) -> dict[str, bool]:
    """Set what an hour pays from a day on; the same rate again changes nothing."""
    return {"changed": correct_rate(get_session(), actor=get_actor(), **body)}
