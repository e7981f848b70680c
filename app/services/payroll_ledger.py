"""What a batch of a period would hold: the decided hours less those that batches hold already.

A day is decided when its timesheet is approved or locked, or when payroll corrected it. What
the ledger holds of a day and what is decided now differ by hours, by rate or not at all; the
difference is what the next batch pays. So the days of all batches add up to what was decided,
however often hours were reopened or rates corrected in between.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

LOCK_SHEETS = """
CREATE TEMPORARY TABLE settling_sheets ON COMMIT DROP AS
SELECT id, approved_version FROM timesheets
WHERE status IN ('approved', 'locked') AND settled_version <> approved_version
  AND starts_on <= :ends_on
ORDER BY id FOR NO KEY UPDATE
"""
"""Whoever approves or reopens one of them waits for the batch, or the batch for them."""

_FREE_SHEETS = """(
    SELECT id, approved_version FROM timesheets
    WHERE status IN ('approved', 'locked') AND settled_version <> approved_version
      AND starts_on <= :ends_on
)"""

RATE_SPANS = """
    SELECT subject_kind, subject_id, starts_on, rate_cents, currency,
           coalesce(lead(starts_on) OVER (
               PARTITION BY subject_kind, subject_id ORDER BY starts_on), 'infinity') AS next_on
    FROM (
        SELECT DISTINCT ON (subject_kind, subject_id, starts_on) *
        FROM pay_rates ORDER BY subject_kind, subject_id, starts_on, id DESC
    ) AS latest
"""
"""Each rate with the days on which it holds: from `starts_on` to the day before `next_on`."""

JOIN_RATES = """
    JOIN rate_spans c ON c.subject_kind = 'contractor' AND c.subject_id = d.contractor_id
        AND d.work_date >= c.starts_on AND d.work_date < c.next_on
    LEFT JOIN rate_spans p ON p.subject_kind = 'project' AND p.subject_id = d.project_id
        AND d.work_date >= p.starts_on AND d.work_date < p.next_on
    LEFT JOIN rate_spans a ON a.subject_kind = 'assignment' AND a.subject_id = d.assignment_id
        AND d.work_date >= a.starts_on AND d.work_date < a.next_on
"""
"""Joins the rates of the work date to days `d`."""

RATE_OF_DAY = """
    coalesce(a.rate_cents, CASE WHEN p.currency = c.currency THEN p.rate_cents END, c.rate_cents)
"""
"""The order of `app.services.pay_rates`."""

CURRENCY_OF_DAY = (
    "CASE WHEN a.rate_cents IS NULL THEN c.currency ELSE coalesce(a.currency, c.currency) END"
)

_DAYS = """
WITH rate_spans AS MATERIALIZED ({rate_spans}),
named AS (
    SELECT h.assignment_id, h.work_date FROM {sheets} s
    JOIN approved_hours h ON h.timesheet_id = s.id WHERE h.work_date <= :ends_on
    UNION
    SELECT assignment_id, work_date FROM hours_corrections WHERE work_date <= :ends_on
),
due AS MATERIALIZED (
    -- Days of another open period wait for its own batch.
    SELECT n.assignment_id, n.work_date, o.contractor_id, o.project_id,
           q.starts_on, q.ends_on
    FROM named n JOIN assignments o USING (assignment_id)
    LEFT JOIN pay_periods q ON n.work_date BETWEEN q.starts_on AND q.ends_on
    WHERE q.id IS NULL OR q.id = :period_id OR q.closed_at IS NOT NULL
),
corrected AS (
    SELECT DISTINCT ON (assignment_id, work_date) assignment_id, work_date, hours
    FROM hours_corrections ORDER BY assignment_id, work_date, id DESC
),
approved AS (
    SELECT h.assignment_id, h.work_date, h.hours FROM {sheets} s
    JOIN approved_hours h ON h.timesheet_id = s.id AND h.version = s.approved_version
),
held AS MATERIALIZED (
    SELECT e.assignment_id, e.work_date, l.contractor_id, l.project_id, l.hours_kind, l.rate_cents,
           l.currency, l.starts_on, l.ends_on, sum(e.hours) AS hours
    FROM due d JOIN export_days e USING (assignment_id, work_date)
    JOIN export_lines l ON l.batch_id = e.batch_id AND l.number = e.line_number
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
),
firsts AS (
    SELECT assignment_id, work_date, min(starts_on) AS starts_on, min(ends_on) AS ends_on
    FROM held GROUP BY 1, 2
),
decided AS (
    SELECT d.assignment_id, d.work_date, d.contractor_id, d.project_id, 'regular' AS hours_kind,
           {rate} AS rate_cents, {currency} AS currency,
           coalesce(f.starts_on, d.starts_on, :starts_on) AS starts_on,
           coalesce(f.ends_on, d.ends_on, :ends_on) AS ends_on,
           coalesce(x.hours, y.hours, 0) AS hours
    FROM due d
    {join_rates}
    LEFT JOIN firsts f USING (assignment_id, work_date)
    LEFT JOIN corrected x USING (assignment_id, work_date)
    LEFT JOIN approved y USING (assignment_id, work_date)
),
moved AS (
    SELECT assignment_id, work_date, contractor_id, project_id, hours_kind, rate_cents, currency,
           starts_on, ends_on, sum(hours) AS hours
    FROM (
        SELECT * FROM decided
        UNION ALL
        SELECT assignment_id, work_date, contractor_id, project_id, hours_kind, rate_cents,
               currency, starts_on, ends_on, -hours FROM held
    ) AS both_sides
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 HAVING sum(hours) <> 0
)
SELECT m.*, f.assignment_id IS NULL AS is_first,
       f.assignment_id IS NOT NULL OR (m.starts_on, m.ends_on) <> (:starts_on, :ends_on)
           AS is_adjustment
FROM moved m LEFT JOIN firsts f USING (assignment_id, work_date)
"""

_LINES = """
WITH line_groups AS (
    SELECT contractor_id, project_id, hours_kind, rate_cents, currency, starts_on, ends_on,
           is_adjustment, sum(hours) AS hours
    FROM {days} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
),
paid AS (
    SELECT l.contractor_id, l.project_id, l.hours_kind, l.rate_cents, l.currency, l.starts_on,
           l.ends_on, sum(l.hours) AS hours, sum(l.amount_cents) AS amount_cents
    FROM export_lines l
    JOIN (SELECT DISTINCT contractor_id, project_id, starts_on FROM line_groups) AS g
        USING (contractor_id, project_id, starts_on)
    GROUP BY 1, 2, 3, 4, 5, 6, 7
),
summed AS (
    SELECT g.*, coalesce(p.amount_cents, 0) AS paid_cents,
           round((coalesce(p.hours, 0) + sum(g.hours) OVER w) * g.rate_cents) AS all_cents
    FROM line_groups g LEFT JOIN paid p
        USING (contractor_id, project_id, hours_kind, rate_cents, currency, starts_on, ends_on)
    WINDOW w AS (PARTITION BY g.contractor_id, g.project_id, g.hours_kind, g.rate_cents,
                 g.currency, g.starts_on, g.ends_on ORDER BY g.is_adjustment)
)
SELECT row_number() OVER (
           ORDER BY c.name, s.contractor_id, s.currency, s.is_adjustment, s.starts_on, q.codename,
                    s.project_id, s.hours_kind, s.rate_cents)::int AS number,
       s.contractor_id, c.payroll_id, c.name AS contractor, s.project_id,
       q.codename AS project_code, s.hours_kind, s.starts_on, s.ends_on, s.hours, s.rate_cents,
       (s.all_cents - coalesce(lag(s.all_cents) OVER w, s.paid_cents))::bigint AS amount_cents,
       s.currency, s.is_adjustment
FROM summed s JOIN contractors c USING (contractor_id) JOIN projects q USING (project_id)
WINDOW w AS (PARTITION BY s.contractor_id, s.project_id, s.hours_kind, s.rate_cents, s.currency,
             s.starts_on, s.ends_on ORDER BY s.is_adjustment)
"""
"""A line group's cents are rounded once, over all its hours in all batches."""


def _fill(query: str, sheets: str) -> str:
    return query.format(
        sheets=sheets,
        rate_spans=RATE_SPANS,
        rate=RATE_OF_DAY,
        currency=CURRENCY_OF_DAY,
        join_rates=JOIN_RATES,
    )


DUE_LINES = f"""
WITH due_days AS MATERIALIZED ({_fill(_DAYS, _FREE_SHEETS)}),
due_lines AS ({_LINES.format(days="due_days")})
"""
"""Start of a statement that reads the lines which a batch would hold now; locks nothing."""


def prefer_hash_joins(session: Session) -> None:
    """Keep the planner from nested loops until the end of the transaction.

    It can't know how many rows the parts of these statements give: for 100,000 lines it chose
    loops of minutes where hashes take a second.
    """
    session.execute(text("SET LOCAL enable_nestloop = off"))


def hold_due_lines(session: Session, period_id: int, starts_on: date, ends_on: date) -> None:
    """Lock what decides, and put days and lines of the next batch into temporary tables.

    `new_days` and `new_lines` live until the end of the transaction. The caller holds the lock
    of the ledger.
    """
    keys = {"period_id": period_id, "starts_on": starts_on, "ends_on": ends_on}
    prefer_hash_joins(session)
    session.execute(text(LOCK_SHEETS), keys)
    session.execute(text("ANALYZE settling_sheets"))
    days = _fill(_DAYS, "settling_sheets")
    session.execute(text(f"CREATE TEMPORARY TABLE new_days ON COMMIT DROP AS {days}"), keys)
    session.execute(text("ANALYZE new_days"))
    lines = _LINES.format(days="new_days")
    session.execute(text(f"CREATE TEMPORARY TABLE new_lines ON COMMIT DROP AS {lines}"))
    session.execute(text("ANALYZE new_lines"))
