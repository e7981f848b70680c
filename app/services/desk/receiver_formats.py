"""The formats of payroll systems as the payroll desk lists and edits them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import BatchFile, ReceiverFormat, ReceiverFormatVersion, User
from app.services.paging import Rows


@dataclass(frozen=True)
class FormatRow:
    """A format in one of its versions.

    num_files  made by that version
    """

    format_id: int
    name: str
    kind: str
    version: int
    settings: dict[str, Any]
    changed_by: str
    changed_at: datetime
    is_archived: bool
    num_files: int


def list_formats(session: Session) -> list[FormatRow]:
    """Return the formats in use, in order of name, each in its present version."""
    statement = (
        _select_rows()
        .where(
            ReceiverFormat.archived_at.is_(None),
            ReceiverFormatVersion.version == ReceiverFormat.version,
        )
        .order_by(func.lower(ReceiverFormat.name))
    )
    return [FormatRow(*row) for row in session.execute(statement)]


def list_versions(session: Session, format_id: int) -> list[FormatRow]:
    """Return every version of a format, put away or not, the latest first.

    Raises NotFound.
    """
    statement = (
        _select_rows()
        .where(ReceiverFormat.id == format_id)
        .order_by(ReceiverFormatVersion.version.desc())
    )
    rows = [FormatRow(*row) for row in session.execute(statement)]
    if not rows:
        raise NotFound("payroll format", format_id)
    return rows


def _select_rows() -> Rows:
    num_files = (
        select(func.count())
        .where(BatchFile.format_version_id == ReceiverFormatVersion.id)
        .correlate(ReceiverFormatVersion)
        .scalar_subquery()
    )
    return (
        select(
            ReceiverFormat.id,
            ReceiverFormat.name,
            ReceiverFormat.kind,
            ReceiverFormatVersion.version,
            ReceiverFormatVersion.settings,
            func.coalesce(User.name, "the command line"),
            ReceiverFormatVersion.made_at,
            ReceiverFormat.archived_at.is_not(None),
            num_files,
        )
        .join(ReceiverFormatVersion, ReceiverFormatVersion.format_id == ReceiverFormat.id)
        .outerjoin(User, User.id == ReceiverFormatVersion.made_by)
    )
