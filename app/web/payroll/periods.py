"""Pay periods: their list, and one of them with what is in the way of its export."""

from __future__ import annotations

from functools import partial
from secrets import token_hex

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, Refused
from app.services.access.access import Permission
from app.services.desk.pay_periods import get_period_row, list_periods
from app.services.payroll.kept_readiness import read_readiness
from app.services.payroll.pay_periods import create_period, propose_period
from app.services.payroll.payroll_batches import list_batches
from app.services.payroll.payroll_export import export_period
from app.services.payroll.payroll_readiness import KINDS, find_rows
from app.services.payroll.period_closing import close_period
from app.web.form_fields import read_day, read_form
from app.web.guard import get_actor, permit
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, read_list_query
from app.web.ops.zones import ZONES
from app.web.payroll.blueprint import blueprint
from app.web.payroll.columns import PERIOD_COLUMNS, ROW_COLUMNS
from app.web.payroll.words import describe_readiness
from app.web.sessions import get_session

_SORTING = Sorting((), "starts_on", descending=True)
_ROW_SORTING = Sorting((), "contractor")
_MAX_KEY = 64


@blueprint.get("/")
@permit(Permission.VIEW_PAYROLL)
def periods() -> ResponseReturnValue:
    """List the pay periods, the latest first, with a form for the next one."""
    query = read_list_query(request.args, (), _SORTING)
    find = partial(list_periods, get_session())
    if asks_for_csv():
        return send_list("pay-periods", PERIOD_COLUMNS, query, find)
    return render_template(
        "payroll/periods.html",
        listing=build_listing(query, find, PERIOD_COLUMNS, "payroll.periods"),
        proposed=propose_period(get_session()),
        zones=ZONES,
    )


@blueprint.post("/periods")
@permit(Permission.EXPORT_PAYROLL)
def create() -> ResponseReturnValue:
    """Open a pay period."""
    form = read_form("starts_on", "ends_on", "zone")
    errors: dict[str, str] = {}
    starts_on = read_day(form, "starts_on", errors)
    ends_on = read_day(form, "ends_on", errors)
    if starts_on is None or ends_on is None:
        flash(next(iter(errors.values()), "Give the first and the last day."), "bad")
        return redirect(url_for("payroll.periods"))
    try:
        period_id = create_period(
            get_session(),
            actor=get_actor(),
            starts_on=starts_on,
            ends_on=ends_on,
            zone=form.get("zone", ""),
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
    except InvalidValue as invalid:
        flash(f"{_LABELS[invalid.field]}: {invalid.expected} is needed.", "bad")
    else:
        return redirect(url_for("payroll.period", period_id=period_id))
    return redirect(url_for("payroll.periods"))


_LABELS = {"ends_on": "Last day", "zone": "Time zone"}


@blueprint.get("/periods/<int:period_id>")
@permit(Permission.VIEW_PAYROLL)
def period(period_id: int) -> ResponseReturnValue:
    """Show a period: what is ready, what is in the way, and the rows behind each figure."""
    session = get_session()
    row = get_period_row(session, period_id)
    query = read_list_query(request.args, ("kind",), _ROW_SORTING)
    kind = query.filters["kind"] if query.filters["kind"] in KINDS else "due"
    readiness = read_readiness(session, period_id)
    find = partial(find_rows, session, period_id, readiness, kind)
    if asks_for_csv():
        return send_list(f"payroll-{kind}", ROW_COLUMNS, query, find)
    return render_template(
        "payroll/period.html",
        row=row,
        readiness=readiness,
        sentences=describe_readiness(readiness),
        batches=list_batches(session, period_id),
        kind=kind,
        kinds=KINDS,
        listing=build_listing(query, find, ROW_COLUMNS, "payroll.period", period_id=period_id),
        # A second click on the same page makes no second batch.
        key=token_hex(16),
    )


@blueprint.post("/periods/<int:period_id>/export")
@permit(Permission.EXPORT_PAYROLL)
def create_export(period_id: int) -> ResponseReturnValue:
    """Put everything that is due into a new, numbered batch."""
    form = read_form("key")
    try:
        batch_id = export_period(
            get_session(),
            actor=get_actor(),
            period_id=period_id,
            idempotency_key=form.get("key", "")[:_MAX_KEY] or None,
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
        return redirect(url_for("payroll.period", period_id=period_id))
    return redirect(url_for("payroll.export", batch_id=batch_id))


@blueprint.post("/periods/<int:period_id>/close")
@permit(Permission.EXPORT_PAYROLL)
def close(period_id: int) -> ResponseReturnValue:
    """Close a period for good."""
    form = read_form("leave_unapproved")
    try:
        was_open = close_period(
            get_session(),
            actor=get_actor(),
            period_id=period_id,
            leave_unapproved=form.get("leave_unapproved") == "1",
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
    else:
        flash("The period is closed." if was_open else "The period was closed already.", "good")
    return redirect(url_for("payroll.period", period_id=period_id))
