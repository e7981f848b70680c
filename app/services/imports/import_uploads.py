"""What people do with an upload: bring it, match its columns, mend rows, confirm, cancel.

Whoever uploaded it is the only one who sees its rows and decides on it. A worker reads it
(`app.services.imports.import_reading`) and writes it (`app.services.import_writing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import IO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Forbidden, NotFound, Refused, Stale
from app.models import ImportFile, ImportUpload
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.imports.import_files import CHUNK_BYTES, add_file
from app.services.job_queue import enqueue_import_reading, enqueue_import_writing
from app.services.transaction import retried, transaction

MAX_OPEN = 5
"""Uploads that one person may have under way."""

MAX_NAME = 120
_TABLE_SUFFIXES = (".csv", ".txt")


@dataclass(frozen=True)
class UploadedFile:
    """A file as a browser sends it; of a folder, the name has its path."""

    name: str
    stream: IO[bytes]

    @property
    def plain_name(self) -> str:
        """The name without folders and without what nobody can see, cut to MAX_NAME."""
        last = PurePosixPath(self.name.replace("\\", "/")).name
        return "".join(letter for letter in last if letter.isprintable())[-MAX_NAME:]

    @property
    def suffix(self) -> str:
        """The end of the name, in small letters."""
        return PurePosixPath(self.plain_name).suffix.lower()


def require_import(actor: Actor) -> None:
    """Return when the actor may import; raise Forbidden when not.

    Contractors belong to no client, so whoever manages the work of some clients only may not.
    """
    require(actor, Permission.IMPORT)
    if actor.is_limited(Permission.IMPORT):
        raise Forbidden(Permission.IMPORT)


def create_upload(
    session: Session, *, actor: Actor, files: Sequence[UploadedFile], max_bytes: int
) -> int:
    """Keep the files and have a worker read them; return the upload's number.

    Raises Refused (`no_files`, `not_alone`, `twice`, `too_many_open`, `too_large`).
    """
    require_import(actor)
    chosen = choose_files(files)
    with transaction(session):
        _refuse_too_many(session, actor)
        upload = ImportUpload(uploaded_by=actor.user_id)
        session.add(upload)
        session.flush()
        left = max_bytes
        kept = []
        for file in chosen:
            kind = "zip" if file.suffix == ".zip" else "table"
            blocks = _read_blocks(file.stream, left)
            kept.append(add_file(session, upload.id, file.plain_name, blocks, kind=kind))
            left -= kept[-1].num_bytes
        upload.job_id = enqueue_import_reading(session, upload.id)
        record(
            session,
            actor=actor,
            action="import.uploaded",
            subject=("import", upload.id),
            after={"files": describe_files(kept)},
        )
        return upload.id


def choose_files(files: Sequence[UploadedFile]) -> list[UploadedFile]:
    """Return the CSV files, or the one zip, among what was sent; a folder holds other things too.

    Raises Refused (`no_files`, `not_alone`, `twice`).
    """
    visible = [one for one in files if not one.plain_name.startswith(".")]
    zips = [one for one in visible if one.suffix == ".zip"]
    tables = [one for one in visible if one.suffix in _TABLE_SUFFIXES]
    if not zips and not tables:
        raise Refused("no_files", "Choose CSV files, a folder that holds some, or a zip.")
    if len(zips) > 1 or (zips and tables):
        raise Refused("not_alone", "Upload one zip by itself, or CSV files.")
    names = [one.plain_name.lower() for one in tables]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused("twice", f"{twice[0]} came twice: upload each file once.")
    return zips or tables


def describe_files(files: Sequence[ImportFile]) -> list[dict[str, object]]:
    """Return what the audit trail keeps of files: which bytes they were."""
    return [{"name": one.name, "num_bytes": one.num_bytes, "sha256": one.sha256} for one in files]


def add_mended_rows(
    session: Session,
    *,
    actor: Actor,
    upload_id: int,
    file_id: int,
    file: UploadedFile,
    max_bytes: int,
) -> None:
    """Take the mended rows of a file of the upload, and have all of it read again.

    Raises NotFound, or Refused (`busy`, `ended`, `no_files`, `too_large`).
    """
    require_import(actor)
    if file.suffix not in _TABLE_SUFFIXES:
        raise Refused("no_files", "Choose the CSV file of bad rows that you mended.")
    with transaction(session):
        upload = lock_upload(session, actor, upload_id)
        mended = session.get(ImportFile, file_id)
        if mended is None or mended.upload_id != upload_id or mended.kind != "table":
            raise NotFound("file of the import", file_id)
        refuse_unless_read(upload)
        blocks = _read_blocks(file.stream, max_bytes)
        kept = add_file(session, upload_id, file.plain_name, blocks, kind="mend", parent_id=file_id)
        read_again(session, upload)
        record(
            session,
            actor=actor,
            action="import.mended",
            subject=("import", upload_id),
            after={"mended": mended.name, "files": describe_files([kept])},
        )


@retried
def confirm_upload(session: Session, *, actor: Actor, upload_id: int, fingerprint: str) -> None:
    """Have a worker write what the preview showed; once it is under way this does nothing.

    fingerprint  of the preview that was looked at

    Raises NotFound, Refused (`not_ready`), or Stale when another preview is there by now.
    """
    require_import(actor)
    with transaction(session):
        upload = lock_upload(session, actor, upload_id)
        is_under_way = upload.phase == "writing" and upload.status != "failed"
        if is_under_way or upload.ending == "imported":
            return
        is_ready = upload.phase == "reading" and upload.status == "done"
        if (
            upload.phase == "ended"
            or upload.verdict != "ready"
            or not (is_ready or upload.phase == "writing")
        ):
            raise Refused("not_ready", "There is no preview of this upload to confirm.")
        if fingerprint != upload.fingerprint:
            raise Stale("import", upload_id, "There is a newer preview of this upload.")
        upload.phase, upload.status, upload.error = "writing", "queued", None
        upload.confirmed_at, upload.is_outdated = datetime.now(UTC), False
        session.flush()
        upload.job_id = enqueue_import_writing(session, upload_id)
        record(session, actor=actor, action="import.confirmed", subject=("import", upload_id))


@retried
def reread_upload(session: Session, *, actor: Actor, upload_id: int) -> None:
    """Have an upload read and compared anew, as after the live state was put right.

    Raises NotFound, or Refused (`busy`, `ended`).
    """
    require_import(actor)
    with transaction(session):
        upload = lock_upload(session, actor, upload_id)
        is_failed_import = (upload.phase, upload.status) == ("writing", "failed")
        if not is_failed_import:
            refuse_unless_read(upload)
        read_again(session, upload)
        record(session, actor=actor, action="import.read_again", subject=("import", upload_id))


def lock_upload(session: Session, actor: Actor, upload_id: int) -> ImportUpload:
    """Return the actor's upload, locked.

    Raises NotFound, of somebody else's upload too.
    """
    # Not against keys: a worker that writes rows of the upload holds it so.
    upload = session.get(
        ImportUpload, upload_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if upload is None or upload.uploaded_by != actor.user_id:
        raise NotFound("import", upload_id)
    return upload


def refuse_unless_read(upload: ImportUpload) -> None:
    """Raise Refused unless the upload was read and waits for somebody."""
    if upload.phase == "ended":
        raise Refused("ended", "This upload has ended already.")
    if upload.phase != "reading" or upload.status in {"queued", "running"}:
        raise Refused("busy", "A worker has it at the moment: try again in some seconds.")


def read_again(session: Session, upload: ImportUpload) -> None:
    """Have a worker read the upload anew."""
    upload.phase, upload.status, upload.verdict, upload.error = "reading", "queued", None, None
    upload.progress, upload.percent = "", 0
    session.flush()
    upload.job_id = enqueue_import_reading(session, upload.id)


def _refuse_too_many(session: Session, actor: Actor) -> None:
    num_open = session.scalar(
        select(func.count()).where(
            ImportUpload.uploaded_by == actor.user_id, ImportUpload.phase != "ended"
        )
    )
    if (num_open or 0) >= MAX_OPEN:
        raise Refused(
            "too_many_open", f"You have {MAX_OPEN} uploads under way: confirm or cancel one first."
        )


def _read_blocks(stream: IO[bytes], most: int) -> Iterator[bytes]:
    num_bytes = 0
    while block := stream.read(CHUNK_BYTES):
        num_bytes += len(block)
        if num_bytes > most:
            raise Refused("too_large", "That is more than one upload may hold.")
        yield block
