"""Files that are kept for good, part by part: every download has the same bytes."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.exports.payroll_manifest import FileFacts
from app.models import ExportFile, ExportFilePart

_PART_BYTES = 1 << 20


@dataclass(frozen=True)
class StoredFile:
    """A kept file of a batch: the same bytes on every download, part by part."""

    file_name: str
    sha256: str
    num_bytes: int
    parts: Iterator[bytes]


@contextmanager
def spooled(parts: Iterable[bytes], name: str) -> Iterator[tuple[FileFacts, Iterator[bytes]]]:
    """Yield name, checksum and length of a file, and its parts once more.

    In between it lies on the disk: memory stays the same however long it is.
    """
    digest, num_bytes = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as spool:
        for part in parts:
            digest.update(part)
            num_bytes += spool.write(part)
        spool.seek(0)
        facts = FileFacts(name, digest.hexdigest(), num_bytes)
        yield facts, iter(lambda: spool.read(_PART_BYTES), b"")


def keep_parts(
    session: Session, batch_id: int, format_key: str, name: str, parts: Iterable[bytes]
) -> tuple[int, str]:
    """Keep a file of a batch; return its id and its checksum. The caller commits."""
    with spooled(parts, name) as (file, again):
        return keep_file(session, batch_id, format_key, file, again), file.sha256


def keep_file(
    session: Session, batch_id: int, format_key: str, file: FileFacts, parts: Iterable[bytes]
) -> int:
    """Keep a file whose checksum is known; return its id. The caller commits."""
    row = ExportFile(
        batch_id=batch_id,
        format=format_key,
        file_name=file.name,
        sha256=file.sha256,
        num_bytes=file.num_bytes,
    )
    session.add(row)
    session.flush()
    for number, content in enumerate(parts, start=1):
        values = {"file_id": row.id, "number": number, "content": content}
        session.execute(insert(ExportFilePart).values(values))
    return row.id


def open_file(session: Session, row: ExportFile) -> StoredFile:
    """Return a kept file; its parts are read as they are asked for."""
    return StoredFile(row.file_name, row.sha256, row.num_bytes, _stream_parts(session, row.id))


def _stream_parts(session: Session, file_id: int) -> Iterator[bytes]:
    yield from session.scalars(
        select(ExportFilePart.content)
        .where(ExportFilePart.file_id == file_id)
        .order_by(ExportFilePart.number),
        execution_options={"stream_results": True, "yield_per": 1},
    )
