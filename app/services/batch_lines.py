"""The lines of a batch as its formats take them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.exports.payroll_line import PayrollBatch, PayrollLine
from app.models import ExportBatch, ExportLine
from app.services.payroll_batches import build_line


def get_batch_lines(
    session: Session, batch_id: int, *, limit: int | None = None
) -> tuple[PayrollBatch, Sequence[PayrollLine]]:
    """Return a batch and its lines in their order, the first `limit`; raises NotFound."""
    batch = session.get(ExportBatch, batch_id)
    if batch is None:
        raise NotFound("export batch", batch_id)
    facts = PayrollBatch(batch.number, batch.period_starts_on, batch.period_ends_on)
    rows = session.execute(
        select(*ExportLine.__table__.columns)
        .where(ExportLine.batch_id == batch_id)
        .order_by(ExportLine.number)
        .limit(limit)
    )
    return facts, [build_line(row) for row in rows]
