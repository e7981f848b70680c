"""Files of a batch in the formats of its receivers: made once, the same bytes ever after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.exports.payroll_csv import build_payroll_name
from app.exports.payroll_formats.catalog import FORMATS
from app.exports.payroll_formats.cells import UnusableLines
from app.exports.payroll_formats.column_map import build_mapped, read_map
from app.exports.payroll_line import PayrollBatch, PayrollLine
from app.models import (
    BatchFile,
    ExportBatch,
    ExportFile,
    ReceiverFormat,
    ReceiverFormatVersion,
    User,
)
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.payroll.batch_lines import build_batch, stream_lines
from app.services.payroll.kept_files import StoredFile, keep_parts, open_file
from app.services.payroll.receiver_formats import COLUMNS
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
        batch = session.get(ExportBatch, batch_id)
        if batch is None:
            raise NotFound("export batch", batch_id)
        row, version = _lock_format(session, format_id)
        known = _find_file(session, batch_id, version.id, currency)
        if known is not None:
            return known
        _check_currency(batch, row.kind, version.settings, currency)
        head = build_batch(batch)
        lines = stream_lines(session, batch_id, currency=currency)
        first = next(lines, None)
        if first is None:
            raise Refused("no_lines", f"Batch {batch.number} has no lines in {currency}.")
        parts = build_parts(row.kind, version.settings, head, chain([first], lines))
        name = build_file_name(row.kind, version.settings, head)
        try:
            file_id, sha256 = keep_parts(
                session, batch_id, f"{version.id} {currency}".strip(), name, parts
            )
        except UnusableLines as error:
            raise Refused("unusable_lines", f"{row.name} takes no such file: {error}.") from error
        made = BatchFile(
            batch_id=batch_id,
            format_version_id=version.id,
            currency=currency,
            file_id=file_id,
            made_by=actor.user_id,
        )
        session.add(made)
        session.flush()
        record(
            session,
            actor=actor,
            action="payroll.file_made",
            subject=("export_batch", batch.number),
            after={
                "format": row.name,
                "version": version.version,
                "currency": currency,
                "sha256": sha256,
            },
        )
        return made.id


def build_parts(
    kind: str, settings: Mapping[str, Any], batch: PayrollBatch, lines: Iterable[PayrollLine]
) -> Iterator[bytes]:
    """Yield the file of the lines, part by part; raises UnusableLines, at its end at the latest."""
    if kind == COLUMNS:
        return build_mapped(batch, lines, read_map(settings))
    return FORMATS[kind].build(batch, lines, settings)


def build_file_name(kind: str, settings: Mapping[str, Any], batch: PayrollBatch) -> str:
    """Return the name that the receiver expects of the file."""
    if kind == COLUMNS:
        return build_payroll_name(batch)
    return FORMATS[kind].build_name(batch, settings)


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
            ExportFile.file_name,
            ExportFile.sha256,
            BatchFile.made_at,
            func.coalesce(User.name, "the command line"),
        )
        .join(ExportFile, ExportFile.id == BatchFile.file_id)
        .join(ReceiverFormatVersion, ReceiverFormatVersion.id == BatchFile.format_version_id)
        .join(ReceiverFormat, ReceiverFormat.id == ReceiverFormatVersion.format_id)
        .outerjoin(User, User.id == BatchFile.made_by)
        .where(BatchFile.batch_id == batch_id)
        .order_by(BatchFile.id.desc())
    )
    return [BatchFileRow(*row) for row in rows]


def get_made_file(session: Session, batch_id: int, file_id: int) -> StoredFile:
    """Return a file of a batch, the same bytes each time; raises NotFound."""
    row = session.scalars(
        select(ExportFile)
        .join(BatchFile, BatchFile.file_id == ExportFile.id)
        .where(BatchFile.id == file_id, BatchFile.batch_id == batch_id)
    ).first()
    if row is None:
        raise NotFound("batch file", file_id)
    return open_file(session, row)


def _lock_format(session: Session, format_id: int) -> tuple[ReceiverFormat, ReceiverFormatVersion]:
    """Return a format in use and its present version; nobody else makes a file in it meanwhile."""
    row = session.scalars(
        select(ReceiverFormat).where(ReceiverFormat.id == format_id).with_for_update()
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


def _check_currency(
    batch: ExportBatch, kind: str, settings: Mapping[str, Any], currency: str
) -> None:
    """Raise Refused (`several_currencies`) where a file would mix what no column tells apart."""
    has_currency = (
        read_map(settings).has_currency if kind == COLUMNS else FORMATS[kind].has_currency
    )
    if not currency and len(batch.totals) > 1 and not has_currency:
        raise Refused(
            "several_currencies",
            "This format has no column for the currency: choose one of "
            f"{', '.join(sorted(batch.totals))} for each file.",
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
