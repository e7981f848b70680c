"""What the page of imports shows: uploads, what was read of them, their faults and bad rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import ImportFile, ImportProblem, ImportRow, ImportUpload, User
from app.services.access.access import Actor, Permission
from app.services.desk.import_views import BadRows, FileView, ProblemRow, UploadRow, UploadView
from app.services.imports.import_files import list_files
from app.services.imports.import_uploads import require_import
from app.services.paging import Page, PageRequest, read_page

_STATES: Mapping[str, str] = MappingProxyType(
    {"unmatched": "to_match", "rejected": "to_mend", "ready": "ready"}
)
"""By the verdict of the reading, what a person has to do."""


def list_uploads(session: Session, *, actor: Actor, page: PageRequest) -> Page[UploadRow]:
    """Return the uploads of everybody who may import."""
    statement = select(ImportUpload, User.name).join(User, User.id == ImportUpload.uploaded_by)
    columns = {
        "upload_id": ImportUpload.id,
        "uploaded_at": ImportUpload.id,
        "uploaded_by": User.name,
    }
    found = read_page(session, statement, page, columns, ImportUpload.id)
    names = _list_names(session, [upload.id for upload, _name in found.rows])
    rows = [
        _build_row(actor, upload, name, ", ".join(names[upload.id])) for upload, name in found.rows
    ]
    return Page(rows, found.total)


def get_upload(session: Session, *, actor: Actor, upload_id: int) -> UploadView:
    """Return an upload.

    Raises NotFound, of somebody else's too as long as there are rows in it.
    """
    require_import(actor)
    upload = session.get(ImportUpload, upload_id, populate_existing=True)
    if upload is None or not _may_see(actor, upload):
        raise NotFound("import", upload_id)
    shows_old, differences = actor.may(Permission.VIEW_OPS), upload.differences or ()
    bad = _count_bad_rows(session, upload_id)
    files = [_build_file(one, bad[one.id]) for one in list_files(session, upload_id)]
    return UploadView(
        upload_id=upload.id,
        uploaded_by=session.scalar(select(User.name).where(User.id == upload.uploaded_by)) or "",
        uploaded_at=upload.uploaded_at,
        ended_at=upload.ended_at,
        state=_tell_state(upload),
        phase=upload.phase,
        progress=upload.progress,
        percent=upload.percent,
        error=upload.error,
        is_mine=upload.uploaded_by == actor.user_id,
        is_outdated=upload.is_outdated,
        shows_old=shows_old,
        warnings=upload.warnings or (),
        differences=differences if shows_old else [_hide_old(one) for one in differences],
        fingerprint=upload.fingerprint or "",
        num_problems=upload.num_problems,
        num_omitted=upload.num_omitted,
        counts=upload.counts or {},
        files=files,
    )


def list_problems(
    session: Session, *, actor: Actor, upload_id: int, file: str, page: PageRequest
) -> Page[ProblemRow]:
    """Return the faults of an upload, of one file or all.

    Raises NotFound.
    """
    get_upload(session, actor=actor, upload_id=upload_id)
    statement = select(
        ImportProblem.seq,
        ImportProblem.file,
        ImportProblem.line,
        ImportProblem.column_name,
        ImportProblem.value,
        ImportProblem.expected,
    ).where(ImportProblem.upload_id == upload_id)
    if file:
        statement = statement.where(ImportProblem.file == file)
    columns = {
        "seq": ImportProblem.seq,
        "column_name": ImportProblem.column_name,
        "line": ImportProblem.line,
    }
    found = read_page(session, statement, page, columns, ImportProblem.seq)
    # In a sentence " expected" follows; a list has a column for it.
    rows = [
        ProblemRow(seq, name, line, column, value, expected.removesuffix(","))
        for seq, name, line, column, value, expected in found.rows
    ]
    return Page(rows, found.total)


def list_bad_rows(session: Session, *, actor: Actor, upload_id: int, file_id: int) -> BadRows:
    """Return the rows of a file that have faults, with all that is wrong with each.

    Raises NotFound.
    """
    get_upload(session, actor=actor, upload_id=upload_id)
    file = session.get(ImportFile, file_id)
    if file is None or file.upload_id != upload_id:
        raise NotFound("file of the import", file_id)
    reasons: dict[int | None, list[str]] = defaultdict(list)
    for problem in session.scalars(
        select(ImportProblem)
        .where(ImportProblem.upload_id == upload_id, ImportProblem.file == file.name)
        .order_by(ImportProblem.seq)
    ):
        where = f"{problem.column_name}: " if problem.column_name else ""
        reasons[problem.line].append(f"{where}{problem.expected} expected")
    rows = session.scalars(
        select(ImportRow).where(ImportRow.file_id == file_id).order_by(ImportRow.line)
    )
    return BadRows(
        file.name,
        file.header or (),
        [
            (row.line, " / ".join(reasons[row.line]), row.cells)
            for row in rows
            if row.line in reasons
        ],
    )


def _may_see(actor: Actor, upload: ImportUpload) -> bool:
    return upload.uploaded_by == actor.user_id or upload.phase == "ended"


def _hide_old(difference: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what would change in a table, without what stands there now."""
    rows = [
        {**row, "changes": [{**change, "old": None} for change in row["changes"]]}
        for row in difference["changed_rows"]
    ]
    return {**difference, "changed_rows": rows}


def _tell_state(upload: ImportUpload) -> str:
    if upload.ending is not None:
        return upload.ending
    if upload.status == "failed":
        return "failed"
    if upload.phase == "writing":
        return "writing"
    return _STATES[upload.verdict or ""] if upload.status == "done" else upload.status


def _build_row(actor: Actor, upload: ImportUpload, name: str, files: str) -> UploadRow:
    counts = upload.counts

    def add_up(key: str) -> int | None:
        return None if counts is None else sum(one[key] for one in counts.values())

    return UploadRow(
        upload.id,
        name,
        upload.uploaded_at,
        _tell_state(upload),
        files,
        add_up("added"),
        add_up("changed"),
        add_up("removed"),
        upload.uploaded_by == actor.user_id,
    )


def _build_file(file: ImportFile, num_bad_rows: int) -> FileView:
    header = file.header or []
    columns = file.columns if file.columns is not None else {name: name for name in header}
    return FileView(
        file_id=file.id,
        name=file.name,
        num_bytes=file.num_bytes,
        sha256=file.sha256,
        kind=file.kind,
        table_name=file.table_name,
        columns=columns,
        header=header,
        is_guess=file.is_guess,
        encoding=file.encoding,
        delimiter=file.delimiter,
        num_rows=file.num_rows,
        first_rows=file.first_rows or (),
        num_bad_rows=num_bad_rows,
    )


def _count_bad_rows(session: Session, upload_id: int) -> dict[int, int]:
    """Return, by file, how many of its rows that are kept have faults."""
    same_line: ColumnElement[bool] = (
        (ImportProblem.file == ImportFile.name) & (ImportProblem.line == ImportRow.line)
    ) & (ImportProblem.upload_id == upload_id)
    counted = session.execute(
        select(ImportRow.file_id, func.count())
        .join(ImportFile, ImportFile.id == ImportRow.file_id)
        .where(ImportFile.upload_id == upload_id, select(1).where(same_line).exists())
        .group_by(ImportRow.file_id)
    )
    return defaultdict(int, {row[0]: row[1] for row in counted})


def _list_names(session: Session, upload_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return, by upload, the names of the files that somebody sent."""
    names: dict[int, list[str]] = defaultdict(list)
    is_sent = or_(ImportFile.kind == "zip", ImportFile.parent_id.is_(None))
    for upload_id, name in session.execute(
        select(ImportFile.upload_id, ImportFile.name)
        .where(ImportFile.upload_id.in_(upload_ids), is_sent)
        .order_by(ImportFile.id)
    ):
        names[upload_id].append(name)
    return names
