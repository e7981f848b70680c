"""Corrections of hours in closed periods and of rates; the next export pays the difference."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, Refused
from app.services.access.access import Permission
from app.services.desk.pay_assignments import find_assignments
from app.services.payroll.payroll_corrections import (
    MAX_REASON,
    correct_hours,
    correct_rate,
    list_corrections,
)
from app.web.form_fields import read_day, read_form, read_text
from app.web.guard import get_actor, permit
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, read_list_query
from app.web.payroll.blueprint import blueprint
from app.web.payroll.columns import CORRECTION_COLUMNS
from app.web.sessions import get_session

_SORTING = Sorting((), "entered_at", descending=True)
_FIELDS = ("assignment_id", "day", "value", "reason")
_MAX_PERSON = 80
_LABELS = {"hours": "Hours", "rate": "Rate", "starts_on": "First day", "reason": "Reason"}


@blueprint.get("/adjustments")
@permit(Permission.VIEW_PAYROLL)
def adjustments() -> ResponseReturnValue:
    """List corrections, and find the assignment to correct by `person`."""
    query = read_list_query(request.args, (), _SORTING)
    find = partial(list_corrections, get_session())
    if asks_for_csv():
        return send_list("corrections", CORRECTION_COLUMNS, query, find)
    person = request.args.get("person", "").strip()[:_MAX_PERSON]
    return render_template(
        "payroll/adjustments.html",
        listing=build_listing(query, find, CORRECTION_COLUMNS, "payroll.adjustments"),
        person=person,
        found=find_assignments(get_session(), person) if person else (),
        max_reason=MAX_REASON,
    )


@blueprint.post("/adjustments/hours")
@permit(Permission.EXPORT_PAYROLL)
def adjust_hours() -> ResponseReturnValue:
    """Say what the hours of a day in a closed period should have been."""
    form = read_form(*_FIELDS)
    errors: dict[str, str] = {}
    day = read_day(form, "day", errors)
    hours = _read_number(form.get("value", ""))
    reason = read_text(form, "reason", errors, longest=MAX_REASON)
    if day is None or hours is None or errors:
        return _say_problem(next(iter(errors.values()), "Give a day and a number of hours."))
    try:
        is_new = correct_hours(
            get_session(),
            actor=get_actor(),
            assignment_id=form.get("assignment_id", ""),
            work_date=day,
            hours=hours,
            reason=reason,
        )
    except Refused as refused:
        return _say_problem(refused.sentence)
    except InvalidValue as invalid:
        return _say_problem(f"{_LABELS[invalid.field]}: {invalid.expected}.")
    return _say_done(is_new=is_new)


@blueprint.post("/adjustments/rate")
@permit(Permission.EXPORT_PAYROLL)
def adjust_rate() -> ResponseReturnValue:
    """Set what an hour of an assignment pays from a day on."""
    form = read_form(*_FIELDS)
    errors: dict[str, str] = {}
    day = read_day(form, "day", errors)
    rate = _read_number(form.get("value", ""))
    reason = read_text(form, "reason", errors, longest=MAX_REASON)
    if day is None or rate is None or rate != round(rate, 2) or errors:
        return _say_problem(
            next(iter(errors.values()), "Give a day and a rate with two decimals at most.")
        )
    try:
        is_new = correct_rate(
            get_session(),
            actor=get_actor(),
            assignment_id=form.get("assignment_id", ""),
            starts_on=day,
            rate_cents=int(rate * 100),
            reason=reason,
        )
    except Refused as refused:
        return _say_problem(refused.sentence)
    except InvalidValue as invalid:
        return _say_problem(f"{_LABELS[invalid.field]}: {invalid.expected}.")
    return _say_done(is_new=is_new)


def _read_number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10**9) else None


def _say_problem(sentence: str) -> ResponseReturnValue:
    flash(sentence, "bad")
    return redirect(url_for("payroll.adjustments"))


def _say_done(*, is_new: bool) -> ResponseReturnValue:
    flash("The next export pays the difference." if is_new else "It says so already.", "good")
    return redirect(url_for("payroll.adjustments"))
