"""Files that a page hands over: tables as CSV, each noted in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, request, stream_with_context

from app.exports.table_csv import CsvCell, build_table_csv
from app.services.auditing.downloads import record_download, record_file_download
from app.services.payroll.kept_files import StoredFile
from app.web.guard import get_actor
from app.web.sessions import get_session


def send_table(
    name: str,
    head: Sequence[str],
    rows: Sequence[Sequence[CsvCell]],
    *,
    narrowed: Mapping[str, str] | None,
) -> Response:
    """Return the table as the file `name`.csv.

    narrowed  what the rows were chosen by: name -> text; None where the service that read them
              has written its own line into the trail
    """
    if narrowed is not None:
        record_download(
            get_session(),
            actor=get_actor(),
            list_name=name,
            path=request.path,
            narrowed={key: text for key, text in narrowed.items() if text},
            num_rows=len(rows),
        )
    response = Response(build_table_csv(head, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def note_file(file_name: str) -> None:
    """Write into the audit trail that this request takes a kept file."""
    record_file_download(get_session(), actor=get_actor(), file_name=file_name, path=request.path)


def send_stored(file: StoredFile) -> Response:
    """Return a kept file, part by part; the audit trail says who took it."""
    note_file(file.file_name)
    response = Response(stream_with_context(file.parts), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{file.file_name}"'
    response.content_length = file.num_bytes
    return response
