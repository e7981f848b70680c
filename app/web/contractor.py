"""The contractor's pages: own assignments, and the hours of a week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, Refused
from app.services.access import Permission
from app.services.hours import log_hours
from app.services.my_offers import list_own_offers
from app.services.my_work import get_my_work
from app.services.timesheets import HoursWeek, find_week
from app.web.clock import get_today
from app.web.form_fields import read_day, refuse_unknown_fields
from app.web.formatting import pluralise
from app.web.guard import get_actor, permit
from app.web.own_contractor import get_contractor_id
from app.web.sessions import get_session

blueprint = Blueprint("contractor", __name__, url_prefix="/my")

Cell = tuple[str, date]
"""(assignment_id, work_date)."""


@blueprint.get("/work")
@permit(Permission.LOG_OWN_HOURS)
def work() -> ResponseReturnValue:
    """Show the contractor's assignments, what changed and why."""
    today = get_today()
    return render_template(
        "contractor/work.html",
        page=get_my_work(get_session(), get_contractor_id(), today=today),
        offers=list_own_offers(get_session(), get_contractor_id(), now=datetime.now(UTC)).waiting,
        today=today,
    )


@blueprint.get("/hours")
@permit(Permission.LOG_OWN_HOURS)
def hours() -> ResponseReturnValue:
    """Show one week's hours by assignment and day."""
    return _render_week(_read_monday(request.args.get("week", "")))


@blueprint.post("/hours")
@permit(Permission.LOG_OWN_HOURS)
def save_hours() -> ResponseReturnValue:
    """Log the cells that changed; each one stands or is refused by itself."""
    monday = _read_monday(request.form.get("week", ""))
    week = find_week(get_session(), get_contractor_id(), monday)
    get_session().rollback()
    stored = _list_cells(week)
    names = {build_field_name(cell): cell for cell in stored}
    shown_names = {build_shown_name(cell) for cell in stored}
    refuse_unknown_fields(request.form, [*names, *shown_names, "week"])
    typed = {
        cell: request.form[name].strip() for name, cell in names.items() if name in request.form
    }
    problems: dict[Cell, str] = {}
    num_saved = 0
    for cell, text in typed.items():
        try:
            num_saved += _log_change(cell, text, stored[cell])
        except (Refused, InvalidValue) as error:
            problems[cell] = error.sentence if isinstance(error, Refused) else _NOT_HOURS
    if problems:
        return _render_week(monday, typed=typed, problems=problems, num_saved=num_saved), 409
    flash(f"Saved {pluralise(num_saved, 'day')}." if num_saved else "Nothing had changed.", "good")
    return redirect(url_for("contractor.hours", week=monday.isoformat()))


_NOT_HOURS = "Hours go from 0 to 24, such as 7.5."


def build_field_name(cell: Cell) -> str:
    """Return the name of a cell's input; the day comes first, an id may hold any character."""
    assignment_id, work_date = cell
    return f"hours:{work_date.isoformat()}:{assignment_id}"


def build_shown_name(cell: Cell) -> str:
    """Return the name of the hidden input with the hours that the page showed in a cell."""
    return f"shown:{build_field_name(cell)}"


def _read_hours(text: str) -> Decimal:
    try:
        hours = Decimal(text.replace(",", ".") or "0")
    except InvalidOperation:
        raise InvalidValue("hours", text, "a number") from None
    if not hours.is_finite():
        raise InvalidValue("hours", text, "a number")
    return hours


def _log_change(cell: Cell, text: str, stored: Decimal | None) -> bool:
    """Log what was typed over the hours that the page showed; a blank takes them back."""
    assignment_id, work_date = cell
    wanted = _read_hours(text)
    shown = _read_hours(request.form.get(build_shown_name(cell), ""))
    if wanted in {shown, stored or 0}:
        return False
    return log_hours(
        get_session(),
        actor=get_actor(),
        assignment_id=assignment_id,
        work_date=work_date,
        hours=wanted,
        expected=shown,
    )


def _render_week(
    monday: date,
    *,
    typed: Mapping[Cell, str] | None = None,
    problems: Mapping[Cell, str] | None = None,
    num_saved: int = 0,
) -> str:
    week = find_week(get_session(), get_contractor_id(), monday)
    return render_template(
        "contractor/hours.html",
        week=week,
        previous=monday - timedelta(days=7),
        following=monday + timedelta(days=7),
        sunday=monday + timedelta(days=6),
        this_monday=_get_monday(get_today()),
        today=get_today(),
        typed=typed or {},
        problems=problems or {},
        num_saved=num_saved,
        field_name=build_field_name,
        shown_name=build_shown_name,
    )


def _list_cells(week: HoursWeek) -> dict[Cell, Decimal | None]:
    return {(row.assignment_id, day.work_date): day.hours for row in week.rows for day in row.days}


def _read_monday(text: str) -> date:
    if not text:
        return _get_monday(get_today())
    errors: dict[str, str] = {}
    day = read_day({"week": text}, "week", errors)
    if day is None:
        raise InvalidValue("week", text, "a day as year-month-day")
    return _get_monday(day)


def _get_monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
