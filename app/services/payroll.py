"""Payroll: the hours of a period, and batches that hold each hour exactly once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.exports.payroll_csv import PayrollRow, build_payroll_csv
from app.models import Assignment, ExportBatch, HoursEntry, Project, User
from app.services.access import Actor, Permission, require
from app.services.audit import record
from app.services.keys import is_among
from app.services.payroll_lines import (
    CurrencyTotal,
    build_line,
    find_open_totals,
    find_open_without_id,
    list_without_id,
    select_lines,
    sum_by_currency,
)
from app.services.transaction import retried, transaction

MAX_PERIOD_DAYS = 62
"""Two months: the longest period of one page and one export."""

_NAMES_SHOWN = 5


@dataclass(frozen=True)
class PeriodLine:
    """A line of hours and the number of the batch that took it, None while it is open."""

    line: PayrollRow
    contractor_id: str
    batch_number: int | None


@dataclass(frozen=True)
class PayrollPeriod:
    """The hours of some days, both ends included.

    lines          those of the page asked for
    num_lines      of the whole period, as are all that follow
    open_totals    of the lines that no batch holds yet
    without_id     names of contractors with open hours whose payroll id no receiver can match
    """

    starts_on: date
    ends_on: date
    lines: tuple[PeriodLine, ...]
    num_lines: int
    open_totals: tuple[CurrencyTotal, ...]
    without_id: tuple[str, ...]

    @property
    def num_open(self) -> int:
        """Lines that no batch holds yet."""
        return sum(total.num_lines for total in self.open_totals)


@dataclass(frozen=True)
class BatchRow:
    """An export batch in a list; `totals` as in `app.models.ExportBatch`."""

    batch_id: int
    number: int
    period_starts_on: date
    period_ends_on: date
    line_count: int
    totals: tuple[CurrencyTotal, ...]
    sha256: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True)
class BatchFile:
    """The bytes of a batch, the same on every download."""

    file_name: str
    content: bytes
    sha256: str


def find_period(
    session: Session, starts_on: date, ends_on: date, *, offset: int = 0, limit: int | None = None
) -> PayrollPeriod:
    """Return the totals of a period, and its lines from `offset` on, `limit` of them.

    Raises InvalidValue when it ends before it starts or has more than MAX_PERIOD_DAYS.
    """
    _check_period(starts_on, ends_on)
    rows = session.execute(select_lines(starts_on, ends_on).offset(offset).limit(limit)).all()
    in_period = HoursEntry.work_date.between(starts_on, ends_on)
    return PayrollPeriod(
        starts_on,
        ends_on,
        tuple(PeriodLine(build_line(row), row.contractor_id, row.batch_number) for row in rows),
        session.scalar(select(func.count()).select_from(HoursEntry).where(in_period)) or 0,
        find_open_totals(session, starts_on, ends_on),
        find_open_without_id(session, starts_on, ends_on),
    )


@retried
def export_period(session: Session, *, actor: Actor, starts_on: date, ends_on: date) -> BatchRow:
    """Put every hour of the period that no batch holds into a new, numbered batch.

    Raises InvalidValue as `find_period` does, or Refused (`nothing_to_export`,
    `payroll_id_unusable`).
    """
    require(actor, Permission.EXPORT_PAYROLL)
    _check_period(starts_on, ends_on)
    with transaction(session):
        # One export at a time: the numbers have no gap and no two batches see the same hour.
        session.execute(text("LOCK TABLE export_batches IN EXCLUSIVE MODE"))
        _wait_for_pauses(session, starts_on, ends_on)
        statement = select_lines(starts_on, ends_on).where(HoursEntry.export_batch_id.is_(None))
        rows = session.execute(statement.with_for_update(of=HoursEntry)).all()
        lines = [build_line(row) for row in rows]
        _refuse_unready(lines, starts_on, ends_on)
        batch = _build_batch(session, lines, starts_on, ends_on)
        batch.created_by = actor.user_id
        session.add(batch)
        session.flush()
        session.execute(
            update(HoursEntry)
            .where(is_among(HoursEntry.id, [row.entry_id for row in rows]))
            .values(export_batch_id=batch.id)
        )
        record(
            session,
            actor=actor,
            action="payroll.exported",
            subject=("export_batch", batch.number),
            after={
                "period_starts_on": starts_on,
                "period_ends_on": ends_on,
                "lines": batch.line_count,
                "totals": batch.totals,
                "sha256": batch.sha256,
            },
        )
    session.refresh(batch)
    return _build_batch_row(batch, actor.name)


def list_batches(session: Session) -> tuple[BatchRow, ...]:
    """Return every export batch, the latest first, without its content."""
    rows = session.execute(
        select(ExportBatch, User.name)
        .outerjoin(User, User.id == ExportBatch.created_by)
        .order_by(ExportBatch.number.desc())
    )
    return tuple(_build_batch_row(batch, name or "the command line") for batch, name in rows)


def get_batch_file(session: Session, batch_id: int) -> BatchFile:
    """Return the file of a batch; raises NotFound."""
    batch = session.get(ExportBatch, batch_id)
    if batch is None:
        raise NotFound("export batch", batch_id)
    return BatchFile(f"payroll-{batch.number:06d}.csv", batch.content, batch.sha256)


def _wait_for_pauses(session: Session, starts_on: date, ends_on: date) -> None:
    """Lock the projects of the period: a pause under way takes its hours back first."""
    worked = (
        select(Assignment.project_id)
        .join(HoursEntry, HoursEntry.assignment_id == Assignment.assignment_id)
        .where(HoursEntry.work_date.between(starts_on, ends_on))
    )
    session.execute(
        select(Project.project_id)
        .where(Project.project_id.in_(worked))
        .order_by(Project.project_id)
        .with_for_update(of=Project, read=True)
    ).all()


def _check_period(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise InvalidValue("ends_on", ends_on, f"{starts_on} or later")
    if (ends_on - starts_on).days >= MAX_PERIOD_DAYS:
        latest = starts_on + timedelta(days=MAX_PERIOD_DAYS - 1)
        raise InvalidValue("ends_on", ends_on, f"{latest} or earlier ({MAX_PERIOD_DAYS} days)")


def _refuse_unready(lines: Sequence[PayrollRow], starts_on: date, ends_on: date) -> None:
    if not lines:
        raise Refused("nothing_to_export", f"No open hours from {starts_on} to {ends_on}.")
    missing = list_without_id(lines)
    if missing:
        names = ", ".join(missing[:_NAMES_SHOWN])
        more = f" and {len(missing) - _NAMES_SHOWN} more" if len(missing) > _NAMES_SHOWN else ""
        raise Refused("payroll_id_unusable", f"No usable payroll id: {names}{more}.")


def _build_batch(
    session: Session, lines: Sequence[PayrollRow], starts_on: date, ends_on: date
) -> ExportBatch:
    content = build_payroll_csv(lines)
    latest = session.scalar(select(func.max(ExportBatch.number)))
    return ExportBatch(
        number=(latest or 0) + 1,
        period_starts_on=starts_on,
        period_ends_on=ends_on,
        line_count=len(lines),
        totals={
            total.currency: {
                "lines": total.num_lines,
                "hours": str(total.hours),
                "amount_cents": total.amount_cents,
            }
            for total in sum_by_currency(lines)
        },
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
    )


def _build_batch_row(batch: ExportBatch, created_by: str) -> BatchRow:
    return BatchRow(
        batch_id=batch.id,
        number=batch.number,
        period_starts_on=batch.period_starts_on,
        period_ends_on=batch.period_ends_on,
        line_count=batch.line_count,
        totals=tuple(
            CurrencyTotal(code, total["lines"], Decimal(total["hours"]), total["amount_cents"])
            for code, total in sorted(batch.totals.items())
        ),
        sha256=batch.sha256,
        created_at=batch.created_at,
        created_by=created_by,
    )
