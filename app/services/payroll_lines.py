"""Payroll's lines of hours out of the database, and their totals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from app.exports.cell_safety import is_safe_id
from app.exports.payroll_csv import PayrollRow
from app.models import Assignment, Contractor, ExportBatch, HoursEntry, Project


@dataclass(frozen=True)
class CurrencyTotal:
    """Sums of one currency; currencies are never added up."""

    currency: str
    num_lines: int
    hours: Decimal
    amount_cents: int


def select_lines(starts_on: date, ends_on: date) -> Select[*tuple[Any, ...]]:
    """Return the query of a period's lines, in the order of the file."""
    return (
        select(
            HoursEntry.id.label("entry_id"),
            Contractor.contractor_id,
            Contractor.payroll_id,
            Contractor.name.label("contractor"),
            Project.codename.label("project"),
            HoursEntry.work_date,
            HoursEntry.hours,
            HoursEntry.rate_cents,
            HoursEntry.currency,
            ExportBatch.number.label("batch_number"),
        )
        .join(Assignment, Assignment.assignment_id == HoursEntry.assignment_id)
        .join(Contractor, Contractor.contractor_id == Assignment.contractor_id)
        .join(Project, Project.project_id == Assignment.project_id)
        .outerjoin(ExportBatch, ExportBatch.id == HoursEntry.export_batch_id)
        .where(HoursEntry.work_date.between(starts_on, ends_on))
        .order_by(
            Contractor.name,
            Contractor.contractor_id,
            HoursEntry.work_date,
            Project.codename,
            HoursEntry.id,
        )
    )


def find_open_totals(session: Session, starts_on: date, ends_on: date) -> tuple[CurrencyTotal, ...]:
    """Return the totals of the period's lines that no batch holds, as `sum_by_currency` does."""
    # PostgreSQL rounds numerics half away from zero, each line by itself, as the file does.
    amount = func.sum(func.round(HoursEntry.hours * HoursEntry.rate_cents))
    rows = session.execute(
        select(HoursEntry.currency, func.count(), func.sum(HoursEntry.hours), amount)
        .where(*_is_open(starts_on, ends_on))
        .group_by(HoursEntry.currency)
    )
    totals = [CurrencyTotal(code, lines, hours, int(cents)) for code, lines, hours, cents in rows]
    return tuple(sorted(totals, key=lambda total: total.currency))


def find_open_without_id(session: Session, starts_on: date, ends_on: date) -> tuple[str, ...]:
    """Return who has open hours in the period and no payroll id that a receiver can match."""
    rows = session.execute(
        select(Contractor.name, Contractor.contractor_id, Contractor.payroll_id)
        .join(Assignment, Assignment.contractor_id == Contractor.contractor_id)
        .join(HoursEntry, HoursEntry.assignment_id == Assignment.assignment_id)
        .where(*_is_open(starts_on, ends_on))
        .distinct()
        .order_by(Contractor.name, Contractor.contractor_id)
    )
    return tuple(dict.fromkeys(row.name for row in rows if not is_safe_id(row.payroll_id)))


def _is_open(starts_on: date, ends_on: date) -> tuple[ColumnElement[bool], ...]:
    return (
        HoursEntry.work_date.between(starts_on, ends_on),
        HoursEntry.export_batch_id.is_(None),
    )


def build_line(row: Row[*tuple[Any, ...]]) -> PayrollRow:
    """Return the line of a row of `select_lines`."""
    return PayrollRow(
        payroll_id=row.payroll_id,
        contractor=row.contractor,
        project=row.project,
        worked_on=row.work_date,
        hours=row.hours,
        rate_cents=row.rate_cents,
        currency=row.currency,
    )


def list_without_id(lines: Sequence[PayrollRow]) -> tuple[str, ...]:
    """Return the names of those whom the receiver could not match, each once."""
    return tuple(
        dict.fromkeys(line.contractor for line in lines if not is_safe_id(line.payroll_id))
    )


def sum_by_currency(lines: Iterable[PayrollRow]) -> tuple[CurrencyTotal, ...]:
    """Return the totals of each currency, in the order of their codes."""
    totals: dict[str, CurrencyTotal] = {}
    for line in lines:
        so_far = totals.get(line.currency, CurrencyTotal(line.currency, 0, Decimal(0), 0))
        totals[line.currency] = CurrencyTotal(
            line.currency,
            so_far.num_lines + 1,
            so_far.hours + line.hours,
            so_far.amount_cents + line.amount_cents,
        )
    return tuple(totals[currency] for currency in sorted(totals))
