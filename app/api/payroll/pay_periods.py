"""Pay periods: open one, see what is in the way of its export, export and close it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import url_for
from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import EXPORT_PAYROLL, READ_PAYROLL
from app.api.ops.pauses import ChangedSchema
from app.api.pages import Cut, PageQuery
from app.api.payroll.payroll import ExportSchema
from app.api.schemas import build_choice, build_day, build_schema
from app.api.sessions import get_session
from app.services.desk.pay_periods import PeriodRow, get_period_row, list_periods
from app.services.paging import Page, PageRequest
from app.services.payroll.kept_readiness import read_readiness
from app.services.payroll.pay_periods import create_period
from app.services.payroll.payroll_batches import get_batch
from app.services.payroll.payroll_export import export_period
from app.services.payroll.payroll_readiness import KINDS, Readiness, ReadinessRow, find_rows
from app.services.payroll.period_closing import close_period

desk = Desk("pay_periods", "Pay periods and their exports.")

PeriodSchema = build_schema(PeriodRow)
ReadinessSchema = build_schema(
    Readiness,
    more={"num_due": fields.Integer(required=True), "is_ready": fields.Boolean(required=True)},
)


@dataclass(frozen=True)
class PlacedRow:
    """A row of the report at its place, 1 being the first; it is that of now."""

    place: int
    row: ReadinessRow


class RowQuery(PageQuery):
    """Which figure of the report the rows are behind."""

    kind = build_choice(KINDS, required=True)


class NewPeriodSchema(Schema):
    """The days of a period, both included, and the zone in which they are dates."""

    starts_on = build_day(required=True)
    ends_on = build_day(required=True)
    zone = fields.String(load_default="UTC", validate=validate.Length(1, 60))


class ClosingSchema(Schema):
    """`leave_unapproved` says that the caller knows of hours that nobody has approved."""

    leave_unapproved = fields.Boolean(load_default=False, truthy={True}, falsy={False})


@desk.listing("/pay-periods", READ_PAYROLL, PeriodSchema, Cut("starts_on", date, descending=True))
def list_all_periods(_filters: dict[str, Any], page: PageRequest) -> Page[PeriodRow]:
    """List pay periods, the latest first."""
    return list_periods(get_session(), page)


@desk.operation(
    "POST", "/pay-periods", EXPORT_PAYROLL, PeriodSchema, body=NewPeriodSchema, status=201
)
def open_period(body: dict[str, Any]) -> Any:
    """Open a pay period; the same one again is the one there is."""
    period_id = create_period(get_session(), actor=get_actor(), **body)
    location = url_for("pay_periods.get_one_period", period_id=period_id)
    return get_period_row(get_session(), period_id), 201, {"Location": location}


@desk.operation("GET", "/pay-periods/<int:period_id>", READ_PAYROLL, PeriodSchema)
def get_one_period(period_id: int) -> PeriodRow:
    """Read one pay period."""
    return get_period_row(get_session(), period_id)


@desk.operation("GET", "/pay-periods/<int:period_id>/readiness", READ_PAYROLL, ReadinessSchema)
def get_readiness(period_id: int) -> Readiness:
    """Read what an export would hold now, and what is in its way, in people and money."""
    return read_readiness(get_session(), period_id)


@desk.listing(
    "/pay-periods/<int:period_id>/rows",
    READ_PAYROLL,
    build_schema(PlacedRow, name="ReadinessPlace"),
    Cut("place", int),
    query=RowQuery,
)
def list_rows_of_report(
    filters: dict[str, str], page: PageRequest, period_id: int
) -> Page[PlacedRow]:
    """List the rows behind a figure of the report, as they are now.

    They have no keys of their own: what comes between two pages moves the rows after it.
    """
    session = get_session()
    readiness = read_readiness(session, period_id)
    # A cursor can say any place; those before and behind the rows have none.
    begin = min(max(0, int(str(page.after or 0))), readiness.count_rows(filters["kind"]))
    wanted = replace(page, after=None, offset=begin)
    found = find_rows(session, period_id, readiness, filters["kind"], wanted)
    rows = [PlacedRow(place, row) for place, row in enumerate(found.rows, start=begin + 1)]
    return Page(rows, found.total)


@desk.operation(
    "POST", "/pay-periods/<int:period_id>/export", EXPORT_PAYROLL, ExportSchema, status=201
)
def export_one_period(period_id: int) -> Any:
    """Put everything that is due into a new, numbered batch."""
    export_id = export_period(get_session(), actor=get_actor(), period_id=period_id)
    location = url_for("exports.get_one_export", export_id=export_id)
    return get_batch(get_session(), export_id), 201, {"Location": location}


@desk.operation(
    "POST",
    "/pay-periods/<int:period_id>/close",
    EXPORT_PAYROLL,
    ChangedSchema,
    body=ClosingSchema,
)
def close_one_period(body: dict[str, Any], period_id: int) -> dict[str, bool]:
    """Close a period for good."""
    changed = close_period(get_session(), actor=get_actor(), period_id=period_id, **body)
    return {"changed": changed}
