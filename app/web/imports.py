"""Data in, in the browser: upload, match columns, mend, look at the difference, confirm."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as PageNotFound

from app.config import Settings
from app.errors import InvalidValue, Refused, Stale
from app.exports.roster_template import build_template
from app.exports.table_csv import CsvCell
from app.importing.cells import describe_column
from app.importing.mended_rows import LINE, REASON
from app.services.access import Permission
from app.services.desk.imports import (
    ProblemRow,
    get_upload,
    list_bad_rows,
    list_problems,
    list_uploads,
)
from app.services.import_matching import LEFT_OUT, match_files
from app.services.import_uploads import (
    KEPT_FOR,
    UploadedFile,
    add_mended_rows,
    cancel_upload,
    confirm_upload,
    create_upload,
    require_import,
    reread_upload,
)
from app.services.paging import Page, PageRequest
from app.web.downloads import send_table
from app.web.form_fields import read_form, refuse_unknown_fields
from app.web.guard import get_actor, permit
from app.web.import_match_form import build_matching, read_matching
from app.web.import_words import PROBLEM_COLUMNS, UPLOAD_COLUMNS
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, read_list_query
from app.web.sessions import get_session
from solver.roster import TABLES

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

_UPLOAD_SORTING = Sorting.of_columns(UPLOAD_COLUMNS, "uploaded_at", descending=True)
_PROBLEM_SORTING = Sorting.of_columns(PROBLEM_COLUMNS, "seq")
_FILE_FIELDS = ("files", "folder")
_UPLOADING = frozenset({"imports.upload", "imports.mend"})
_MEGABYTE = 1024 * 1024
_FORM_BYTES = 64 * 1024
"""What a form takes beside its files."""


def init_upload_limits(app: Flask) -> None:
    """Let the uploads of imports be larger than other requests, once the guard let them pass."""
    app.before_request(_widen)


def _widen() -> None:
    if request.endpoint in _UPLOADING:
        request.max_content_length = _get_most_bytes() + _FORM_BYTES


@blueprint.get("/")
@permit(Permission.IMPORT)
def index() -> ResponseReturnValue:
    """Offer to upload, and list what was uploaded before."""
    return _render_index()


@blueprint.post("/")
@permit(Permission.IMPORT)
def upload() -> ResponseReturnValue:
    """Keep what was uploaded, and have a worker read it."""
    refuse_unknown_fields(request.form, ())
    refuse_unknown_fields(request.files, _FILE_FIELDS)
    files = [
        UploadedFile(one.filename or "", one.stream)
        for name in _FILE_FIELDS
        for one in request.files.getlist(name)
        if one.filename
    ]
    try:
        upload_id = create_upload(
            get_session(), actor=get_actor(), files=files, max_bytes=_get_most_bytes()
        )
    except Refused as refused:
        return _render_index(refused.sentence), 409
    return redirect(url_for("imports.upload_page", upload_id=upload_id))


@blueprint.get("/format")
@permit(Permission.IMPORT)
def format_page() -> ResponseReturnValue:
    """Say what each file holds, column by column, with an empty file of each to start from."""
    require_import(get_actor())
    return render_template("imports/format.html", tables=TABLES.values(), describe=describe_column)


@blueprint.get("/templates/<name>")
@permit(Permission.IMPORT)
def template(name: str) -> ResponseReturnValue:
    """Hand over an empty file of a table."""
    require_import(get_actor())
    if name not in TABLES:
        raise PageNotFound
    response = Response(build_template(TABLES[name]), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@blueprint.get("/<int:upload_id>")
@permit(Permission.IMPORT)
def upload_page(upload_id: int) -> ResponseReturnValue:
    """Show where an upload stands, and what is to be done about it."""
    return _render_upload(upload_id)


@blueprint.get("/<int:upload_id>/problems")
@permit(Permission.IMPORT)
def problems(upload_id: int) -> ResponseReturnValue:
    """List every fault of an upload."""
    query = read_list_query(request.args, ("file",), _PROBLEM_SORTING)

    def find_rows(page: PageRequest) -> Page[ProblemRow]:
        return list_problems(
            get_session(),
            actor=get_actor(),
            upload_id=upload_id,
            file=query.filters["file"],
            page=page,
        )

    if asks_for_csv():
        return send_list(f"faults-of-import-{upload_id}", PROBLEM_COLUMNS, query, find_rows)
    found = get_upload(get_session(), actor=get_actor(), upload_id=upload_id)
    return render_template(
        "imports/problems.html",
        upload=found,
        file_choices=[(one.name, one.name) for one in found.tables],
        listing=build_listing(
            query, find_rows, PROBLEM_COLUMNS, "imports.problems", upload_id=upload_id
        ),
    )


@blueprint.get("/<int:upload_id>/files/<int:file_id>/bad-rows")
@permit(Permission.IMPORT)
def bad_rows(upload_id: int, file_id: int) -> ResponseReturnValue:
    """Hand over the rows of a file that have faults, with the reasons, to be mended."""
    found = list_bad_rows(get_session(), actor=get_actor(), upload_id=upload_id, file_id=file_id)
    rows: list[list[CsvCell]] = [[line, reasons, *cells] for line, reasons, cells in found.rows]
    name = f"bad-rows-{found.file.rsplit('.', 1)[0]}"
    # Headers of a response are Latin-1; the name of a file may be anything.
    plain = "".join(one if one.isascii() and one.isalnum() else "-" for one in name)
    return send_table(
        plain, [LINE, REASON, *found.header], rows, narrowed={"import": str(upload_id)}
    )


@blueprint.post("/<int:upload_id>/files/<int:file_id>/mended")
@permit(Permission.IMPORT)
def mend(upload_id: int, file_id: int) -> ResponseReturnValue:
    """Take mended rows, and have the upload read again with them."""
    refuse_unknown_fields(request.form, ())
    refuse_unknown_fields(request.files, ("mended",))
    given = request.files.get("mended")
    file = (
        UploadedFile("", BytesIO())
        if given is None
        else UploadedFile(given.filename or "", given.stream)
    )
    return _act(
        upload_id,
        partial(
            add_mended_rows,
            get_session(),
            actor=get_actor(),
            upload_id=upload_id,
            file_id=file_id,
            file=file,
            max_bytes=_get_most_bytes(),
        ),
    )


@blueprint.post("/<int:upload_id>/columns")
@permit(Permission.IMPORT)
def match(upload_id: int) -> ResponseReturnValue:
    """Take what somebody says of tables and columns."""
    found = get_upload(get_session(), actor=get_actor(), upload_id=upload_id)
    matches = read_matching(found)
    return _act(
        upload_id,
        partial(
            match_files, get_session(), actor=get_actor(), upload_id=upload_id, matches=matches
        ),
    )


@blueprint.post("/<int:upload_id>/again")
@permit(Permission.IMPORT)
def read_again(upload_id: int) -> ResponseReturnValue:
    """Have an upload read and compared once more."""
    read_form()
    return _act(
        upload_id,
        partial(reread_upload, get_session(), actor=get_actor(), upload_id=upload_id),
    )


@blueprint.post("/<int:upload_id>/confirm")
@permit(Permission.IMPORT)
def confirm(upload_id: int) -> ResponseReturnValue:
    """Import what the preview showed."""
    fingerprint = read_form("fingerprint").get("fingerprint", "")
    return _act(
        upload_id,
        partial(
            confirm_upload,
            get_session(),
            actor=get_actor(),
            upload_id=upload_id,
            fingerprint=fingerprint,
        ),
    )


@blueprint.post("/<int:upload_id>/cancel")
@permit(Permission.IMPORT)
def cancel(upload_id: int) -> ResponseReturnValue:
    """Throw an upload away."""
    read_form()
    return _act(
        upload_id,
        partial(cancel_upload, get_session(), actor=get_actor(), upload_id=upload_id),
    )


def _act(upload_id: int, verb: Callable[[], None]) -> ResponseReturnValue:
    """Do what somebody decided; where that is refused, the page says why."""
    try:
        verb()
    except (Refused, Stale) as refused:
        flash(refused.sentence, "bad")
    except InvalidValue as invalid:
        flash(f"Nothing was changed. {invalid}.", "bad")
    return redirect(url_for("imports.upload_page", upload_id=upload_id))


def _render_index(error: str = "") -> str:
    actor = get_actor()
    require_import(actor)
    query = read_list_query(request.args, (), _UPLOAD_SORTING)
    return render_template(
        "imports/index.html",
        error=error,
        listing=build_listing(
            query,
            lambda page: list_uploads(get_session(), actor=actor, page=page),
            UPLOAD_COLUMNS,
            "imports.index",
        ),
        most_megabytes=_get_most_bytes() // _MEGABYTE,
        kept_hours=KEPT_FOR.total_seconds() / 3600,
        tables=TABLES,
    )


def _render_upload(upload_id: int) -> str:
    found = get_upload(get_session(), actor=get_actor(), upload_id=upload_id)
    return render_template(
        "imports/upload.html",
        upload=found,
        tables=TABLES,
        left_out=LEFT_OUT,
        matching=build_matching(found) if found.is_mine else [],
        is_matching=found.state == "to_match" or request.args.get("match") == "1",
        first_problems=list_problems(
            get_session(),
            actor=get_actor(),
            upload_id=upload_id,
            file="",
            page=PageRequest("seq", limit=10),
        ).rows,
    )


def _get_most_bytes() -> int:
    settings: Settings = current_app.extensions["redeploy.settings"]
    return settings.import_max_mb * _MEGABYTE
