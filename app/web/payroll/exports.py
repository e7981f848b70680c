"""Export batches: their list, one of them with its lines, its file and its manifest."""

from __future__ import annotations

import json
from functools import partial

from flask import render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.exports.payroll_manifest import ROUNDING_RULE
from app.services.access.access import Permission
from app.services.paging import Page, PageRequest
from app.services.payroll.payroll_batches import (
    BatchRow,
    find_lines,
    get_batch,
    get_batch_file,
    list_batches,
)
from app.web.downloads import note_file, send_stored
from app.web.guard import permit
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, read_list_query
from app.web.payroll.blueprint import blueprint
from app.web.payroll.columns import BATCH_COLUMNS, LINE_COLUMNS
from app.web.sessions import get_session

_SORTING = Sorting((), "number", descending=True)
_LINE_SORTING = Sorting((), "number")


@blueprint.get("/exports")
@permit(Permission.VIEW_PAYROLL)
def exports() -> ResponseReturnValue:
    """List the export batches, the latest first."""
    query = read_list_query(request.args, (), _SORTING)
    if asks_for_csv():
        return send_list("exports", BATCH_COLUMNS, query, _find_batches)
    listing = build_listing(query, _find_batches, BATCH_COLUMNS, "payroll.exports")
    return render_template("payroll/exports.html", listing=listing)


@blueprint.get("/exports/<int:batch_id>")
@permit(Permission.VIEW_PAYROLL)
def export(batch_id: int) -> ResponseReturnValue:
    """Show one batch: control totals, rule, lines; `only=adjustments` leaves the others out."""
    session = get_session()
    batch = get_batch(session, batch_id)
    query = read_list_query(request.args, ("only",), _LINE_SORTING)
    find = partial(
        find_lines, session, batch_id, only_adjustments=query.filters["only"] == "adjustments"
    )
    if asks_for_csv():
        return send_list(f"export-{batch.number}-lines", LINE_COLUMNS, query, find)
    return render_template(
        "payroll/export.html",
        batch=batch,
        rule=json.loads(batch.manifest).get("rounding", ROUNDING_RULE),
        listing=build_listing(query, find, LINE_COLUMNS, "payroll.export", batch_id=batch_id),
    )


@blueprint.get("/exports/<int:batch_id>/file")
@permit(Permission.VIEW_PAYROLL)
def export_file(batch_id: int) -> ResponseReturnValue:
    """Send the generic file of a batch, the same bytes each time."""
    return send_stored(get_batch_file(get_session(), batch_id))


@blueprint.get("/exports/<int:batch_id>/manifest")
@permit(Permission.VIEW_PAYROLL)
def export_manifest(batch_id: int) -> ResponseReturnValue:
    """Send the manifest of a batch: control totals, checksum, rounding rule."""
    batch = get_batch(get_session(), batch_id)
    name = f"payroll-{batch.number:06d}-manifest.json"
    note_file(name)
    return Response(
        batch.manifest,
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _find_batches(page: PageRequest) -> Page[BatchRow]:
    batches = list_batches(get_session())
    return Page(batches[page.offset : page.offset + page.limit], len(batches))
