"""What is in the way of an export, in people and money, and the rows behind each figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.exports.cell_safety import is_safe_id
from app.services.paging import Page, PageRequest
from app.services.pay_periods import get_period
from app.services.payroll_ledger import (
    CURRENCY_OF_DAY,
    DUE_LINES,
    JOIN_RATES,
    RATE_OF_DAY,
    RATE_SPANS,
    prefer_hash_joins,
)

_UNAPPROVED = f"""
WITH rate_spans AS MATERIALIZED ({RATE_SPANS}),
open_hours AS (
    SELECT h.assignment_id, h.work_date, h.hours, t.id AS timesheet_id, t.status,
           o.contractor_id, o.project_id
    FROM hours_entries h JOIN timesheets t ON t.id = h.timesheet_id
    JOIN assignments o ON o.assignment_id = h.assignment_id
    WHERE h.work_date BETWEEN :starts_on AND :ends_on AND h.hours > 0
      AND t.status NOT IN ('approved', 'locked')
),
open_lines AS (
    SELECT d.contractor_id, d.project_id, d.timesheet_id, min(d.status) AS status,
           sum(d.hours) AS hours, {RATE_OF_DAY} AS rate_cents, {CURRENCY_OF_DAY} AS currency,
           round(sum(d.hours) * ({RATE_OF_DAY}))::bigint AS amount_cents
    FROM open_hours d {JOIN_RATES}
    GROUP BY 1, 2, 3, 6, 7
)
"""  # noqa: S608 - parts of this module and of the ledger, no input

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "due": "Lines of the next export",
        "adjustments": "Adjustments",
        "no_id": "No usable payroll id",
        "unapproved": "Not approved",
    }
)
"""Lists of rows behind the report, and their words."""


@dataclass(frozen=True)
class MoneyOfPeople:
    """People and hours with their money in one currency."""

    currency: str
    num_people: int
    num_lines: int
    hours: Decimal
    amount_cents: int


@dataclass(frozen=True)
class Readiness:
    """What an export would hold now, and what is in its way; each by currency.

    due          lines that the next batch holds
    adjustments  of them, those that correct earlier batches or closed periods
    unapproved   hours of the period on sheets that nobody has approved
    without_id   of `due`, people whose payroll id no receiver can match
    names_without_id  names of those people
    """

    due: tuple[MoneyOfPeople, ...]
    adjustments: tuple[MoneyOfPeople, ...]
    unapproved: tuple[MoneyOfPeople, ...]
    without_id: tuple[MoneyOfPeople, ...]
    names_without_id: tuple[str, ...]

    @property
    def num_due(self) -> int:
        """Lines that an export would hold."""
        return sum(money.num_lines for money in self.due)

    @property
    def is_ready(self) -> bool:
        """Whether an export would go through."""
        return self.num_due > 0 and not self.without_id


@dataclass(frozen=True)
class ReadinessRow:
    """A line behind the report; `status` is that of its timesheet, None once approved."""

    contractor_id: str
    contractor: str
    payroll_id: str
    project_code: str
    starts_on: date
    hours: Decimal
    rate_cents: int
    amount_cents: int
    currency: str
    is_adjustment: bool
    status: str | None


def find_readiness(session: Session, period_id: int) -> Readiness:
    """Return the report of a period as it stands now; raises NotFound."""
    keys = _get_keys(session, period_id)
    people = session.execute(text(_DUE_BY_PERSON), keys).all()
    unsafe = [row for row in people if not is_safe_id(row.payroll_id)]
    return Readiness(
        due=_sum_people(people),
        adjustments=_sum_people([row for row in people if row.is_adjustment]),
        unapproved=tuple(
            MoneyOfPeople(*row) for row in session.execute(text(_UNAPPROVED_TOTALS), keys)
        ),
        without_id=_sum_people(unsafe),
        names_without_id=tuple(dict.fromkeys(row.contractor for row in unsafe)),
    )


_DUE_BY_PERSON = f"""
{DUE_LINES}
SELECT contractor_id, contractor, payroll_id, currency, is_adjustment, count(*) AS num_lines,
       sum(hours) AS hours, sum(amount_cents)::bigint AS amount_cents
FROM due_lines GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 1
"""  # noqa: S608 - parts of this module and of the ledger, no input

_UNAPPROVED_TOTALS = f"""
{_UNAPPROVED}
SELECT currency, count(DISTINCT contractor_id), count(*), sum(hours), sum(amount_cents)::bigint
FROM open_lines GROUP BY currency ORDER BY currency
"""  # noqa: S608 - parts of this module and of the ledger, no input

_DUE_ROWS = f"""
{DUE_LINES}
SELECT contractor_id, contractor, payroll_id, project_code, starts_on, hours, rate_cents,
       amount_cents, currency, is_adjustment, NULL AS status, count(*) OVER () AS total
FROM due_lines WHERE {{condition}} ORDER BY number LIMIT :limit OFFSET :offset
"""  # noqa: S608 - parts of this module and of the ledger, no input

_UNAPPROVED_ROWS = f"""
{_UNAPPROVED}
SELECT l.contractor_id, c.name AS contractor, c.payroll_id, q.codename AS project_code,
       t.starts_on, l.hours, l.rate_cents, l.amount_cents, l.currency, false AS is_adjustment,
       l.status, count(*) OVER () AS total
FROM open_lines l JOIN contractors c USING (contractor_id) JOIN projects q USING (project_id)
JOIN timesheets t ON t.id = l.timesheet_id
ORDER BY c.name, l.contractor_id, t.starts_on, q.codename, l.rate_cents
LIMIT :limit OFFSET :offset
"""  # noqa: S608 - parts of this module and of the ledger, no input


def find_rows(session: Session, period_id: int, kind: str, page: PageRequest) -> Page[ReadinessRow]:
    """Return some rows of one of KINDS; raises NotFound."""
    keys = _get_keys(session, period_id) | {"limit": page.limit, "offset": page.offset}
    if kind == "unapproved":
        statement = _UNAPPROVED_ROWS
    elif kind == "no_id":
        names = session.execute(text(_DUE_BY_PERSON), keys).all()
        keys["people"] = [row.contractor_id for row in names if not is_safe_id(row.payroll_id)]
        statement = _DUE_ROWS.format(condition="contractor_id = ANY(:people)")
    else:
        statement = _DUE_ROWS.format(condition="is_adjustment" if kind == "adjustments" else "true")
    rows = session.execute(text(statement), keys).all()
    total = rows[0].total if rows else 0
    return Page([ReadinessRow(*row[:-1]) for row in rows], total)


def _get_keys(session: Session, period_id: int) -> dict[str, Any]:
    period = get_period(session, period_id)
    prefer_hash_joins(session)
    return {
        "period_id": period.id,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
    }


def _sum_people(rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[MoneyOfPeople, ...]:
    """Add up rows of people by currency."""
    totals: dict[str, list[Row[*tuple[Any, ...]]]] = {}
    for row in rows:
        totals.setdefault(row.currency, []).append(row)
    return tuple(
        MoneyOfPeople(
            currency,
            len({row.contractor_id for row in own}),
            sum(row.num_lines for row in own),
            sum((row.hours for row in own), Decimal(0)),
            sum(row.amount_cents for row in own),
        )
        for currency, own in sorted(totals.items())
    )
