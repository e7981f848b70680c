"""Pay groups: zone and first day of the pay week, and who is in which group."""

from __future__ import annotations

import calendar
from zoneinfo import available_timezones

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, Refused
from app.services.access.access import Permission
from app.services.hours.pay_weeks import DAYS_A_WEEK, PLAIN_WEEK
from app.services.payroll.pay_groups import GroupSettings, list_groups, move_people, save_group
from app.web.form_fields import read_form
from app.web.formatting import pluralise
from app.web.guard import get_actor, permit
from app.web.input_limits import MAX_KEY, read_whole
from app.web.sessions import get_session

blueprint = Blueprint("pay_groups", __name__, url_prefix="/payroll/groups")

WEEKDAYS = tuple(calendar.day_name)
"""Monday first."""


@blueprint.get("/")
@permit(Permission.SET_PAY_WEEKS)
def index() -> ResponseReturnValue:
    """Show every group, and the forms that change them."""
    return render_template(
        "payroll/groups.html",
        groups=list_groups(get_session()),
        weekdays=WEEKDAYS,
        zones=sorted(available_timezones()),
        plain=PLAIN_WEEK,
    )


@blueprint.post("/")
@permit(Permission.SET_PAY_WEEKS)
def save() -> ResponseReturnValue:
    """Add a group, or change the one that the form names."""
    form = read_form("group", "name", "zone", "first_weekday", "is_default")
    weekday = read_whole(form.get("first_weekday", ""), DAYS_A_WEEK - 1)
    settings = GroupSettings(
        name=form.get("name", ""),
        zone=form.get("zone", ""),
        first_weekday=-1 if weekday is None else weekday,
        is_default=form.get("is_default") == "1",
    )
    try:
        save_group(
            get_session(),
            actor=get_actor(),
            settings=settings,
            group_id=_read_group(form["group"]) if form.get("group") else None,
        )
    except InvalidValue as error:
        flash(f"{error.field.replace('_', ' ').capitalize()}: {error.expected} expected.", "bad")
    except Refused as refused:
        flash(refused.sentence, "bad")
    else:
        flash(f"Saved {settings.name}. Weeks that have begun stay as they are.", "good")
    return redirect(url_for("pay_groups.index"))


@blueprint.post("/people")
@permit(Permission.SET_PAY_WEEKS)
def move() -> ResponseReturnValue:
    """Put the pasted contractors into a group, or out of any."""
    form = read_form("group", "contractors")
    contractor_ids = form.get("contractors", "").replace(",", " ").split()
    try:
        num_moved = move_people(
            get_session(),
            actor=get_actor(),
            group_id=_read_group(form["group"]) if form.get("group") else None,
            contractor_ids=contractor_ids,
        )
    except InvalidValue as error:
        unknown = f"No contractor has the id {error.value}." if error.value else "Give some ids."
        flash(f"{unknown} Nobody was moved.", "bad")
    else:
        flash(f"{pluralise(num_moved, 'person', 'people')} moved.", "good")
    return redirect(url_for("pay_groups.index"))


def _read_group(text: str) -> int:
    group_id = read_whole(text, MAX_KEY)
    if group_id is None:
        raise InvalidValue("group", text, "a pay group")
    return group_id
