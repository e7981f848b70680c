"""The formats of payroll files, for those who tend them: settings, versions, preview."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Any

from flask import url_for
from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import READ_FORMATS, WRITE_FORMATS
from app.api.schemas import (
    build_choice,
    build_items,
    build_key,
    build_schema,
    build_text,
    build_version,
)
from app.api.sessions import get_session
from app.errors import InvalidValue
from app.exports.payroll_formats.catalog import FORMATS
from app.exports.payroll_formats.map_fields import (
    DATE_FORMATS,
    DECIMAL_MARKS,
    FIELDS,
    HOURS_FORMATS,
    PAY_CODES,
)
from app.exports.payroll_formats.payroll_format import PayrollFormat
from app.exports.payroll_formats.template_header import (
    DELIMITERS,
    ENCODINGS,
    LINE_ENDS,
    MAX_COLUMNS,
    MAX_HEADER_BYTES,
    TemplateHeader,
    read_template,
)
from app.models import RECEIVER_KINDS
from app.services.access.access import Permission
from app.services.desk.receiver_formats import FormatRow, list_formats, list_versions
from app.services.payroll.batch_preview import Preview, build_preview
from app.services.payroll.receiver_formats import (
    COLUMNS,
    MAX_NAME,
    archive_format,
    change_format,
    create_format,
    find_problems,
)
from solver.errors import InvalidInput

desk = Desk("formats", "Formats of payroll files, for those who tend them.")

_MAX_SETTING = 200
_HEX = f"^([0-9a-f]{{2}}){{1,{MAX_HEADER_BYTES}}}$"
_BASE64_CHARACTERS = MAX_HEADER_BYTES * 2


class MapColumnSchema(Schema):
    """Where the cells of a column come from: a field, or else a constant."""

    field = build_choice(("", *FIELDS))
    constant = build_text(most=_MAX_SETTING)


class ColumnMapSchema(Schema):
    """A file column by column; `header` is the template's first line, its bytes in hexadecimal."""

    header = fields.String(required=True, validate=validate.Regexp(_HEX))
    encoding = build_choice(ENCODINGS, required=True)
    delimiter = build_choice(DELIMITERS, required=True)
    line_end = build_choice(LINE_ENDS, required=True)
    quote_all = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    adjustments = build_choice(("signed", "refused"), required=True)
    date_format = build_choice(DATE_FORMATS, required=True)
    decimal_mark = build_choice(DECIMAL_MARKS, required=True)
    hours_format = build_choice(HOURS_FORMATS, required=True)
    pay_codes = fields.Dict(
        keys=fields.String(validate=validate.OneOf(PAY_CODES)),
        values=build_text(required=True, most=_MAX_SETTING),
        load_default=dict,
    )
    columns = fields.List(
        fields.Nested(MapColumnSchema), required=True, validate=validate.Length(1, MAX_COLUMNS)
    )


class SettingsSchema(Schema):
    """What a format does: a column map for the kind `columns`, settings by name for others."""

    settings = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.Length(max=_MAX_SETTING)),
        load_default=dict,
    )
    column_map = fields.Nested(ColumnMapSchema, load_default=None, allow_none=True)


class PreviewOrderSchema(SettingsSchema):
    """Settings of a kind that nobody has saved."""

    kind = build_choice(RECEIVER_KINDS, required=True)


class NewFormatSchema(PreviewOrderSchema):
    """A format under its name."""

    name = build_text(required=True, most=MAX_NAME)


class FormatChangeSchema(SettingsSchema):
    """What a format is from its next version on."""

    name = build_text(required=True, most=MAX_NAME)
    version = build_version()


class SavedFormatSchema(Schema):
    """The format that was saved."""

    format_id = build_key()


class TemplateSchema(Schema):
    """The first bytes of a receiver's template, in base64."""

    content = build_text(required=True, most=_BASE64_CHARACTERS)


TemplateHeaderSchema = build_schema(
    TemplateHeader, more={"content": fields.String(data_key="header", required=True)}
)
FormatSchema = build_schema(
    FormatRow,
    name="FormatVersion",
    more={
        "settings": fields.Dict(required=True),
        "column_map": fields.Nested(ColumnMapSchema, required=True, allow_none=True),
    },
)
KindSchema = build_schema(
    PayrollFormat, name="FormatKind", leave_out=("columns", "build", "build_name")
)


@desk.operation("GET", "/formats", READ_FORMATS, build_items(FormatSchema))
def list_formats_in_use() -> dict[str, Any]:
    """List the formats in use, each in its present version."""
    return {"items": [_write(row) for row in list_formats(get_session())]}


@desk.operation("GET", "/formats/kinds", READ_FORMATS, build_items(KindSchema))
def list_format_kinds() -> dict[str, Any]:
    """List the kinds of formats that have settings of their own, beside column maps."""
    return {"items": list(FORMATS.values())}


@desk.operation("GET", "/formats/<int:format_id>/versions", READ_FORMATS, build_items(FormatSchema))
def list_format_versions(format_id: int) -> dict[str, Any]:
    """List every version of a format, the latest first."""
    return {"items": [_write(row) for row in list_versions(get_session(), format_id)]}


@desk.operation(
    "POST", "/formats", WRITE_FORMATS, SavedFormatSchema, body=NewFormatSchema, status=201
)
def add_format(body: dict[str, Any]) -> Any:
    """Save a new format."""
    format_id = create_format(
        get_session(),
        actor=get_actor(),
        name=body["name"],
        kind=body["kind"],
        settings=_read(body["kind"], body),
    )
    location = url_for("formats.list_format_versions", format_id=format_id)
    return {"format_id": format_id}, 201, {"Location": location}


@desk.operation(
    "PUT",
    "/formats/<int:format_id>",
    WRITE_FORMATS,
    SavedFormatSchema,
    body=FormatChangeSchema,
)
def put_format(body: dict[str, Any], format_id: int) -> dict[str, int]:
    """Give a format a new version; files that were made before stay as they are."""
    kind = list_versions(get_session(), format_id)[0].kind
    get_session().rollback()
    change_format(
        get_session(),
        actor=get_actor(),
        format_id=format_id,
        version=body["version"],
        name=body["name"],
        settings=_read(kind, body),
    )
    return {"format_id": format_id}


@desk.operation("POST", "/formats/<int:format_id>/archive", WRITE_FORMATS, SavedFormatSchema)
def archive_one_format(format_id: int) -> dict[str, int]:
    """Put a format away: no more files are made by it; again changes nothing."""
    archive_format(get_session(), actor=get_actor(), format_id=format_id)
    return {"format_id": format_id}


@desk.operation(
    "POST", "/formats/template", READ_FORMATS, TemplateHeaderSchema, body=TemplateSchema
)
def read_format_template(body: dict[str, str]) -> dict[str, Any]:
    """Read the first line of a receiver's template, for a column map; changes nothing."""
    try:
        content = b64decode(body["content"], validate=True)
    except (NotBase64, ValueError):
        raise InvalidValue("json.content", body["content"][:20], "bytes in base64") from None
    header = read_template(content)
    return {**vars(header), "content": header.content.hex()}


@desk.operation(
    "POST", "/formats/preview", READ_FORMATS, build_schema(Preview), body=PreviewOrderSchema
)
def preview_format(body: dict[str, Any]) -> Preview:
    """Show how a file of these settings would begin; changes nothing.

    The lines are those of the latest batch for whoever may read it, and invented ones otherwise.
    """
    kind, settings = body["kind"], _read(body["kind"], body)
    problems = find_problems(kind, settings)
    if problems:
        raise InvalidInput(problems)
    may_see = get_actor().may(Permission.VIEW_PAYROLL)
    return build_preview(get_session(), kind, settings, with_real_lines=may_see)


def _read(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the settings as they are kept."""
    column_map: dict[str, Any] | None = body["column_map"]
    if (kind == COLUMNS) != (column_map is not None):
        expected = "a column map for the kind columns, and for no other"
        raise InvalidValue("json.column_map", kind, expected)
    if column_map is None:
        settings: dict[str, Any] = body["settings"]
        return settings
    if body["settings"]:
        raise InvalidValue("json.settings", kind, "nothing beside a column map")
    pairs = [[column["field"], column["constant"]] for column in column_map["columns"]]
    return {**column_map, "columns": pairs}


def _write(row: FormatRow) -> dict[str, Any]:
    """Return a version as its schema has it."""
    if row.kind != COLUMNS:
        return {**vars(row), "column_map": None}
    columns = [{"field": field, "constant": text} for field, text in row.settings["columns"]]
    return {**vars(row), "settings": {}, "column_map": {**row.settings, "columns": columns}}
