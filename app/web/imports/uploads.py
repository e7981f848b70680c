"""An upload from its bytes to its end: the form, its page, and what somebody decides on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO

from flask import (
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, Refused, Stale
from app.services.access.access import Permission
from app.services.desk.imports import (
    get_upload,
    list_problems,
    list_uploads,
)
from app.services.imports.import_endings import KEPT_FOR, cancel_upload
from app.services.imports.import_matching import LEFT_OUT, match_files
from app.services.imports.import_uploads import (
    UploadedFile,
    add_mended_rows,
    confirm_upload,
    create_upload,
    require_import,
    reread_upload,
)
from app.services.paging import PageRequest
from app.web.form_fields import read_form, refuse_unknown_fields
from app.web.guard import get_actor, permit
from app.web.imports.blueprint import MEGABYTE, blueprint, get_most_bytes
from app.web.imports.match_form import build_matching, read_matching
from app.web.imports.words import UPLOAD_COLUMNS
from app.web.listing import Sorting, build_listing, read_list_query
from app.web.sessions import get_session
from solver.roster import TABLES

_UPLOAD_SORTING = Sorting.of_columns(UPLOAD_COLUMNS, "uploaded_at", descending=True)
_FILE_FIELDS = ("files", "folder")


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
            get_session(), actor=get_actor(), files=files, max_bytes=get_most_bytes()
        )
    except Refused as refused:
        return _render_index(refused.sentence), 409
    return redirect(url_for("imports.upload_page", upload_id=upload_id))


@blueprint.get("/<int:upload_id>")
@permit(Permission.IMPORT)
def upload_page(upload_id: int) -> ResponseReturnValue:
    """Show where an upload stands, and what is to be done about it."""
    return _render_upload(upload_id)


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
            max_bytes=get_most_bytes(),
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
        most_megabytes=get_most_bytes() // MEGABYTE,
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
