"""What is in the way of an export, in people and money, and the rows behind each figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.exports.cell_safety import PLAIN_ID, is_safe_id
from app.services.paging import Page, PageRequest
from app.services.payroll.pay_periods import get_period
from app.services.payroll.payroll_ledger import prepare_staging, stage_charges, stage_due_lines
from app.services.payroll.payroll_rates import ON_DAY

_FEW = 2_000
"""People whose lines are worked out apart; for more of them everybody's are no slower."""

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
        return self.count_rows("due")

    def count_rows(self, kind: str) -> int:
        """Return how many rows stand behind a figure, by one of KINDS."""
        sums = {
            "due": self.due,
            "adjustments": self.adjustments,
            "no_id": self.without_id,
            "unapproved": self.unapproved,
        }
        return sum(money.num_lines for money in sums[kind])

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


_DUE_TOTALS = """
SELECT currency, count(DISTINCT contractor_id), count(*), sum(hours), sum(amount_cents)::bigint
FROM new_lines WHERE {condition} GROUP BY currency ORDER BY currency
"""

_ODD_IDS = """
SELECT DISTINCT contractor, contractor_id, payroll_id FROM new_lines
WHERE payroll_id !~ :plain ORDER BY contractor, contractor_id
"""

_FIRST_PEOPLE = """
SELECT contractor_id FROM contractors
WHERE contractor_id IN (
        SELECT contractor_id FROM timesheets
        WHERE status IN ('approved', 'locked') AND settled_version <> approved_version
          AND starts_on <= :ends_on)
   OR contractor_id IN (
        SELECT contractor_id FROM assignments
        WHERE assignment_id IN (SELECT assignment_id FROM hours_corrections))
ORDER BY name, contractor_id LIMIT :most
"""
"""Of those who may have lines, in the order of the lines."""

_CONDITIONS: Mapping[str, str] = MappingProxyType(
    {"due": "true", "adjustments": "is_adjustment", "no_id": "contractor_id = ANY(:people)"}
)
"""Which of the new lines stand behind a figure."""

_OPEN_TOTALS = """
SELECT currency, count(DISTINCT contractor_id), count(*), sum(hours), sum(amount_cents)::bigint
FROM open_lines GROUP BY currency ORDER BY currency
"""

_DUE_ROWS = """
SELECT contractor_id, contractor, payroll_id, project_code, starts_on, hours, rate_cents,
       amount_cents, currency, is_adjustment, NULL AS status
FROM new_lines WHERE {condition} ORDER BY number LIMIT :limit OFFSET :offset
"""

_OPEN_ROWS = """
SELECT l.contractor_id, c.name AS contractor, c.payroll_id, q.codename AS project_code,
       t.starts_on, l.hours, l.rate_cents, l.amount_cents, l.currency, false AS is_adjustment,
       l.status
FROM open_lines l JOIN contractors c USING (contractor_id) JOIN projects q USING (project_id)
JOIN timesheets t ON t.id = l.timesheet_id
ORDER BY c.name, l.contractor_id, t.starts_on, q.codename, l.rate_cents
LIMIT :limit OFFSET :offset
"""


def summarise_period(session: Session, period_id: int) -> Readiness:
    """Return the report of a period, worked out now; raises NotFound.

    Temporary tables hold what it is made of until the end of the caller's transaction.
    """
    stage_due_lines(session, get_period(session, period_id), lock=False)
    odd = _list_odd_ids(session)
    return Readiness(
        due=_sum_due(session, "due"),
        adjustments=_sum_due(session, "adjustments"),
        unapproved=sum_unapproved(session, period_id),
        without_id=_sum_due(session, "no_id", people=[row.contractor_id for row in odd]),
        names_without_id=tuple(dict.fromkeys(row.contractor for row in odd)),
    )


def sum_unapproved(session: Session, period_id: int) -> tuple[MoneyOfPeople, ...]:
    """Return the hours of a period on sheets that nobody has approved; raises NotFound."""
    _stage_open(session, period_id)
    return tuple(MoneyOfPeople(*row) for row in session.execute(text(_OPEN_TOTALS)))


def find_rows(
    session: Session, period_id: int, readiness: Readiness, kind: str, page: PageRequest
) -> Page[ReadinessRow]:
    """Return some rows of one of KINDS, of which the report tells how many there are.

    Raises NotFound.
    """
    total = readiness.count_rows(kind)
    if not total:
        return Page([], 0)
    keys: dict[str, Any] = {"limit": page.limit, "offset": page.offset}
    if kind == "unapproved":
        _stage_open(session, period_id)
        statement = _OPEN_ROWS
    else:
        _stage_rows(session, period_id, kind, page)
        if kind == "no_id":
            keys["people"] = [row.contractor_id for row in _list_odd_ids(session)]
        statement = _DUE_ROWS.format(condition=_CONDITIONS[kind])
    return Page([ReadinessRow(*row) for row in session.execute(text(statement), keys)], total)


def _stage_rows(session: Session, period_id: int, kind: str, page: PageRequest) -> None:
    """Stage the lines of so many people, by name, that the page is among them."""
    period, num_lines = get_period(session, period_id), page.offset + page.limit
    most = 2 * num_lines
    while kind == "due" and most <= _FEW:
        keys = {"ends_on": period.ends_on, "most": most}
        people = session.scalars(text(_FIRST_PEOPLE), keys).all()
        if len(people) < most:
            break
        stage_due_lines(session, period, lock=False, people=people)
        if (session.scalar(text("SELECT count(*) FROM new_lines")) or 0) >= num_lines:
            return
        # Hours of nothing, or of another period, make no lines.
        most *= 4
    stage_due_lines(session, period, lock=False)


def _stage_open(session: Session, period_id: int) -> None:
    period = get_period(session, period_id)
    prepare_staging(session, _OPEN_TABLES)
    keys = {"starts_on": period.starts_on, "ends_on": period.ends_on}
    session.execute(text(_OPEN_DAYS), keys)
    session.execute(text(_OPEN_ASSIGNMENTS))
    stage_charges(session, "open", period.starts_on, period.ends_on)
    session.execute(text(_OPEN_LINES))


def _sum_due(session: Session, kind: str, **keys: object) -> tuple[MoneyOfPeople, ...]:
    statement = text(_DUE_TOTALS.format(condition=_CONDITIONS[kind]))
    return tuple(MoneyOfPeople(*row) for row in session.execute(statement, keys))


def _list_odd_ids(session: Session) -> list[Row[*tuple[Any, ...]]]:
    """Return the people among the new lines whose payroll id no receiver can match, by name."""
    found = session.execute(text(_ODD_IDS), {"plain": f"^(?:{PLAIN_ID})$"})
    return [row for row in found if not is_safe_id(row.payroll_id)]
