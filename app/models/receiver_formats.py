"""How the vendor's payroll systems want their files, and the files made for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, build_choice_check

RECEIVER_KINDS = ("adp", "gusto", "paychex", "columns")
"""The formats of `app.exports.payroll_formats`; "columns" is a column map."""


class ReceiverFormat(Base):
    """A payroll system that gets files; its settings are those of its latest version.

    name     unique among those in use, whatever its case
    version  grows with each change, so that nobody overwrites what they have not seen
    archived_at  out of use since; the row stays for the files that were made by it
    """

    __tablename__ = "receiver_formats"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name_not_blank"),
        build_choice_check("kind", RECEIVER_KINDS),
        Index(
            "uq_receiver_formats_name_used",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("archived_at IS NULL"),
        ),
    )

    id: Mapped[BigKey]
    name: Mapped[str]
    kind: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    archived_at: Mapped[datetime | None]


class ReceiverFormatVersion(Base):
    """Settings of a receiver from one change to the next; a trigger refuses change and deletion."""

    __tablename__ = "receiver_format_versions"
    __table_args__ = (UniqueConstraint("format_id", "version"),)

    id: Mapped[BigKey]
    format_id: Mapped[int] = mapped_column(ForeignKey("receiver_formats.id"))
    version: Mapped[int]
    settings: Mapped[dict[str, Any]]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BatchFile(Base):
    """A batch in a receiver's format, made once; a trigger refuses change and deletion.

    currency  of its lines; "" when the file holds all of the batch
    file_id   of its bytes, in `app.models.payroll.ExportFile`
    """

    __tablename__ = "batch_files"
    __table_args__ = (UniqueConstraint("batch_id", "format_version_id", "currency"),)

    id: Mapped[BigKey]
    batch_id: Mapped[int] = mapped_column(ForeignKey("export_batches.id"))
    format_version_id: Mapped[int] = mapped_column(ForeignKey("receiver_format_versions.id"))
    currency: Mapped[str]
    file_id: Mapped[int] = mapped_column(ForeignKey("export_files.id"), unique=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
