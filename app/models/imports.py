"""Uploads in the browser: the files, what was read of them, and what became of it.

What people uploaded, and every row of it that is kept for looking at, is deleted when an upload
ends or is a day old; who uploaded which bytes, and the counts, stay.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, build_choice_check

IMPORT_PHASES = ("reading", "writing", "ended")
IMPORT_VERDICTS = ("unmatched", "rejected", "ready")
IMPORT_ENDINGS = ("imported", "cancelled", "expired")
FILE_KINDS = ("table", "zip", "mend")
CHUNK_KINDS = ("raw", "rows")


class ImportUpload(Base):
    """Files that came together, on their way into the roster.

    phase        read for a preview, written after somebody confirmed it, or ended
    status       of the work of that phase, which a worker does
    verdict      of the reading: columns are to be matched, faults are to be mended, or all is well
    ending       what became of it, once the phase is `ended`
    progress     what the worker does at the moment; percent, 0 to 100
    is_outdated  somebody confirmed it, and the live state had changed since the preview
    warnings     what a person should know of the reading
    differences  `TableDifference.as_dict` of each table; without examples once it ended
    fingerprint  of the difference that the preview shows
    num_problems, num_omitted  faults that are listed, and others that were counted only
    counts       by table, what the import did
    """

    __tablename__ = "import_uploads"
    __table_args__ = (
        build_choice_check("phase", IMPORT_PHASES),
        build_choice_check("status", ("queued", "running", "done", "failed")),
        build_choice_check("verdict", IMPORT_VERDICTS),
        build_choice_check("ending", IMPORT_ENDINGS),
        CheckConstraint("(status = 'failed') = (error IS NOT NULL)", name="error_when_failed"),
        CheckConstraint("(phase = 'ended') = (ending IS NOT NULL)", name="ending_when_ended"),
    )

    id: Mapped[BigKey]
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    uploaded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    phase: Mapped[str] = mapped_column(server_default="reading")
    status: Mapped[str] = mapped_column(server_default="queued")
    verdict: Mapped[str | None]
    ending: Mapped[str | None]
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    progress: Mapped[str] = mapped_column(server_default="")
    percent: Mapped[int] = mapped_column(server_default="0")
    is_outdated: Mapped[bool] = mapped_column(server_default="false")
    error: Mapped[str | None]
    warnings: Mapped[list[str] | None]
    differences: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    fingerprint: Mapped[str | None]
    num_problems: Mapped[int] = mapped_column(server_default="0")
    num_omitted: Mapped[int] = mapped_column(server_default="0")
    counts: Mapped[dict[str, Any] | None]
    confirmed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class ImportFile(Base):
    """One file of an upload, or one that was in its zip.

    kind        a table, a zip, or the mended rows of another file
    parent_id   the zip that it was in, or the file that it mends
    header      the names of its columns as they stand there, in small letters
    table_name  which table it holds, as somebody or a guess said
    columns     column of the format -> name in the header; None = the header's names are right
    is_guess    nobody has confirmed table and columns yet
    first_rows  the cells of some rows, cut to what a page shows, in the order of the header
    """

    __tablename__ = "import_files"
    __table_args__ = (build_choice_check("kind", FILE_KINDS),)

    id: Mapped[BigKey]
    upload_id: Mapped[int] = mapped_column(ForeignKey("import_uploads.id"), index=True)
    kind: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("import_files.id"))
    name: Mapped[str]
    num_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    header: Mapped[list[str] | None]
    table_name: Mapped[str | None]
    columns: Mapped[dict[str, Any] | None]
    is_guess: Mapped[bool] = mapped_column(server_default="false")
    encoding: Mapped[str | None]
    delimiter: Mapped[str | None]
    num_rows: Mapped[int | None]
    first_rows: Mapped[list[Any] | None] = mapped_column(JSONB)


class ImportChunk(Base):
    """A piece of a file: as it came (`raw`), or its rows as COPY takes them (`rows`)."""

    __tablename__ = "import_chunks"
    __table_args__ = (build_choice_check("kind", CHUNK_KINDS),)

    file_id: Mapped[int] = mapped_column(ForeignKey("import_files.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ImportProblem(Base):
    """A fault of an upload; the columns are those of `app.importing.CellProblem`."""

    __tablename__ = "import_problems"

    upload_id: Mapped[int] = mapped_column(ForeignKey("import_uploads.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    file: Mapped[str]
    line: Mapped[int | None]
    column_name: Mapped[str | None]
    value: Mapped[str]
    expected: Mapped[str]


class ImportRow(Base):
    """A row that has, or had, a fault: its cells in the order of the file's header.

    is_mended  the cells are not those of the file any more: they count instead
    """

    __tablename__ = "import_rows"

    file_id: Mapped[int] = mapped_column(ForeignKey("import_files.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    cells: Mapped[list[str]]
    is_mended: Mapped[bool] = mapped_column(server_default="false")


class ImportMatching(Base):
    """Which table and columns a header stands for, as somebody said; the next upload knows.

    header_key  of the set of names in the header, whatever their order
    """

    __tablename__ = "import_matchings"

    header_key: Mapped[str] = mapped_column(primary_key=True)
    table_name: Mapped[str]
    columns: Mapped[dict[str, Any]]
    saved_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    saved_at: Mapped[datetime] = mapped_column(server_default=func.now())
