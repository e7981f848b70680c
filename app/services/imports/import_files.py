"""The bytes of uploads, kept in the database so that any web process and any worker has them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.models import ImportChunk, ImportFile, ImportProblem, ImportRow, ImportUpload

CHUNK_BYTES = 1 << 20

RAW, ROWS = "raw", "rows"


def add_file(
    session: Session,
    upload_id: int,
    name: str,
    blocks: Iterable[bytes],
    *,
    kind: str,
    parent_id: int | None = None,
) -> ImportFile:
    """Write a file of an upload, block by block; the caller commits."""
    file = ImportFile(
        upload_id=upload_id, kind=kind, parent_id=parent_id, name=name, num_bytes=0, sha256=""
    )
    session.add(file)
    session.flush()
    digest, num_bytes = hashlib.sha256(), 0
    for seq, block in enumerate(blocks):
        add_chunk(session, file.id, RAW, seq, block)
        digest.update(block)
        num_bytes += len(block)
    file.num_bytes, file.sha256 = num_bytes, digest.hexdigest()
    session.flush()
    return file


def add_chunk(session: Session, file_id: int, kind: str, seq: int, data: bytes) -> None:
    """Write one piece."""
    # Not as an object: the session would hold every piece until the commit.
    session.execute(
        insert(ImportChunk.__table__).values(file_id=file_id, kind=kind, seq=seq, data=data)  # type: ignore[arg-type]  # a Table, typed as FromClause
    )


def read_chunks(session: Session, file_id: int, kind: str) -> Iterator[bytes]:
    """Yield the pieces of a file, one in memory at a time."""
    seq = 0
    while True:
        data = session.scalar(
            select(ImportChunk.data).where(
                ImportChunk.file_id == file_id, ImportChunk.kind == kind, ImportChunk.seq == seq
            )
        )
        if data is None:
            return
        yield data
        seq += 1


def drop_chunks(session: Session, file_ids: Iterable[int], kind: str | None = None) -> None:
    """Delete the pieces of files, of one kind or all."""
    statement = delete(ImportChunk).where(ImportChunk.file_id.in_(list(file_ids)))
    if kind is not None:
        statement = statement.where(ImportChunk.kind == kind)
    session.execute(statement)


@contextmanager
def on_disk(session: Session, file: ImportFile) -> Iterator[Path]:
    """Yield a path to the bytes of a file; they go with the process, however it ends."""
    with tempfile.TemporaryFile(buffering=0) as stream:
        for block in read_chunks(session, file.id, RAW):
            stream.write(block)
        # The file has no name any more: what is left of a killed process is nothing.
        yield Path(f"/proc/self/fd/{stream.fileno()}")


def list_files(session: Session, upload_id: int) -> list[ImportFile]:
    """Return the files of an upload, in the order in which they came."""
    statement = select(ImportFile).where(ImportFile.upload_id == upload_id).order_by(ImportFile.id)
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def end_upload(session: Session, upload: ImportUpload, ending: str) -> None:
    """End an upload, and delete what came in it and every row that was kept of it."""
    upload.phase, upload.status, upload.ending = "ended", "done", ending
    upload.error, upload.progress = None, ""
    upload.ended_at = datetime.now(UTC)
    upload.warnings = None
    upload.differences = [
        {**one, "changed_rows": [], "removed_rows": []} for one in upload.differences or ()
    ]
    session.flush()
    clear_findings(session, upload.id)
    mine = select(ImportFile.id).where(ImportFile.upload_id == upload.id).scalar_subquery()
    session.execute(delete(ImportRow).where(ImportRow.file_id.in_(mine)))
    session.execute(delete(ImportChunk).where(ImportChunk.file_id.in_(mine)))
    session.execute(
        update(ImportFile).where(ImportFile.upload_id == upload.id).values(first_rows=None)
    )


def clear_findings(session: Session, upload_id: int) -> None:
    """Delete what an earlier reading found; rows that were mended stay."""
    mine = select(ImportFile.id).where(ImportFile.upload_id == upload_id).scalar_subquery()
    session.execute(delete(ImportProblem).where(ImportProblem.upload_id == upload_id))
    session.execute(delete(ImportRow).where(ImportRow.file_id.in_(mine), ~ImportRow.is_mended))
    session.execute(
        delete(ImportChunk).where(ImportChunk.file_id.in_(mine), ImportChunk.kind == ROWS)
    )
