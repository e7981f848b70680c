"""Imports: upload files, match columns, mend rows, look at the difference, confirm it."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, url_for
from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import FileStorage

from app.api.desk import Desk
from app.api.downloads import CSV, send_table
from app.api.guard import get_actor
from app.api.needs import IMPORT, READ_IMPORTS
from app.api.pages import Cut, PageQuery
from app.api.schemas import build_items, build_key, build_schema, build_text, nest_all
from app.api.sessions import get_session
from app.config import Settings
from app.importing.cells import describe_column
from app.services.desk.import_views import ProblemRow, UploadRow, UploadView
from app.services.desk.imports import get_upload, list_bad_rows, list_problems, list_uploads
from app.services.imports.import_differences import Example
from app.services.imports.import_endings import cancel_upload
from app.services.imports.import_matching import LEFT_OUT, Match, match_files
from app.services.imports.import_tables import TableCounts
from app.services.imports.import_uploads import (
    UploadedFile,
    add_mended_rows,
    confirm_upload,
    create_upload,
    require_import,
    reread_upload,
)
from app.services.paging import Page, PageRequest
from solver.roster import TABLES

desk = Desk("imports", "Rosters as files: read by a worker, previewed, written when confirmed.")

_MAX_FILES = 100
_MAX_COLUMNS = 200

DifferenceSchema = build_schema(
    TableCounts,
    name="TableDifference",
    more={
        "kept": fields.Integer(
            required=True, metadata={"description": "Rows that no file mentions, and that stay."}
        ),
        "changed_rows": nest_all(build_schema(Example)),
        "removed_rows": nest_all(build_schema(Example)),
    },
)
UploadSchema = build_schema(
    UploadView,
    name="Import",
    more={
        "differences": nest_all(DifferenceSchema),
        "num_changes": fields.Integer(required=True),
    },
)


class ColumnSchema(Schema):
    """A column of a file; `expected` is what a cell must be."""

    name = fields.String(required=True)
    required = fields.Boolean(required=True)
    key = fields.Boolean(required=True)
    expected = fields.Function(describe_column, required=True, metadata={"type": "string"})


class TableSchema(Schema):
    """A table, and so the file of that name."""

    name = fields.String(required=True)
    required = fields.Boolean(required=True)
    columns = nest_all(ColumnSchema)


class UploadedFilesSchema(Schema):
    """CSV files, or one zip that holds them."""

    files = fields.List(Upload(), required=True, validate=validate.Length(1, _MAX_FILES))


class MendedSchema(Schema):
    """The file of bad rows, mended."""

    mended = Upload(required=True)


class ProblemQuery(PageQuery):
    """Narrows faults to one file."""

    file = build_text()


class MatchSchema(Schema):
    """What a file holds: a table, "" to leave it out, and which of its columns is which."""

    file_id = build_key()
    table = fields.String(required=True, validate=validate.OneOf([LEFT_OUT, *TABLES]))
    columns = fields.Dict(
        keys=build_text(required=True),
        values=build_text(required=True),
        load_default=dict,
        validate=validate.Length(max=_MAX_COLUMNS),
        metadata={"description": "Column of the format -> name in the file's header."},
    )


class MatchesSchema(Schema):
    """What is said of files; it is remembered for files with the same header."""

    files = fields.List(
        fields.Nested(MatchSchema), required=True, validate=validate.Length(1, _MAX_FILES)
    )


class ConfirmationSchema(Schema):
    """The `fingerprint` of the preview that was looked at."""

    fingerprint = build_text(required=True)


@desk.operation("GET", "/imports/tables", READ_IMPORTS, build_items(TableSchema))
def list_tables() -> dict[str, Any]:
    """List what each file holds, column by column; its header is the names of these."""
    require_import(get_actor())
    return {"items": list(TABLES.values())}


@desk.listing(
    "/imports", READ_IMPORTS, build_schema(UploadRow), Cut("upload_id", int, descending=True)
)
def list_all_imports(_filters: dict[str, Any], page: PageRequest) -> Page[UploadRow]:
    """List what was uploaded, the latest first."""
    require_import(get_actor())
    return list_uploads(get_session(), actor=get_actor(), page=page)


@desk.operation("POST", "/imports", IMPORT, UploadSchema, files=UploadedFilesSchema, status=202)
def upload(files: dict[str, Any]) -> Any:
    """Upload files; a worker reads them, and nothing is written until that is confirmed."""
    upload_id = create_upload(
        get_session(),
        actor=get_actor(),
        files=[_read_file(one) for one in files["files"]],
        max_bytes=_get_most_bytes(),
    )
    location = url_for("imports.get_one_import", upload_id=upload_id)
    return _read(upload_id), 202, {"Location": location}


@desk.operation("GET", "/imports/<int:upload_id>", READ_IMPORTS, UploadSchema)
def get_one_import(upload_id: int) -> UploadView:
    """Read how far an import is, how its files were read, and what would change."""
    return _read(upload_id)


@desk.listing(
    "/imports/<int:upload_id>/problems",
    READ_IMPORTS,
    build_schema(ProblemRow, name="ImportProblem"),
    Cut("seq", int),
    query=ProblemQuery,
)
def list_problems_of_import(
    filters: dict[str, Any], page: PageRequest, upload_id: int
) -> Page[ProblemRow]:
    """List the faults of an import, row by row."""
    return list_problems(
        get_session(), actor=get_actor(), upload_id=upload_id, **filters, page=page
    )


@desk.operation(
    "GET",
    "/imports/<int:upload_id>/files/<int:file_id>/bad-rows",
    READ_IMPORTS,
    mimetype=CSV,
)
def get_bad_rows(upload_id: int, file_id: int) -> Response:
    """Read the rows of a file that have faults, with the reasons, to be mended."""
    found = list_bad_rows(get_session(), actor=get_actor(), upload_id=upload_id, file_id=file_id)
    return send_table(found.name, *found.table, narrowed={"import": str(upload_id)})


@desk.operation(
    "POST",
    "/imports/<int:upload_id>/files/<int:file_id>/mended",
    IMPORT,
    UploadSchema,
    files=MendedSchema,
    status=202,
)
def mend_rows(files: dict[str, Any], upload_id: int, file_id: int) -> UploadView:
    """Send the mended rows of a file; all of the import is read again with them."""
    add_mended_rows(
        get_session(),
        actor=get_actor(),
        upload_id=upload_id,
        file_id=file_id,
        file=_read_file(files["mended"]),
        max_bytes=_get_most_bytes(),
    )
    return _read(upload_id)


@desk.operation(
    "POST",
    "/imports/<int:upload_id>/columns",
    IMPORT,
    UploadSchema,
    body=MatchesSchema,
    status=202,
)
def match_columns(body: dict[str, Any], upload_id: int) -> UploadView:
    """Say which table a file holds and which of its columns is which; it is read again."""
    matches = {one["file_id"]: Match(one["table"], one["columns"]) for one in body["files"]}
    match_files(get_session(), actor=get_actor(), upload_id=upload_id, matches=matches)
    return _read(upload_id)


@desk.operation("POST", "/imports/<int:upload_id>/again", IMPORT, UploadSchema, status=202)
def read_again(upload_id: int) -> UploadView:
    """Have an import read and compared once more."""
    reread_upload(get_session(), actor=get_actor(), upload_id=upload_id)
    return _read(upload_id)


@desk.operation(
    "POST",
    "/imports/<int:upload_id>/confirm",
    IMPORT,
    UploadSchema,
    body=ConfirmationSchema,
    status=202,
)
def confirm_import(body: dict[str, Any], upload_id: int) -> UploadView:
    """Have what the preview showed written, all of it or nothing."""
    confirm_upload(get_session(), actor=get_actor(), upload_id=upload_id, **body)
    return _read(upload_id)


@desk.operation("POST", "/imports/<int:upload_id>/cancel", IMPORT, UploadSchema)
def cancel_import(upload_id: int) -> UploadView:
    """Throw an import away with all that was uploaded; again changes nothing."""
    cancel_upload(get_session(), actor=get_actor(), upload_id=upload_id)
    return _read(upload_id)


def _read(upload_id: int) -> UploadView:
    return get_upload(get_session(), actor=get_actor(), upload_id=upload_id)


def _read_file(file: FileStorage) -> UploadedFile:
    return UploadedFile(file.filename or "", file.stream)


def _get_most_bytes() -> int:
    settings: Settings = current_app.extensions["redeploy.settings"]
    return settings.import_max_bytes
