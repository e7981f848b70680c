"""Weeks of hours as managers and payroll see them, and deciding on many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from app.api.clock import get_today
from app.api.denials import note_refusal
from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import DECIDE_HOURS, READ_HOURS, REMIND_OF_HOURS
from app.api.pages import Cut, PageQuery
from app.api.schemas import (
    MAX_ROWS,
    DecimalText,
    build_choice,
    build_day,
    build_key,
    build_schema,
    build_text,
    build_version,
    nest,
    nest_all,
)
from app.api.sessions import get_session
from app.services.access.access import Actor
from app.services.desk.timesheet import Sheet, get_sheet
from app.services.desk.timesheet_filter import STATES, SheetFilter
from app.services.desk.timesheets import SheetRow, list_sheets
from app.services.hours.timesheet_reminders import remind_missing
from app.services.hours.timesheet_verbs import (
    SheetOutcome,
    SheetVersion,
    approve_sheets,
    lock_sheets,
    reject_sheets,
    reopen_sheets,
)
from app.services.hours.timesheets import HoursRow, HoursWeek
from app.services.paging import Page, PageRequest

desk = Desk("timesheets", "Weeks of hours: who handed in, and what is decided on.")

WeekSchema = build_schema(
    HoursWeek,
    more={
        "rows": nest_all(build_schema(HoursRow, more={"total": DecimalText(required=True)})),
        "total": DecimalText(required=True),
        "num_missing": fields.Integer(required=True),
        "is_done": fields.Boolean(required=True),
    },
)
SheetSchema = build_schema(Sheet, more={"week": nest(WeekSchema)})

Verb = Callable[[Session, Actor, Sequence[SheetVersion], str], tuple[SheetOutcome, ...]]

_VERBS: Mapping[str, Verb] = {
    "approve": lambda session, actor, sheets, _: approve_sheets(
        session, actor=actor, sheets=sheets
    ),
    "reject": lambda session, actor, sheets, reason: reject_sheets(
        session, actor=actor, sheets=sheets, reason=reason
    ),
    "lock": lambda session, actor, sheets, _: lock_sheets(session, actor=actor, sheets=sheets),
    "reopen": lambda session, actor, sheets, reason: reopen_sheets(
        session, actor=actor, sheets=sheets, reason=reason
    ),
}


class SheetQuery(PageQuery):
    """The weeks that hold a day, narrowed."""

    day = build_day(required=True)
    state = build_choice(STATES)
    text = build_text()
    project_id = build_text()
    late = fields.Boolean(load_default=False, truthy={"true"}, falsy={"false"})


class ReminderSchema(Schema):
    """Whose weeks that hold a day are meant, as the list is narrowed."""

    day = build_day(required=True)
    state = build_choice(STATES)
    text = build_text()
    project_id = build_text()
    late = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class NumToldSchema(Schema):
    """How many people were told; those who were told today already are left alone."""

    num_told = fields.Integer(required=True)


class SeenSheetSchema(Schema):
    """A week as the caller saw it: one that has changed since is refused."""

    timesheet_id = build_key()
    version = build_version()


class SheetDecisionSchema(Schema):
    """A decision on weeks; sending back and reopening need a reason."""

    decision = build_choice(_VERBS, required=True)
    reason = build_text()
    sheets = fields.List(
        fields.Nested(SeenSheetSchema), required=True, validate=validate.Length(1, MAX_ROWS)
    )


class OutcomesSchema(Schema):
    """What became of each week, in the order asked."""

    items = nest_all(build_schema(SheetOutcome))


@desk.listing(
    "/timesheets",
    READ_HOURS,
    build_schema(SheetRow),
    Cut("contractor_id", str),
    query=SheetQuery,
)
def list_weeks(filters: dict[str, Any], page: PageRequest) -> Page[SheetRow]:
    """List the weeks that hold a day: of those who filled one in, and of those who owe one."""
    return list_sheets(get_session(), SheetFilter(**filters), page)


@desk.operation("GET", "/timesheets/<int:timesheet_id>", READ_HOURS, SheetSchema)
def get_week(timesheet_id: int) -> Sheet:
    """Read one week with its hours and its history."""
    return get_sheet(get_session(), timesheet_id)


@desk.operation(
    "POST", "/timesheets/decisions", DECIDE_HOURS, OutcomesSchema, body=SheetDecisionSchema
)
def decide_on_weeks(body: dict[str, Any]) -> dict[str, Any]:
    """Approve, send back, lock or reopen weeks; each has an outcome of its own."""
    sheets = [SheetVersion(row["timesheet_id"], row["version"]) for row in body["sheets"]]
    verb = _VERBS[body["decision"]]
    outcomes = verb(get_session(), get_actor(), sheets, body["reason"])
    if not all(one.ok for one in outcomes):
        note_refusal("some_rows")
    return {"items": outcomes}


@desk.operation(
    "POST", "/timesheets/reminders", REMIND_OF_HOURS, NumToldSchema, body=ReminderSchema
)
def remind_of_weeks(body: dict[str, Any]) -> dict[str, int]:
    """Remind everybody of the list who has not handed in."""
    num_told = remind_missing(
        get_session(), actor=get_actor(), narrowed=SheetFilter(**body), today=get_today()
    )
    return {"num_told": num_told}
