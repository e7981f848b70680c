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
from app.services.payroll_ledger import prepare_staging, stage_charges, stage_due_lines
from app.services.payroll_rates import ON_DAY

_OPEN_TABLES = ("open_days", "open_assignments", "open_charges", "open_lines")

_OPEN_DAYS = """
CREATE TEMPORARY TABLE open_days ON COMMIT DROP AS
SELECT h.assignment_id, h.work_date, h.hours, h.timesheet_id, t.status
FROM hours_entries h JOIN timesheets t ON t.id = h.timesheet_id
WHERE h.work_date BETWEEN :starts_on AND :ends_on AND h.hours > 0
  AND t.status NOT IN ('approved', 'locked')
"""

_OPEN_ASSIGNMENTS = """
CREATE TEMPORARY TABLE open_assignments ON COMMIT DROP AS
SELECT assignment_id, contractor_id, project_id FROM assignments
WHERE assignment_id IN (SELECT assignment_id FROM open_days)
"""

_OPEN_LINES = f"""
CREATE TEMPORARY TABLE open_lines ON COMMIT DROP AS
SELECT c.contractor_id, c.project_id, d.timesheet_id, min(d.status) AS status,
       sum(d.hours) AS hours, c.rate_cents, c.currency,
       CAST(round(sum(d.hours) * c.rate_cents) AS bigint) AS amount_cents
FROM open_days d JOIN open_charges c ON {ON_DAY}
GROUP BY c.contractor_id, c.project_id, d.timesheet_id, c.rate_cents, c.currency
"""  # noqa: S608 - a part of another module, no input

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


_DUE_BY_PERSON = """
SELECT contractor_id, contractor, payroll_id, currency, is_adjustment, count(*) AS num_lines,
       sum(hours) AS hours, sum(amount_cents)::bigint AS amount_cents
FROM new_lines GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 1
"""

_OPEN_TOTALS = """
SELECT currency, count(DISTINCT contractor_id), count(*), sum(hours), sum(amount_cents)::bigint
FROM open_lines GROUP BY currency ORDER BY currency
"""

_DUE_ROWS = """
SELECT contractor_id, contractor, payroll_id, project_code, starts_on, hours, rate_cents,
       amount_cents, currency, is_adjustment, NULL AS status, count(*) OVER () AS total
FROM new_lines WHERE {condition} ORDER BY number LIMIT :limit OFFSET :offset
"""

_OPEN_ROWS = """
SELECT l.contractor_id, c.name AS contractor, c.payroll_id, q.codename AS project_code,
       t.starts_on, l.hours, l.rate_cents, l.amount_cents, l.currency, false AS is_adjustment,
       l.status, count(*) OVER () AS total
FROM open_lines l JOIN contractors c USING (contractor_id) JOIN projects q USING (project_id)
JOIN timesheets t ON t.id = l.timesheet_id
ORDER BY c.name, l.contractor_id, t.starts_on, q.codename, l.rate_cents
LIMIT :limit OFFSET :offset
"""


class PeriodReport:
    """What an export of a period would hold, worked out once: its sums, and the rows behind them.

    It stands in temporary tables until the end of the caller's transaction; of two reports in one
    transaction only the later one can be read. Raises NotFound.
    """

    def __init__(self, session: Session, period_id: int) -> None:
        self._session = session
        period = get_period(session, period_id)
        stage_due_lines(session, period, lock=False)
        prepare_staging(session, _OPEN_TABLES)
        keys = {"starts_on": period.starts_on, "ends_on": period.ends_on}
        session.execute(text(_OPEN_DAYS), keys)
        session.execute(text(_OPEN_ASSIGNMENTS))
        stage_charges(session, "open", period.starts_on, period.ends_on)
        session.execute(text(_OPEN_LINES))
        self._people = session.execute(text(_DUE_BY_PERSON)).all()
        self._unsafe = [row for row in self._people if not is_safe_id(row.payroll_id)]

    def summarise(self) -> Readiness:
        """Return the report in figures."""
        return Readiness(
            due=_sum_people(self._people),
            adjustments=_sum_people([row for row in self._people if row.is_adjustment]),
            unapproved=tuple(
                MoneyOfPeople(*row) for row in self._session.execute(text(_OPEN_TOTALS))
            ),
            without_id=_sum_people(self._unsafe),
            names_without_id=tuple(dict.fromkeys(row.contractor for row in self._unsafe)),
        )

    def find_rows(self, kind: str, page: PageRequest) -> Page[ReadinessRow]:
        """Return some rows of one of KINDS."""
        keys: dict[str, Any] = {"limit": page.limit, "offset": page.offset}
        if kind == "unapproved":
            statement = _OPEN_ROWS
        elif kind == "no_id":
            keys["people"] = [row.contractor_id for row in self._unsafe]
            statement = _DUE_ROWS.format(condition="contractor_id = ANY(:people)")
        else:
            condition = "is_adjustment" if kind == "adjustments" else "true"
            statement = _DUE_ROWS.format(condition=condition)
        rows = self._session.execute(text(statement), keys).all()
        total = rows[0].total if rows else 0
        return Page([ReadinessRow(*row[:-1]) for row in rows], total)


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
