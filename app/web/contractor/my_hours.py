"""A contractor's week of hours: enter, repeat last week's, put zeros, submit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, Refused
from app.services.access.access import Permission
from app.services.hours.hours import Shown, log_hours
from app.services.hours.pay_weeks import DAYS_A_WEEK
from app.services.hours.timesheet_verbs import submit_week
from app.services.hours.timesheets import HoursDay, HoursWeek, find_week
from app.web.clock import get_today
from app.web.contractor.own_contractor import get_contractor_id
from app.web.denials import note_refusal
from app.web.form_fields import read_day, refuse_unknown_fields
from app.web.formatting import format_number, pluralise
from app.web.guard import get_actor, permit
from app.web.input_limits import MAX_KEY, read_whole
from app.web.sessions import get_session

blueprint = Blueprint("my_hours", __name__, url_prefix="/my/hours")

Cell = tuple[str, date]
"""(assignment_id, work_date)."""

_NOT_HOURS = "Hours go from 0 to 24, such as 7.5."
_OFF = "off:"
"""Start of what the button of a day off says; the day follows."""


@blueprint.get("")
@permit(Permission.LOG_OWN_HOURS)
def week() -> ResponseReturnValue:
    """Show one week's hours by assignment and day; `fill=last` puts last week's beside them."""
    shown = _find_week(_read_day(request.args.get("week", "")))
    if request.args.get("fill") != "last" or not shown.is_editable:
        return _render(shown)
    typed = _repeat_last_week(shown)
    if not typed:
        flash("Last week has no hours for the empty days of this one.", "bad")
    return _render(shown, typed=typed, is_repeated=bool(typed))


@blueprint.post("")
@permit(Permission.LOG_OWN_HOURS)
def save_week() -> ResponseReturnValue:
    """Log the cells that changed, each one by itself, then do what the button says.

    `do` is `save`, `submit`, `zeros` (0 on every day that is missing) or `off:` and a day.
    """
    before = _find_week(_read_day(request.form.get("week", "")))
    # A service starts its own transaction; the one that read the week ends here.
    get_session().rollback()
    cells = _index_days(before)
    names = {build_field_name(cell): cell for cell in cells}
    shown_names = {build_shown_name(cell) for cell in cells}
    refuse_unknown_fields(request.form, [*names, *shown_names, "week", "version", "do"])
    typed = {
        cell: request.form[name].strip() for name, cell in names.items() if name in request.form
    }
    do = request.form.get("do", "save")
    for cell in _list_zeros(cells, do):
        typed[cell] = typed.get(cell) or "0"
    num_saved, problems = _log_all(cells, typed)
    if not problems and do == "submit":
        refusal = _submit(before, num_saved)
        if refusal is not None:
            return _render(_find_week(before.bounds.starts_on), refusal=refusal), 409
        flash("Submitted. You hear from us only if something is to be mended.", "good")
    elif not problems:
        flash(
            f"Saved {pluralise(num_saved, 'day')}." if num_saved else "Nothing had changed.", "good"
        )
    else:
        again = _find_week(before.bounds.starts_on)
        return _render(again, typed=typed, problems=problems, num_saved=num_saved), 409
    return redirect(url_for("my_hours.week", week=before.bounds.starts_on.isoformat()))


def build_field_name(cell: Cell) -> str:
    """Return the name of a cell's input; the day comes first, an id may hold any character."""
    assignment_id, work_date = cell
    return f"hours:{work_date.isoformat()}:{assignment_id}"


def build_shown_name(cell: Cell) -> str:
    """Return the name of the hidden input with the hours that the page showed in a cell."""
    return f"shown:{build_field_name(cell)}"


def _log_all(
    cells: Mapping[Cell, HoursDay], typed: Mapping[Cell, str]
) -> tuple[int, dict[Cell, str]]:
    """Log what was typed; return how many days changed, and why others did not."""
    num_saved = 0
    problems: dict[Cell, str] = {}
    for cell, text in typed.items():
        try:
            num_saved += _log_change(cell, text, cells[cell].hours)
        except InvalidValue as invalid:
            problems[cell] = _NOT_HOURS
            note_refusal(invalid)
        except Refused as refused:
            problems[cell] = refused.sentence
            note_refusal(refused)
    return num_saved, problems


def _log_change(cell: Cell, text: str, stored: Decimal | None) -> bool:
    """Log what was typed over the hours that the page showed; a blank takes them back."""
    assignment_id, work_date = cell
    wanted = _read_hours(text)
    shown = _read_hours(request.form.get(build_shown_name(cell), ""))
    if wanted in {shown, stored}:
        return False
    return log_hours(
        get_session(),
        actor=get_actor(),
        assignment_id=assignment_id,
        work_date=work_date,
        hours=wanted,
        shown=Shown(shown),
    )


def _read_hours(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        hours = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise InvalidValue("hours", text, "a number") from None
    if not hours.is_finite():
        raise InvalidValue("hours", text, "a number")
    return hours


def _submit(before: HoursWeek, num_saved: int) -> str | None:
    """Submit the week as the page showed it and this form changed it; return what refused it."""
    version = read_whole(request.form.get("version", ""), MAX_KEY)
    # The first hours of a week make its sheet, which starts at version 1.
    first = 1 if before.timesheet_id is None and num_saved else 0
    try:
        if version != before.version:
            raise Refused("changed", "The week has changed since you opened the page; look again.")
        submit_week(
            get_session(),
            actor=get_actor(),
            day=before.bounds.starts_on,
            version=before.version + first + num_saved,
        )
    except Refused as refused:
        note_refusal(refused)
        return refused.sentence
    return None


def _list_zeros(cells: Mapping[Cell, HoursDay], do: str) -> list[Cell]:
    """Return the empty days that a button fills with 0."""
    return [
        cell
        for cell, day in cells.items()
        if day.is_missing and (do == "zeros" or do == f"{_OFF}{day.work_date.isoformat()}")
    ]


def _repeat_last_week(shown: HoursWeek) -> dict[Cell, str]:
    """Return what stood on the same days a week before, for the days that are missing."""
    days = timedelta(days=DAYS_A_WEEK)
    stored: dict[Cell, HoursDay] = {}
    for edge in {shown.bounds.starts_on - days, shown.bounds.ends_on - days}:
        stored |= _index_days(_find_week(edge))
    found = {}
    for (assignment_id, day), cell in _index_days(shown).items():
        earlier = stored.get((assignment_id, day - days))
        if cell.is_missing and earlier is not None and earlier.hours is not None:
            found[assignment_id, day] = format_number(earlier.hours, 2)
    return found


def _render(
    shown: HoursWeek,
    *,
    typed: Mapping[Cell, str] | None = None,
    problems: Mapping[Cell, str] | None = None,
    num_saved: int = 0,
    is_repeated: bool = False,
    refusal: str | None = None,
) -> str:
    first, last = shown.bounds.starts_on, shown.bounds.ends_on
    return render_template(
        "contractor/hours.html",
        week=shown,
        previous=first - timedelta(days=1),
        following=last + timedelta(days=1),
        typed=typed or {},
        problems=problems or {},
        num_saved=num_saved,
        is_repeated=is_repeated,
        refusal=refusal,
        field_name=build_field_name,
        shown_name=build_shown_name,
    )


def _find_week(day: date) -> HoursWeek:
    return find_week(get_session(), get_contractor_id(), day)


def _index_days(shown: HoursWeek) -> dict[Cell, HoursDay]:
    return {(row.assignment_id, day.work_date): day for row in shown.rows for day in row.days}


def _read_day(text: str) -> date:
    if not text:
        return get_today()
    errors: dict[str, str] = {}
    day = read_day({"week": text}, "week", errors)
    if day is None:
        raise InvalidValue("week", text, "a day as year-month-day")
    return day
