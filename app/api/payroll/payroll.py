"""Export batches: lines, generic file and manifest, files in the formats of receivers."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.downloads import CSV, note_file, send_stored
from app.api.guard import get_actor
from app.api.needs import EXPORT_PAYROLL, READ_PAYROLL
from app.api.pages import Cut, PageQuery
from app.api.schemas import build_key, build_schema, nest_all
from app.api.sessions import get_session
from app.exports.payroll_line import PayrollLine
from app.services.desk.receiver_formats import FormatRow, list_formats
from app.services.paging import Page, PageRequest, cut_page
from app.services.payroll.batch_files import (
    BatchFileRow,
    get_batch_head,
    get_made_file,
    list_batch_files,
    make_batch_file,
)
from app.services.payroll.payroll_batches import (
    BatchRow,
    find_lines,
    get_batch,
    get_batch_file,
    list_batches,
)

desk = Desk("exports", "Export batches of payroll, and their files.")


ExportSchema = build_schema(BatchRow, name="Export", leave_out=("manifest",))


class LineQuery(PageQuery):
    """Narrows the lines of a batch."""

    only_adjustments = fields.Boolean(load_default=False, truthy={"true"}, falsy={"false"})


class FilesSchema(Schema):
    """The files that were made of a batch, the latest first."""

    items = nest_all(build_schema(BatchFileRow))


class FormatsSchema(Schema):
    """The formats in use, each in its present version."""

    items = nest_all(build_schema(FormatRow, leave_out=("settings",)))


class FileOrderSchema(Schema):
    """The format of a receiver; `currency` where the format takes one at a time."""

    format_id = build_key()
    currency = fields.String(load_default="", validate=validate.Length(max=3))


class MadeFileSchema(Schema):
    """The file that was made, or had been made before."""

    file_id = fields.Integer(required=True)


@desk.listing("/exports", READ_PAYROLL, ExportSchema, Cut("number", int, descending=True))
def list_exports(_filters: dict[str, Any], page: PageRequest) -> Page[BatchRow]:
    """List export batches, the latest first."""
    return cut_page(list_batches(get_session()), page, "number")


@desk.operation("GET", "/exports/<int:export_id>", READ_PAYROLL, ExportSchema)
def get_one_export(export_id: int) -> BatchRow:
    """Read one export batch with its control totals."""
    return get_batch(get_session(), export_id)


@desk.listing(
    "/exports/<int:export_id>/lines",
    READ_PAYROLL,
    build_schema(PayrollLine),
    Cut("number", int),
    query=LineQuery,
)
def list_lines(filters: dict[str, Any], page: PageRequest, export_id: int) -> Page[PayrollLine]:
    """List the lines of a batch in the order of its file."""
    get_batch(get_session(), export_id)
    return find_lines(get_session(), export_id, page, **filters)


@desk.operation("GET", "/exports/<int:export_id>/file", READ_PAYROLL, mimetype=CSV)
def get_generic_file(export_id: int) -> Response:
    """Read the generic file of a batch, the same bytes each time."""
    return send_stored(get_batch_file(get_session(), export_id))


@desk.operation(
    "GET", "/exports/<int:export_id>/manifest", READ_PAYROLL, mimetype="application/json"
)
def get_manifest(export_id: int) -> Response:
    """Read the manifest of a batch: control totals, checksum, rounding rule."""
    batch = get_batch(get_session(), export_id)
    note_file(f"payroll-{batch.number:06d}-manifest.json")
    return Response(batch.manifest, mimetype="application/json")


@desk.operation("GET", "/payroll-formats", READ_PAYROLL, FormatsSchema)
def list_all_formats() -> dict[str, Any]:
    """List the formats of receivers that are in use."""
    return {"items": list_formats(get_session())}


@desk.operation("GET", "/exports/<int:export_id>/files", READ_PAYROLL, FilesSchema)
def list_files(export_id: int) -> dict[str, Any]:
    """List the files of a batch in the formats of receivers."""
    get_batch_head(get_session(), export_id)
    return {"items": list_batch_files(get_session(), export_id)}


@desk.operation(
    "POST",
    "/exports/<int:export_id>/files",
    EXPORT_PAYROLL,
    MadeFileSchema,
    body=FileOrderSchema,
    status=201,
)
def make_file(body: dict[str, Any], export_id: int) -> Any:
    """Make the file of a batch in a format; it stays the same from then on."""
    file_id = make_batch_file(get_session(), actor=get_actor(), batch_id=export_id, **body)
    location = url_for("exports.get_file", export_id=export_id, file_id=file_id)
    return {"file_id": file_id}, 201, {"Location": location}


@desk.operation("GET", "/exports/<int:export_id>/files/<int:file_id>", READ_PAYROLL, mimetype=CSV)
def get_file(export_id: int, file_id: int) -> Response:
    """Read a file of a batch, the same bytes each time."""
    return send_stored(get_made_file(get_session(), export_id, file_id))
