"""Files of a batch in the formats of its receivers: made once, the same bytes ever after."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.exports.payroll_formats.catalog import FORMATS
from app.exports.payroll_formats.cells import UnusableLines
from app.exports.payroll_formats.column_map import build_mapped, read_map
from app.exports.payroll_line import PayrollBatch, PayrollLine
from app.models import BatchFile, ExportBatch, ReceiverFormat, ReceiverFormatVersion, User
from app.services.access import Actor, Permission, require
from app.services.audit import record
from app.services.batch_lines import get_batch_lines
from app.services.receiver_formats import COLUMNS
from app.services.transaction import retried, transaction


@dataclass(frozen=True)
class BatchFileRow:
    """A file that was made of a batch.

    format_version  of the settings; they are pinned to the file
    currency        of its lines; "" for all
    """

    file_id: int
    format_name: str
    format_version: int
    currency: str
    file_name: str
    sha256: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True)
class BatchHead:
    """What the page of a batch's files says of the batch; codes of its currencies in order."""

    batch_id: int
    number: int
    starts_on: date
    ends_on: date
    num_lines: int
    currencies: tuple[str, ...]


@dataclass(frozen=True)
class FileContent:
    """The bytes of a file and the name that its receiver expects."""

    file_name: str
    content: bytes


@retried
def make_batch_file(
    session: Session, *, actor: Actor, batch_id: int, format_id: int, currency: str = ""
) -> int:
    """Write a batch in the present version of a format; return the id of the file.

    A file that was made before is not made again: its id is returned.
    currency  "" takes all lines, where the format says currencies or there is only one

    Raises NotFound, or Refused (`archived`, `several_currencies`, `no_lines`, `unusable_lines`).
    """
    require(actor, Permission.EXPORT_PAYROLL)
    with transaction(session):
        if session.get(ExportBatch, batch_id) is None:
            raise NotFound("export batch", batch_id)
        row, version = _lock_format(session, format_id)
        known = _find_file(session, batch_id, version.id, currency)
        if known is not None:
            return known
        batch, lines = get_batch_lines(session, batch_id)
        try:
            file = build_content(row.kind, version.settings, batch, lines, currency)
        except UnusableLines as error:
            raise Refused("unusable_lines", f"{row.name} takes no such file: {error}.") from error
        file_id = _add_file(session, actor, (batch_id, version.id, currency), file)
        if file_id is None:
            # Another request made the very same file in the meantime.
            return _get_file_id(session, batch_id, version.id, currency)
        record(
            session,
            actor=actor,
            action="payroll.file_made",
            subject=("export_batch", batch.number),
            after={
                "format": row.name,
                "version": version.version,
                "currency": currency,
                "sha256": hashlib.sha256(file.content).hexdigest(),
            },
        )
        return file_id


def build_content(
    kind: str,
    settings: Mapping[str, Any],
    batch: PayrollBatch,
    lines: Sequence[PayrollLine],
    currency: str = "",
) -> FileContent:
    """Return the file of the lines of a currency.

    Raises UnusableLines, or Refused (`several_currencies`, `no_lines`).
    """
    own = [line for line in lines if currency in {"", line.currency}]
    if not own:
        raise Refused("no_lines", f"Batch {batch.number} has no lines in {currency}.")
    _refuse_mixture(kind, settings, own)
    if kind == COLUMNS:
        content = build_mapped(batch, own, read_map(settings))
        name = f"payroll-{batch.number:06d}.csv"
    else:
        payroll_format = FORMATS[kind]
        content = payroll_format.build(batch, own, settings)
        name = payroll_format.build_name(batch, settings)
    return FileContent(name, content)


def get_batch_head(session: Session, batch_id: int) -> BatchHead:
    """Return what batch the files are of; raises NotFound."""
    batch = session.get(ExportBatch, batch_id)
    if batch is None:
        raise NotFound("export batch", batch_id)
    return BatchHead(
        batch_id,
        batch.number,
        batch.period_starts_on,
        batch.period_ends_on,
        batch.line_count,
        tuple(sorted(batch.totals)),
    )


def list_batch_files(session: Session, batch_id: int) -> list[BatchFileRow]:
    """Return the files that were made of a batch, the latest first."""
    rows = session.execute(
        select(
            BatchFile.id,
            ReceiverFormat.name,
            ReceiverFormatVersion.version,
            BatchFile.currency,
            BatchFile.file_name,
            BatchFile.sha256,
            BatchFile.made_at,
            func.coalesce(User.name, "the command line"),
        )
        .join(ReceiverFormatVersion, ReceiverFormatVersion.id == BatchFile.format_version_id)
        .join(ReceiverFormat, ReceiverFormat.id == ReceiverFormatVersion.format_id)
        .outerjoin(User, User.id == BatchFile.made_by)
        .where(BatchFile.batch_id == batch_id)
        .order_by(BatchFile.id.desc())
    )
    return [BatchFileRow(*row) for row in rows]


def get_made_file(session: Session, batch_id: int, file_id: int) -> FileContent:
    """Return a file of a batch, the same bytes each time; raises NotFound."""
    row = session.execute(
        select(BatchFile.file_name, BatchFile.content).where(
            BatchFile.id == file_id, BatchFile.batch_id == batch_id
        )
    ).first()
    if row is None:
        raise NotFound("batch file", file_id)
    return FileContent(row.file_name, row.content)


def _lock_format(session: Session, format_id: int) -> tuple[ReceiverFormat, ReceiverFormatVersion]:
    """Return a format in use and its present version; neither changes before the file is there."""
    row = session.scalars(
        select(ReceiverFormat).where(ReceiverFormat.id == format_id).with_for_update(read=True)
    ).first()
    if row is None:
        raise NotFound("payroll format", format_id)
    if row.archived_at is not None:
        raise Refused("archived", f"The format {row.name} has been put away.")
    version = session.scalars(
        select(ReceiverFormatVersion).where(
            ReceiverFormatVersion.format_id == format_id,
            ReceiverFormatVersion.version == row.version,
        )
    ).one()
    return row, version


def _refuse_mixture(kind: str, settings: Mapping[str, Any], lines: Sequence[PayrollLine]) -> None:
    has_currency = (
        read_map(settings).has_currency if kind == COLUMNS else FORMATS[kind].has_currency
    )
    currencies = sorted({line.currency for line in lines})
    if len(currencies) > 1 and not has_currency:
        raise Refused(
            "several_currencies",
            "This format has no column for the currency: choose one of "
            f"{', '.join(currencies)} for each file.",
        )


def _find_file(
    session: Session, batch_id: int, format_version_id: int, currency: str
) -> int | None:
    return session.scalars(
        select(BatchFile.id).where(
            BatchFile.batch_id == batch_id,
            BatchFile.format_version_id == format_version_id,
            BatchFile.currency == currency,
        )
    ).first()


def _get_file_id(session: Session, batch_id: int, format_version_id: int, currency: str) -> int:
    file_id = _find_file(session, batch_id, format_version_id, currency)
    if file_id is None:
        raise NotFound("batch file", format_version_id)
    return file_id


def _add_file(
    session: Session, actor: Actor, key: tuple[int, int, str], file: FileContent
) -> int | None:
    """Store a file; None when it is there already."""
    batch_id, format_version_id, currency = key
    statement = (
        insert(BatchFile)
        .values(
            batch_id=batch_id,
            format_version_id=format_version_id,
            currency=currency,
            file_name=file.file_name,
            sha256=hashlib.sha256(file.content).hexdigest(),
            content=file.content,
            made_by=actor.user_id,
        )
        .on_conflict_do_nothing()
        .returning(BatchFile.id)
    )
    return session.scalars(statement).first()
