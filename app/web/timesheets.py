"""Weeks of hours as managers and payroll see them: who is missing, decide on many, one week."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.errors import InvalidValue
from app.services.access.access import Actor, Permission
from app.services.desk.timesheet import get_sheet
from app.services.desk.timesheet_filter import STATES, SheetFilter
from app.services.desk.timesheets import (
    count_states,
    list_names,
    list_projects,
    list_sheets,
    list_versions,
)
from app.services.hours.timesheet_reminders import remind_missing
from app.services.hours.timesheet_verbs import (
    SheetOutcome,
    SheetVersion,
    approve_sheets,
    lock_sheets,
    reject_sheets,
    reopen_sheets,
)
from app.web.clock import get_today
from app.web.denials import note_refusal
from app.web.form_fields import read_day, read_form
from app.web.formatting import pluralise
from app.web.guard import get_actor, permit
from app.web.input_limits import MAX_KEY, MAX_VERSION, read_whole
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, is_fragment, read_list_query
from app.web.sessions import get_session

blueprint = Blueprint("timesheets", __name__, url_prefix="/timesheets")

_FILTERS = ("day", "state", "text", "project", "late")
_COLUMNS = (
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("contractor", "Contractor", fixed=True),
    Column("email", "E-mail", csv_only=True, sorts=False),
    Column("starts_on", "Week"),
    Column("ends_on", "Until", csv_only=True, sorts=False),
    Column("zone", "Zone", sorts=False),
    Column("hours", "Hours", number=True, sorts=False),
    Column("num_late", "Late", number=True, sorts=False),
    Column("submitted_at", "Submitted"),
    Column("status", "State", lambda row: "not begun" if row.status == "none" else row.status),
)
_SORTING = Sorting.of_columns(_COLUMNS, "contractor")

Verb = Callable[[Session, Actor, Sequence[SheetVersion], str], tuple[SheetOutcome, ...]]

_VERBS: Mapping[str, tuple[str, Verb]] = {
    "approve": (
        "submitted",
        lambda session, actor, sheets, _: approve_sheets(session, actor=actor, sheets=sheets),
    ),
    "reject": (
        "submitted",
        lambda session, actor, sheets, reason: reject_sheets(
            session, actor=actor, sheets=sheets, reason=reason
        ),
    ),
    "lock": (
        "approved",
        lambda session, actor, sheets, _: lock_sheets(session, actor=actor, sheets=sheets),
    ),
    "reopen": (
        "",
        lambda session, actor, sheets, reason: reopen_sheets(
            session, actor=actor, sheets=sheets, reason=reason
        ),
    ),
}
"""Name of a decision -> state of the weeks that it takes when all that match are meant, and it."""

_DONE = {"approve": "approved", "reject": "sent back", "lock": "locked", "reopen": "reopened"}


@blueprint.get("/")
@permit(Permission.VIEW_TIMESHEETS)
def index() -> ResponseReturnValue:
    """List everybody's weeks around a day: last week's, unless another day is asked for."""
    session = get_session()
    query = read_list_query(request.args, _FILTERS, _SORTING)
    narrowed = _read_filter(query.filters)
    find_rows = partial(list_sheets, session, narrowed)
    if asks_for_csv():
        return send_list(f"timesheets-{narrowed.day}", _COLUMNS, query, find_rows)
    counts = count_states(session, narrowed)
    return render_template(
        "timesheets/table.html" if is_fragment() else "timesheets/index.html",
        narrowed=narrowed,
        counts=counts,
        projects=list_projects(session),
        previous=narrowed.day - timedelta(days=7),
        following=narrowed.day + timedelta(days=7),
        seen_at=datetime.now(UTC),
        verbs=_list_verbs(narrowed.state),
        listing=build_listing(
            query, partial(find_rows, counts=counts), _COLUMNS, "timesheets.index"
        ),
    )


@blueprint.post("/decisions")
@permit(Permission.DECIDE_HOURS)
def decide() -> ResponseReturnValue:
    """Decide on the chosen weeks, or on all that match; show what became of each."""
    form = read_form(*_FILTERS, "decision", "row", "all_matching", "seen_at", "reason")
    session, actor = get_session(), get_actor()
    name = form.get("decision", "")
    if name not in _VERBS:
        raise InvalidValue("decision", name, "one of " + ", ".join(_VERBS))
    state, verb = _VERBS[name]
    if form.get("all_matching"):
        narrowed = _read_filter({**form, "state": state}, seen_at=_read_moment(form))
        sheets = list_versions(session, narrowed)
        session.rollback()
    else:
        sheets = _read_rows()
    kept: dict[str, Any] = {key: form[key] for key in _FILTERS if form.get(key)}
    back = url_for("timesheets.index", **kept)
    try:
        outcomes = verb(session, actor, sheets, form.get("reason", ""))
    except InvalidValue as error:
        if error.field != "reason":
            raise
        flash(f"Nothing changed. Give a reason: {error.expected} is needed.", "bad")
        return redirect(back)
    refused = [one for one in outcomes if not one.ok]
    num_done = len(outcomes) - len(refused)
    said = f"{pluralise(num_done, 'week')} {_DONE[name]}."
    if not refused:
        flash(said if outcomes else "Choose at least one week.", "good" if outcomes else "bad")
        return redirect(back)
    note_refusal("some_rows")
    names = list_names(session, [one.timesheet_id for one in refused])
    page = render_template(
        "timesheets/outcomes.html", said=said, refused=refused, names=names, back=back
    )
    return page, 409


@blueprint.post("/reminders")
@permit(Permission.APPROVE_HOURS)
def remind() -> ResponseReturnValue:
    """Remind everybody of the list who has not submitted."""
    form = read_form(*_FILTERS)
    num_told = remind_missing(
        get_session(), actor=get_actor(), narrowed=_read_filter(form), today=get_today()
    )
    told = f"{pluralise(num_told, 'person', 'people')} reminded."
    flash(told if num_told else "All of them have been reminded today.", "good")
    kept: dict[str, Any] = {key: form[key] for key in _FILTERS if form.get(key)}
    return redirect(url_for("timesheets.index", **kept))


@blueprint.get("/<int:timesheet_id>")
@permit(Permission.VIEW_TIMESHEETS)
def sheet(timesheet_id: int) -> ResponseReturnValue:
    """Show one week, and what can be decided about it."""
    found = get_sheet(get_session(), timesheet_id)
    return render_template(
        "timesheets/sheet.html", sheet=found, verbs=_list_verbs(found.week.status)
    )


def _list_verbs(state: str) -> list[str]:
    """Return what the actor may decide about weeks in a state."""
    actor = get_actor()
    may_approve, may_lock = (
        actor.may(one) for one in (Permission.APPROVE_HOURS, Permission.LOCK_HOURS)
    )
    if state == "submitted" and may_approve:
        return ["reject", "approve"]
    if state == "approved":
        return ["reopen", "lock"] if may_lock else ["reopen"] if may_approve else []
    return ["reopen"] if state == "locked" and may_lock else []


def _read_rows() -> list[SheetVersion]:
    """Return the rows of the form, each as `key:version`."""
    rows = []
    for text in request.form.getlist("row"):
        key_text, _colon, version_text = text.partition(":")
        key, version = read_whole(key_text, MAX_KEY), read_whole(version_text, MAX_VERSION)
        if key is None or version is None:
            raise InvalidValue("row", text, "a week and its version")
        rows.append(SheetVersion(key, version))
    return rows


def _read_moment(form: Mapping[str, str]) -> datetime:
    text = form.get("seen_at", "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue("seen_at", text, "an instant") from None
    if moment.tzinfo is None:
        raise InvalidValue("seen_at", text, "an instant with its zone")
    return moment


def _read_filter(values: Mapping[str, Any], *, seen_at: datetime | None = None) -> SheetFilter:
    day = read_day(values, "day", {}) or _get_last_week()
    state = values.get("state", "")
    return SheetFilter(
        day=day,
        state=state if state in STATES else "",
        text=values.get("text", ""),
        project_id=values.get("project", ""),
        late=values.get("late") == "1",
        seen_at=seen_at,
    )


def _get_last_week() -> date:
    return get_today() - timedelta(days=7)
