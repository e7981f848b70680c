"""Files that an operation hands over; the audit trail says who took them, as for the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, request, stream_with_context

from app.api.guard import get_actor
from app.api.sessions import get_session
from app.exports.table_csv import CsvCell, build_table_csv
from app.services.auditing.downloads import record_download, record_file_download
from app.services.payroll.kept_files import StoredFile

CSV = "text/csv"


def send_table(
    name: str,
    head: Sequence[str],
    rows: Sequence[Sequence[CsvCell]],
    *,
    narrowed: Mapping[str, str],
) -> Response:
    """Return a table as the file `name`.csv.

    narrowed  what the rows were chosen by: name -> text
    """
    record_download(
        get_session(),
        actor=get_actor(),
        list_name=name,
        path=request.path,
        narrowed=narrowed,
        num_rows=len(rows),
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(build_table_csv(head, rows), mimetype=CSV, headers=headers)


def note_file(file_name: str) -> None:
    """Write into the audit trail that this call takes a kept file."""
    record_file_download(get_session(), actor=get_actor(), file_name=file_name, path=request.path)


def send_stored(file: StoredFile) -> Response:
    """Return a kept file, part by part."""
    note_file(file.file_name)
    headers = {"Content-Disposition": f'attachment; filename="{file.file_name}"'}
    response = Response(stream_with_context(file.parts), mimetype=CSV, headers=headers)
    response.content_length = file.num_bytes
    return response
