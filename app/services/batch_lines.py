"""The lines of a batch as its formats take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.exports.payroll_line import HoursKind, PayrollBatch, PayrollLine
from app.models import Assignment, Contractor, ExportBatch, HoursEntry, Project
from app.services.paging import Rows


def get_batch_lines(
    session: Session, batch_id: int, *, limit: int | None = None
) -> tuple[PayrollBatch, Sequence[PayrollLine]]:
    """Return a batch and its lines in their order, the first `limit`; raises NotFound."""
    batch = session.get(ExportBatch, batch_id)
    if batch is None:
        raise NotFound("export batch", batch_id)
    facts = PayrollBatch(batch.number, batch.period_starts_on, batch.period_ends_on)
    rows = session.execute(_select_lines(batch_id).limit(limit))
    return facts, [_build_line(number, row, facts) for number, row in enumerate(rows, start=1)]


def _select_lines(batch_id: int) -> Rows:
    key = (
        Contractor.contractor_id,
        Contractor.payroll_id,
        Contractor.name,
        Project.codename,
        HoursEntry.rate_cents,
        HoursEntry.currency,
    )
    hours = func.sum(HoursEntry.hours).label("hours")
    amount = func.sum(func.round(HoursEntry.hours * HoursEntry.rate_cents)).label("amount_cents")
    return (
        select(*key, hours, amount)
        .join(Assignment, Assignment.assignment_id == HoursEntry.assignment_id)
        .join(Contractor, Contractor.contractor_id == Assignment.contractor_id)
        .join(Project, Project.project_id == Assignment.project_id)
        .where(HoursEntry.export_batch_id == batch_id)
        .group_by(*key)
        .order_by(Contractor.name, Contractor.contractor_id, Project.codename, *key[4:])
    )


def _build_line(number: int, row: Row[*tuple[Any, ...]], batch: PayrollBatch) -> PayrollLine:
    return PayrollLine(
        number=number,
        contractor_id=row.contractor_id,
        payroll_id=row.payroll_id,
        contractor=row.name,
        project_code=row.codename,
        hours_kind=HoursKind.REGULAR,
        starts_on=batch.starts_on,
        ends_on=batch.ends_on,
        hours=row.hours,
        rate_cents=row.rate_cents,
        amount_cents=int(row.amount_cents),
        currency=row.currency,
    )
