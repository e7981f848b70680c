"""Export batches as they were made: their list, their lines, their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.exports.payroll_line import HoursKind, PayrollLine
from app.exports.payroll_manifest import ControlTotal
from app.models import ExportBatch, ExportFile, ExportLine, User
from app.services.paging import Page, PageRequest
from app.services.payroll.kept_files import StoredFile, open_file

GENERIC = "generic"
"""The format of the file that every batch has."""

NOBODY = "the command line"
"""Who made what no account made."""


@dataclass(frozen=True)
class BatchRow:
    """An export batch; `totals` by currency.

    period_id  None for a batch of before there were pay periods
    sha256     of its generic file
    """

    batch_id: int
    number: int
    period_id: int | None
    period_starts_on: date
    period_ends_on: date
    line_count: int
    totals: tuple[ControlTotal, ...]
    manifest: str
    sha256: str
    created_at: datetime
    created_by: str

    @property
    def num_adjustments(self) -> int:
        """Lines that adjust what earlier batches or closed periods hold."""
        return sum(total.num_adjustments for total in self.totals)


def list_batches(session: Session, period_id: int | None = None) -> tuple[BatchRow, ...]:
    """Return every export batch, the latest first; only those of a period if one is given."""
    statement = (
        select(ExportBatch, User.name)
        .outerjoin(User, User.id == ExportBatch.created_by)
        .order_by(ExportBatch.number.desc())
    )
    if period_id is not None:
        statement = statement.where(ExportBatch.period_id == period_id)
    return tuple(_build_batch_row(*row) for row in session.execute(statement))


def get_batch(session: Session, batch_id: int) -> BatchRow:
    """Return one batch; raises NotFound."""
    row = session.execute(
        select(ExportBatch, User.name)
        .outerjoin(User, User.id == ExportBatch.created_by)
        .where(ExportBatch.id == batch_id)
    ).one_or_none()
    if row is None:
        raise NotFound("export batch", batch_id)
    return _build_batch_row(*row)


def find_lines(
    session: Session, batch_id: int, page: PageRequest, *, only_adjustments: bool = False
) -> Page[PayrollLine]:
    """Return some lines of a batch in the order of its file."""
    wanted = ExportLine.batch_id == batch_id
    if only_adjustments:
        wanted &= ExportLine.is_adjustment
    total = session.scalar(select(func.count()).select_from(ExportLine).where(wanted)) or 0
    if page.after is not None:
        wanted &= ExportLine.number > page.after
    rows = session.execute(
        select(*ExportLine.__table__.columns)
        .where(wanted)
        .order_by(ExportLine.number)
        .offset(page.offset)
        .limit(page.limit)
    )
    return Page([build_line(row) for row in rows], total)


def get_batch_file(session: Session, batch_id: int) -> StoredFile:
    """Return the generic file of a batch; raises NotFound."""
    file = session.scalars(
        select(ExportFile).where(ExportFile.batch_id == batch_id, ExportFile.format == GENERIC)
    ).one_or_none()
    if file is None:
        raise NotFound("export file", batch_id)
    return open_file(session, file)


def build_line(row: Row[*tuple[Any, ...]]) -> PayrollLine:
    """Return the line of a row that has the columns of `ExportLine`."""
    return PayrollLine(
        number=row.number,
        contractor_id=row.contractor_id,
        payroll_id=row.payroll_id,
        contractor=row.contractor,
        project_code=row.project_code,
        hours_kind=HoursKind(row.hours_kind),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        hours=row.hours,
        rate_cents=row.rate_cents,
        amount_cents=row.amount_cents,
        currency=row.currency,
        is_adjustment=row.is_adjustment,
    )


def _build_batch_row(batch: ExportBatch, created_by: str | None) -> BatchRow:
    return BatchRow(
        batch_id=batch.id,
        number=batch.number,
        period_id=batch.period_id,
        period_starts_on=batch.period_starts_on,
        period_ends_on=batch.period_ends_on,
        line_count=batch.line_count,
        totals=tuple(
            ControlTotal(
                code,
                total["lines"],
                Decimal(total["hours"]),
                total["amount_cents"],
                total.get("adjustments", 0),
                total.get("adjustment_cents", 0),
            )
            for code, total in sorted(batch.totals.items())
        ),
        manifest=batch.manifest,
        sha256=batch.sha256,
        created_at=batch.created_at,
        created_by=created_by or NOBODY,
    )
