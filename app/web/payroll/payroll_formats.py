"""Payroll formats: the list, and the editors with their preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as PageNotFound

from app.errors import InvalidValue, Refused
from app.exports.payroll_formats.catalog import FORMATS
from app.exports.payroll_formats.map_fields import (
    DATE_FORMATS,
    DECIMAL_MARKS,
    FIELDS,
    HOURS_FORMATS,
)
from app.exports.payroll_formats.template_header import (
    DELIMITERS,
    ENCODINGS,
    LINE_ENDS,
    MAX_HEADER_BYTES,
    read_template,
)
from app.services.access.access import Permission
from app.services.desk.receiver_formats import FormatRow, list_formats, list_versions
from app.services.payroll.batch_preview import build_preview
from app.services.payroll.receiver_formats import (
    COLUMNS,
    MAX_NAME,
    archive_format,
    change_format,
    create_format,
)
from app.web.form_fields import read_form
from app.web.guard import get_actor, permit
from app.web.input_limits import MAX_VERSION, read_whole
from app.web.payroll.payroll_format_form import (
    DELIMITER_KEYS,
    LINE_END_KEYS,
    FormatForm,
    fill_from_template,
    fill_new,
    list_form_fields,
    read_format_form,
)
from app.web.sessions import get_session
from solver.errors import InvalidInput

blueprint = Blueprint("formats", __name__, url_prefix="/payroll")

KIND_TITLES: Mapping[str, str] = {
    **{key: payroll_format.title for key, payroll_format in FORMATS.items()},
    COLUMNS: "Column map",
}


@blueprint.get("/formats")
@permit(Permission.EDIT_PAYROLL_FORMATS)
def formats() -> ResponseReturnValue:
    """List the formats in use, and offer to add one."""
    return render_template(
        "payroll/formats.html",
        rows=list_formats(get_session()),
        kind_titles=KIND_TITLES,
        formats=FORMATS.values(),
    )


@blueprint.get("/formats/new/<kind>")
@permit(Permission.EDIT_PAYROLL_FORMATS)
def format_new(kind: str) -> ResponseReturnValue:
    """Open the editor of a new format; a column map starts with the receiver's template."""
    if kind == COLUMNS:
        return render_template("payroll/format_template.html", error="", pasted="")
    if kind not in FORMATS:
        raise PageNotFound
    return _render_editor(fill_new(kind), [])


@blueprint.post("/formats/template")
@permit(Permission.EDIT_PAYROLL_FORMATS)
def format_template() -> ResponseReturnValue:
    """Read the template's header and open the editor on it; changes nothing."""
    pasted = read_form("pasted", "template").get("pasted", "")
    upload = request.files.get("template")
    content = upload.stream.read(MAX_HEADER_BYTES + 1) if upload and upload.filename else b""
    try:
        header = read_template(content or pasted.encode())
    except InvalidInput as error:
        page = render_template("payroll/format_template.html", error=str(error), pasted=pasted)
        return page, 400
    return _render_editor(fill_from_template(header), [])


@blueprint.post("/formats/preview")
@permit(Permission.EDIT_PAYROLL_FORMATS)
def format_preview() -> ResponseReturnValue:
    """Show what the settings in the editor make of the latest lines; changes nothing."""
    return render_template("payroll/format_preview.html", **_build_preview(_read()))


@blueprint.post("/formats")
@permit(Permission.EDIT_PAYROLL_FORMATS)
def format_create() -> ResponseReturnValue:
    """Save a new format."""
    form = _read()
    if form.errors:
        return _render_editor(form, []), 400
    try:
        create_format(
            get_session(),
            actor=get_actor(),
            name=form.name,
            kind=form.kind,
            settings=form.settings,
        )
    except Refused as refused:
        return _render_editor(replace(form, errors={"name": refused.sentence}), []), 409
    flash(f"Saved: exports can be taken as {form.name} now.", "good")
    return redirect(url_for("formats.formats"))


@blueprint.get("/formats/<int:format_id>")
@permit(Permission.EDIT_PAYROLL_FORMATS)
def format_edit(format_id: int) -> ResponseReturnValue:
    """Open the editor on a format, with its versions."""
    versions = list_versions(get_session(), format_id)
    row = versions[0]
    return _render_editor(FormatForm(row.kind, row.name, str(row.version), row.settings), versions)


@blueprint.post("/formats/<int:format_id>")
@permit(Permission.EDIT_PAYROLL_FORMATS)
def format_change(format_id: int) -> ResponseReturnValue:
    """Save what the editor changed as a new version."""
    versions = list_versions(get_session(), format_id)
    form = _read()
    version = read_whole(form.version, MAX_VERSION)
    if version is None or form.kind != versions[0].kind:
        raise InvalidValue("version", form.version, "the version that the page shows")
    if form.errors:
        return _render_editor(form, versions), 400
    try:
        change_format(
            get_session(),
            actor=get_actor(),
            format_id=format_id,
            version=version,
            name=form.name,
            settings=form.settings,
        )
    except Refused as refused:
        return _render_editor(replace(form, errors={"name": refused.sentence}), versions), 409
    flash(f"Saved {form.name}. Files that were made before stay as they are.", "good")
    return redirect(url_for("formats.formats"))


@blueprint.post("/formats/<int:format_id>/archive")
@permit(Permission.EDIT_PAYROLL_FORMATS)
def format_archive(format_id: int) -> ResponseReturnValue:
    """Put a format away."""
    read_form()
    name = archive_format(get_session(), actor=get_actor(), format_id=format_id)
    flash(f"{name} is put away: no more files are made by it. Its files stay.", "good")
    return redirect(url_for("formats.formats"))


def _read() -> FormatForm:
    kind = request.form.get("kind", "")
    if kind not in KIND_TITLES:
        raise InvalidValue("kind", kind, "a format of the list")
    form = read_format_form(read_form(*list_form_fields(kind)), kind)
    if not form.name or len(form.name) > MAX_NAME:
        return replace(form, errors={"name": f"1 to {MAX_NAME} characters.", **form.errors})
    return form


def _build_preview(form: FormatForm) -> Mapping[str, object]:
    faults = {name: text for name, text in form.errors.items() if name != "name"}
    if faults:
        return {"preview": None, "num_faults": len(faults)}
    may_see = get_actor().may(Permission.VIEW_PAYROLL)
    shown = build_preview(get_session(), form.kind, form.settings, with_real_lines=may_see)
    return {"preview": shown, "num_faults": 0}


def _render_editor(form: FormatForm, versions: list[FormatRow]) -> str:
    return render_template(
        "payroll/format.html",
        form=form,
        versions=versions,
        kind_title=KIND_TITLES[form.kind],
        format=FORMATS.get(form.kind),
        fields=FIELDS,
        column_map=form.column_map if form.kind == COLUMNS else None,
        choices={
            "date_format": DATE_FORMATS,
            "decimal_mark": DECIMAL_MARKS,
            "hours_format": HOURS_FORMATS,
            "encoding": ENCODINGS,
            "delimiter": {key: DELIMITERS[value] for key, value in DELIMITER_KEYS.items()},
            "line_end": {key: LINE_ENDS[value] for key, value in LINE_END_KEYS.items()},
            "adjustments": {
                "signed": "As rows with a minus sign",
                "refused": "Not at all: such a batch is refused",
            },
        },
        delimiter_keys={value: key for key, value in DELIMITER_KEYS.items()},
        line_end_keys={value: key for key, value in LINE_END_KEYS.items()},
        **_build_preview(form),
    )
