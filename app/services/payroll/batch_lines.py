"""The lines of a batch as its formats take them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.exports.payroll_line import PayrollBatch, PayrollLine
from app.models import ExportBatch, ExportLine
from app.services.payroll.payroll_batches import build_line

_LINES_AT_ONCE = 5_000


def build_batch(batch: ExportBatch) -> PayrollBatch:
    """Return what a file says of the batch as a whole."""
    return PayrollBatch(batch.number, batch.period_starts_on, batch.period_ends_on)


def stream_lines(
    session: Session, batch_id: int, *, currency: str = "", limit: int | None = None
) -> Iterator[PayrollLine]:
    """Yield the lines of a batch in their order, the first `limit`, some thousands at a time.

    currency  "" takes all
    """
    wanted = ExportLine.batch_id == batch_id
    if currency:
        wanted &= ExportLine.currency == currency
    rows = session.execute(
        select(*ExportLine.__table__.columns)
        .where(wanted)
        .order_by(ExportLine.number)
        .limit(limit),
        execution_options={"stream_results": True, "yield_per": _LINES_AT_ONCE},
    )
    return (build_line(row) for row in rows)
