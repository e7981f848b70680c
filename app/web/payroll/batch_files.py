"""The files of a batch in the formats of its receivers."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, Refused
from app.services.access.access import Permission
from app.services.desk.receiver_formats import list_formats
from app.services.payroll.batch_files import (
    get_batch_head,
    get_made_file,
    list_batch_files,
    make_batch_file,
)
from app.web.downloads import send_stored
from app.web.form_fields import read_form
from app.web.guard import get_actor, permit
from app.web.input_limits import MAX_KEY, read_whole
from app.web.payroll.payroll_formats import blueprint
from app.web.sessions import get_session

__all__ = ["blueprint"]


@blueprint.get("/exports/<int:batch_id>/files")
@permit(Permission.VIEW_PAYROLL)
def batch_files(batch_id: int) -> ResponseReturnValue:
    """Show the files of a batch, and offer to make one."""
    session = get_session()
    return render_template(
        "payroll/batch_files.html",
        batch=get_batch_head(session, batch_id),
        rows=list_batch_files(session, batch_id),
        formats=list_formats(session),
    )


@blueprint.post("/exports/<int:batch_id>/files")
@permit(Permission.EXPORT_PAYROLL)
def batch_file_make(batch_id: int) -> ResponseReturnValue:
    """Make the batch's file in a format."""
    form = read_form("format", "currency")
    format_id = read_whole(form.get("format", ""), MAX_KEY)
    if format_id is None:
        raise InvalidValue("format", form.get("format", ""), "a format of the list")
    try:
        make_batch_file(
            get_session(),
            actor=get_actor(),
            batch_id=batch_id,
            format_id=format_id,
            currency=form.get("currency", ""),
        )
    except Refused as refused:
        flash(refused.sentence, "bad")
    else:
        flash("The file is ready below; it stays the same from now on.", "good")
    return redirect(url_for("formats.batch_files", batch_id=batch_id))


@blueprint.get("/exports/<int:batch_id>/files/<int:file_id>")
@permit(Permission.VIEW_PAYROLL)
def batch_file(batch_id: int, file_id: int) -> ResponseReturnValue:
    """Send a file of a batch, the same bytes each time."""
    return send_stored(get_made_file(get_session(), batch_id, file_id))
