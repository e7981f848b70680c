"""Pay periods as the payroll desk lists them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.exports.payroll_manifest import ControlTotal, add_totals
from app.models import PayPeriod, User
from app.services.paging import Page, PageRequest, Rows
from app.services.payroll.pay_periods import is_over
from app.services.payroll.payroll_batches import NOBODY, BatchRow, list_batches


@dataclass(frozen=True)
class PeriodRow:
    """A pay period.

    status       `open`, `over` (its last day is gone, it can be closed) or `closed`
    num_batches  exports made for it
    totals       of those exports, by currency, adjustments of earlier periods included
    """

    period_id: int
    starts_on: date
    ends_on: date
    zone: str
    status: str
    closed_at: datetime | None
    closed_by: str
    num_batches: int
    totals: tuple[ControlTotal, ...]


def list_periods(
    session: Session, page: PageRequest, *, now: datetime | None = None
) -> Page[PeriodRow]:
    """Return some periods, the latest first."""
    total = session.scalar(select(func.count()).select_from(PayPeriod)) or 0
    statement = _select_periods().order_by(PayPeriod.starts_on.desc())
    if page.after is not None:
        statement = statement.where(PayPeriod.starts_on < page.after)
    rows = session.execute(statement.offset(page.offset).limit(page.limit)).all()
    batches: dict[int | None, list[BatchRow]] = {}
    for batch in list_batches(session):
        batches.setdefault(batch.period_id, []).append(batch)
    instant = now or datetime.now(UTC)
    found = [
        _build_row(period, closed_by, batches.get(period.id, []), instant)
        for period, closed_by in rows
    ]
    return Page(found, total)


def get_period_row(session: Session, period_id: int, *, now: datetime | None = None) -> PeriodRow:
    """Return one period; raises NotFound."""
    row = session.execute(_select_periods().where(PayPeriod.id == period_id)).one_or_none()
    if row is None:
        raise NotFound("pay period", period_id)
    period, closed_by = row
    return _build_row(
        period, closed_by, list(list_batches(session, period_id)), now or datetime.now(UTC)
    )


def _select_periods() -> Rows:
    return (
        select(PayPeriod, User.name)
        .outerjoin(User, User.id == PayPeriod.closed_by)
        .execution_options(populate_existing=True)
    )


def _build_row(
    period: PayPeriod, closed_by: str | None, batches: list[BatchRow], now: datetime
) -> PeriodRow:
    status = "closed" if period.closed_at else "over" if is_over(period, now) else "open"
    return PeriodRow(
        period.id,
        period.starts_on,
        period.ends_on,
        period.zone,
        status,
        period.closed_at,
        closed_by or NOBODY,
        len(batches),
        add_totals(total for batch in batches for total in batch.totals),
    )
