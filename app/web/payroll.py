"""The payroll desk: the hours of a period, and the files that took them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.errors import Refused
from app.services.access import Permission
from app.services.paging import Page, PageRequest
from app.services.payroll import (
    MAX_PERIOD_DAYS,
    BatchRow,
    PeriodLine,
    export_period,
    find_period,
    get_batch_file,
    list_batches,
)
from app.web.clock import get_today
from app.web.form_fields import read_day, read_form
from app.web.formatting import pluralise
from app.web.guard import get_actor, permit
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Listing, Sorting, build_listing, read_list_query
from app.web.payroll_lists import BATCH_COLUMNS, LINE_COLUMNS
from app.web.sessions import get_session

blueprint = Blueprint("payroll", __name__, url_prefix="/payroll")

_FILTERS = ("starts_on", "ends_on")
_SORTING = Sorting(("contractor",), "contractor")
_BATCH_SORTING = Sorting((), "number", descending=True)


@blueprint.get("/")
@permit(Permission.VIEW_PAYROLL)
def period() -> ResponseReturnValue:
    """Show the hours of a period, its totals, and what is in the way of an export."""
    errors: dict[str, str] = {}
    starts_on, ends_on = _read_period(request.args, errors)
    query = read_list_query(request.args, _FILTERS, _SORTING)
    if asks_for_csv():
        return send_list("hours", LINE_COLUMNS, query, partial(_find_lines, starts_on, ends_on))
    page = find_period(get_session(), starts_on, ends_on, offset=query.offset, limit=query.size)
    return render_template(
        "payroll/period.html",
        page=page,
        listing=Listing(query, page.lines, page.num_lines, "payroll.period", {}, LINE_COLUMNS),
        weeks=_list_near_weeks(starts_on),
        errors=errors,
    )


@blueprint.post("/exports")
@permit(Permission.EXPORT_PAYROLL)
def create_export() -> ResponseReturnValue:
    """Put every open hour of the period into a new, numbered file."""
    form = read_form(*_FILTERS)
    errors: dict[str, str] = {}
    starts_on, ends_on = _read_period(form, errors)
    back = url_for("payroll.period", starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat())
    if errors:
        flash(next(iter(errors.values())), "bad")
        return redirect(back)
    try:
        batch = export_period(
            get_session(), actor=get_actor(), starts_on=starts_on, ends_on=ends_on
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
        return redirect(back)
    flash(f"Export {batch.number} holds {pluralise(batch.line_count, 'line')}.", "good")
    return redirect(url_for("payroll.exports"))


@blueprint.get("/exports")
@permit(Permission.VIEW_PAYROLL)
def exports() -> ResponseReturnValue:
    """List the export batches, the latest first."""
    query = read_list_query(request.args, (), _BATCH_SORTING)
    if asks_for_csv():
        return send_list("exports", BATCH_COLUMNS, query, _find_batches)
    listing = build_listing(query, _find_batches, BATCH_COLUMNS, "payroll.exports")
    return render_template("payroll/exports.html", listing=listing)


@blueprint.get("/exports/<int:batch_id>/file")
@permit(Permission.VIEW_PAYROLL)
def export_file(batch_id: int) -> ResponseReturnValue:
    """Send the file of a batch, the same bytes each time."""
    file = get_batch_file(get_session(), batch_id)
    return Response(
        file.content,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{file.file_name}"'},
    )


def _find_lines(starts_on: date, ends_on: date, page: PageRequest) -> Page[PeriodLine]:
    found = find_period(get_session(), starts_on, ends_on, offset=page.offset, limit=page.limit)
    return Page(found.lines, found.num_lines)


def _find_batches(page: PageRequest) -> Page[BatchRow]:
    batches = list_batches(get_session())
    return Page(batches[page.offset : page.offset + page.limit], len(batches))


def _read_period(values: Mapping[str, str], errors: dict[str, str]) -> tuple[date, date]:
    """Return the period asked for; this week when it is blank or can't be used."""
    today = get_today()
    monday = today - timedelta(days=today.weekday())
    starts_on = read_day(values, "starts_on", errors)
    ends_on = read_day(values, "ends_on", errors)
    if starts_on is None and ends_on is None:
        return monday, monday + timedelta(days=6)
    starts_on = starts_on or ends_on or monday
    ends_on = ends_on or starts_on
    if ends_on < starts_on:
        errors["ends_on"] = "The period ends before it starts; the first week of it is shown."
        ends_on = starts_on + timedelta(days=6)
    if (ends_on - starts_on).days >= MAX_PERIOD_DAYS:
        errors["ends_on"] = (
            f"A period has {MAX_PERIOD_DAYS} days at most; the first {MAX_PERIOD_DAYS} are shown."
        )
        ends_on = starts_on + timedelta(days=MAX_PERIOD_DAYS - 1)
    return starts_on, ends_on


def _list_near_weeks(day: date) -> list[tuple[date, date]]:
    """Return (Monday, Sunday) of the week before the one of `day`, of that one, and after."""
    monday = day - timedelta(days=day.weekday())
    mondays = [monday + timedelta(days=7 * step) for step in (-1, 0, 1)]
    return [(first, first + timedelta(days=6)) for first in mondays]
