"""The contractor's own availability: hours and rate, leave, and skills to be confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.errors import InvalidValue
from app.services.access.access import Permission
from app.services.own_work.availability import add_time_off, remove_time_off, set_availability
from app.services.own_work.my_availability import get_own_availability, list_skill_names
from app.services.own_work.skill_claims import LEVELS, claim_skill
from app.web.clock import get_today
from app.web.contractor.own_contractor import get_contractor_id
from app.web.form_fields import read_day, read_form
from app.web.guard import get_actor, permit
from app.web.input_limits import read_whole
from app.web.sessions import get_session

blueprint = Blueprint("availability", __name__, url_prefix="/my/availability")

_MAX_RATE = 1_000_000


@blueprint.get("")
@permit(Permission.EDIT_OWN_AVAILABILITY)
def index() -> ResponseReturnValue:
    """Show what the contractor entered, and the forms to change it."""
    session = get_session()
    return render_template(
        "availability.html",
        own=get_own_availability(session, get_contractor_id(), today=get_today()),
        skill_names=list_skill_names(session, get_contractor_id()),
        levels=LEVELS,
        today=get_today(),
    )


@blueprint.post("")
@permit(Permission.EDIT_OWN_AVAILABILITY)
def save() -> ResponseReturnValue:
    """Set hours and rate; a blank one is as the roster says."""
    form = read_form("hours_per_week", "least_rate")
    changed = set_availability(
        get_session(),
        actor=get_actor(),
        hours_per_week=_read_hours(form),
        least_rate_cents=_read_rate(form),
    )
    return _come_back("Saved: the next plan keeps to it." if changed else "Nothing had changed.")


@blueprint.post("/leave")
@permit(Permission.EDIT_OWN_AVAILABILITY)
def add_leave() -> ResponseReturnValue:
    """Add own leave."""
    form = read_form("starts_on", "ends_on")
    added = add_time_off(
        get_session(),
        actor=get_actor(),
        starts_on=_read_day(form, "starts_on"),
        ends_on=_read_day(form, "ends_on"),
        today=get_today(),
    )
    return _come_back("Your leave is entered." if added else "These days were entered already.")


@blueprint.post("/leave/<int:time_off_id>/remove")
@permit(Permission.EDIT_OWN_AVAILABILITY)
def remove_leave(time_off_id: int) -> ResponseReturnValue:
    """Take own leave back."""
    read_form()
    remove_time_off(get_session(), actor=get_actor(), time_off_id=time_off_id)
    return _come_back("The leave is taken back.")


@blueprint.post("/skills")
@permit(Permission.EDIT_OWN_AVAILABILITY)
def add_claim() -> ResponseReturnValue:
    """Claim a level in a skill."""
    form = read_form("skill", "level")
    claim_skill(
        get_session(),
        actor=get_actor(),
        skill=form.get("skill", ""),
        level=read_whole(form.get("level", ""), LEVELS[-1]) or 0,
    )
    return _come_back("Your ops team looks at it; plans count it once they have confirmed it.")


def _come_back(sentence: str) -> Response:
    flash(sentence, "good")
    return redirect(url_for("availability.index"))


def _read_hours(form: Mapping[str, str]) -> int | None:
    text = form.get("hours_per_week", "")
    if not text:
        return None
    hours = read_whole(text, 168)
    if hours is None:
        raise InvalidValue("hours a week", text, "a whole number from 0 to 168, or nothing")
    return hours


def _read_rate(form: Mapping[str, str]) -> int | None:
    text = form.get("least_rate", "").replace(",", ".")
    if not text:
        return None
    try:
        cents = Decimal(text) * 100
        is_good = cents.is_finite() and 0 <= cents <= 100 * _MAX_RATE and cents == round(cents)
    except InvalidOperation:
        is_good = False
    if not is_good:
        raise InvalidValue("lowest rate", text, "an amount with two decimals at most, or nothing")
    return int(cents)


def _read_day(form: Mapping[str, str], name: str) -> date:
    errors: dict[str, str] = {}
    day = read_day(form, name, errors)
    if day is None:
        raise InvalidValue(name.replace("_", " "), form.get(name, ""), "a day as year-month-day")
    return day
