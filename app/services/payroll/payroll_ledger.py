"""What a batch of a period would hold: the decided hours less those that batches hold already.

A day is decided when its timesheet is approved or locked, or when payroll corrected it. What
the ledger holds of a day and what is decided now differ by hours, by rate or not at all; the
difference is what the next batch pays. So the days of all batches add up to what was decided,
however often hours were reopened or rates corrected in between.

It is worked out in steps, each a temporary table: PostgreSQL then knows how many rows a step has
before it plans the next one. Most days are in no batch yet; the few that are go a way of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import PayPeriod
from app.services.payroll.payroll_rates import ALL_SUBJECTS, CHARGES, ON_DAY, SUBJECTS_OF

_TABLES = (
    "due_sheets",
    "due_assignments",
    "due_charges",
    "held_days",
    "changed_days",
    "new_days",
    "new_lines",
)

_SHEETS = """
CREATE TEMPORARY TABLE due_sheets ON COMMIT DROP AS
SELECT id, contractor_id, approved_version, starts_on FROM timesheets
WHERE status IN ('approved', 'locked') AND settled_version <> approved_version
  AND starts_on <= :ends_on
  AND (CAST(:people AS text[]) IS NULL OR contractor_id = ANY(:people))
ORDER BY id
"""

_LOCKED = " FOR NO KEY UPDATE"
"""Whoever approves or reopens one of the sheets waits for the batch, or the batch for them."""

_FIRST_DAY = """
SELECT least(
    (SELECT min(starts_on) FROM due_sheets), (SELECT min(work_date) FROM hours_corrections))
"""

_ASSIGNMENTS = """
CREATE TEMPORARY TABLE due_assignments ON COMMIT DROP AS
SELECT assignment_id, contractor_id, project_id FROM assignments
WHERE contractor_id IN (SELECT contractor_id FROM due_sheets)
   OR assignment_id IN (SELECT assignment_id FROM hours_corrections)
      AND (CAST(:people AS text[]) IS NULL OR contractor_id = ANY(:people))
"""

_DAYS = f"""
CREATE TEMPORARY TABLE new_days ON COMMIT DROP AS
WITH calendar AS MATERIALIZED (
    -- Days of another open period wait for its own batch.
    SELECT CAST(:first_on AS date) + n AS work_date,
           coalesce(q.starts_on, :starts_on) AS starts_on, coalesce(q.ends_on, :ends_on) AS ends_on
    FROM generate_series(0, CAST(:ends_on AS date) - CAST(:first_on AS date)) AS n
    LEFT JOIN pay_periods q ON CAST(:first_on AS date) + n BETWEEN q.starts_on AND q.ends_on
    WHERE q.id IS NULL OR q.id = :period_id OR q.closed_at IS NOT NULL
),
corrected AS MATERIALIZED (
    SELECT DISTINCT ON (assignment_id, work_date) assignment_id, work_date, hours
    FROM hours_corrections ORDER BY assignment_id, work_date, id DESC
),
approved AS (
    SELECT h.assignment_id, h.work_date, h.hours
    FROM due_sheets s
    JOIN approved_hours h ON h.timesheet_id = s.id AND h.version = s.approved_version
    UNION ALL
    -- What an earlier approval had and the latest has not.
    SELECT DISTINCT h.assignment_id, h.work_date, 0
    FROM due_sheets s
    JOIN approved_hours h ON h.timesheet_id = s.id AND h.version < s.approved_version
    WHERE s.approved_version > 1 AND NOT EXISTS (
        SELECT FROM approved_hours k
        WHERE k.timesheet_id = s.id AND k.version = s.approved_version
          AND k.assignment_id = h.assignment_id AND k.work_date = h.work_date)
),
decided AS (
    SELECT * FROM approved a WHERE NOT EXISTS (
        SELECT FROM corrected x
        WHERE x.assignment_id = a.assignment_id AND x.work_date = a.work_date)
    UNION ALL
    SELECT * FROM corrected
)
SELECT c.charge, d.assignment_id, d.work_date, d.hours, q.starts_on, q.ends_on, 1 AS entry,
       (q.starts_on, q.ends_on) <> (:starts_on, :ends_on) AS is_adjustment
FROM decided d JOIN calendar q USING (work_date) JOIN due_charges c ON {ON_DAY}
"""  # noqa: S608 - a part of another module, no input
"""First all decided days, as if they were in no batch."""

_HELD = """
CREATE TEMPORARY TABLE held_days ON COMMIT DROP AS
SELECT e.assignment_id, e.work_date, l.contractor_id, l.project_id, l.hours_kind, l.rate_cents,
       l.currency, l.starts_on, l.ends_on, sum(e.hours) AS hours, max(e.entry) AS last_entry
FROM due_assignments a
JOIN export_days e
    ON e.assignment_id = a.assignment_id AND e.work_date BETWEEN :first_on AND :ends_on
JOIN new_days d ON d.assignment_id = e.assignment_id AND d.work_date = e.work_date
JOIN export_lines l ON l.batch_id = e.batch_id AND l.number = e.line_number
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
"""

_CHANGED = """
CREATE TEMPORARY TABLE changed_days ON COMMIT DROP AS
WITH firsts AS (
    SELECT assignment_id, work_date, min(starts_on) AS starts_on, min(ends_on) AS ends_on
    FROM held_days GROUP BY 1, 2
)
SELECT assignment_id, work_date, contractor_id, project_id, hours_kind, rate_cents, currency,
       starts_on, ends_on, sum(hours) AS hours
FROM (
    SELECT d.assignment_id, d.work_date, c.contractor_id, c.project_id, c.hours_kind, c.rate_cents,
           c.currency, f.starts_on, f.ends_on, d.hours
    FROM firsts f JOIN new_days d USING (assignment_id, work_date) JOIN due_charges c USING (charge)
    UNION ALL
    SELECT assignment_id, work_date, contractor_id, project_id, hours_kind, rate_cents, currency,
           starts_on, ends_on, -hours
    FROM held_days
) AS both_sides
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 HAVING sum(hours) <> 0
"""

_CHARGES_OF_CHANGED = """
INSERT INTO due_charges (charge, contractor_id, project_id, hours_kind, rate_cents, currency)
SELECT (SELECT coalesce(max(charge), 0) FROM due_charges) + row_number() OVER (), c.*
FROM (
    SELECT DISTINCT contractor_id, project_id, hours_kind, rate_cents, currency FROM changed_days
) AS c
"""
"""They are no assignment's: what is taken back has the rate at which it was paid."""

_FORGET_HELD = """
DELETE FROM new_days d USING held_days h
WHERE h.assignment_id = d.assignment_id AND h.work_date = d.work_date
"""

_FORGET_ZEROS = "DELETE FROM new_days WHERE hours = 0"

_ADD_CHANGED = """
INSERT INTO new_days
SELECT c.charge, d.assignment_id, d.work_date, d.hours, d.starts_on, d.ends_on,
       h.last_entry + row_number() OVER (PARTITION BY d.assignment_id, d.work_date), true
FROM changed_days d
JOIN (
    SELECT assignment_id, work_date, max(last_entry) AS last_entry FROM held_days GROUP BY 1, 2
) AS h USING (assignment_id, work_date)
JOIN due_charges c USING (contractor_id, project_id, hours_kind, rate_cents, currency)
WHERE c.assignment_id IS NULL
"""

_NEW_LINES = """
CREATE TEMPORARY TABLE new_lines ON COMMIT DROP AS
WITH parts AS (
    SELECT charge, starts_on, ends_on, sum(hours) FILTER (WHERE NOT is_adjustment) AS hours,
           sum(hours) FILTER (WHERE is_adjustment) AS adjusted_hours
    FROM new_days GROUP BY 1, 2, 3
),
line_groups AS (
    SELECT c.contractor_id, c.project_id, c.hours_kind, c.rate_cents, c.currency, p.starts_on,
           p.ends_on, sum(p.hours) AS hours, sum(p.adjusted_hours) AS adjusted_hours,
           array_agg(p.charge) AS charges
    FROM parts p JOIN due_charges c USING (charge) GROUP BY 1, 2, 3, 4, 5, 6, 7
),
paid AS (
    SELECT l.contractor_id, l.project_id, l.hours_kind, l.rate_cents, l.currency, l.starts_on,
           l.ends_on, sum(l.hours) AS hours, sum(l.amount_cents) AS amount_cents
    FROM export_lines l
    JOIN (SELECT DISTINCT contractor_id, project_id, starts_on FROM line_groups) AS g
        USING (contractor_id, project_id, starts_on)
    GROUP BY 1, 2, 3, 4, 5, 6, 7
),
priced AS (
    SELECT g.*, coalesce(p.amount_cents, 0) AS paid_cents,
           round((coalesce(p.hours, 0) + coalesce(g.hours, 0)) * g.rate_cents) AS cents,
           round((coalesce(p.hours, 0) + coalesce(g.hours, 0) + coalesce(g.adjusted_hours, 0))
                 * g.rate_cents) AS all_cents
    FROM line_groups g LEFT JOIN paid p
        USING (contractor_id, project_id, hours_kind, rate_cents, currency, starts_on, ends_on)
)
SELECT CAST(row_number() OVER (
           ORDER BY c.name, s.contractor_id, s.currency, v.is_adjustment, s.starts_on, q.codename,
                    s.project_id, s.hours_kind, s.rate_cents) AS int) AS number,
       s.contractor_id, c.payroll_id, c.name AS contractor, s.project_id,
       q.codename AS project_code, s.hours_kind, s.starts_on, s.ends_on, v.hours, s.rate_cents,
       CAST(v.amount_cents AS bigint) AS amount_cents, s.currency, v.is_adjustment, s.charges
FROM priced s
CROSS JOIN LATERAL (
    VALUES (false, s.hours, s.cents - s.paid_cents),
           (true, s.adjusted_hours,
            s.all_cents - CASE WHEN s.hours IS NULL THEN s.paid_cents ELSE s.cents END)
) AS v (is_adjustment, hours, amount_cents)
JOIN contractors c USING (contractor_id) JOIN projects q USING (project_id)
WHERE v.hours IS NOT NULL
"""
"""A line group's cents are rounded once, over all its hours in all batches."""


def stage_due_lines(
    session: Session, period: PayPeriod, *, lock: bool, people: Sequence[str] | None = None
) -> None:
    """Put days and lines of the period's next batch into the tables `new_days` and `new_lines`.

    They live until the end of the transaction, or until they are staged again in it.

    lock    hold the timesheets that decide; the caller has the lock of the ledger then
    people  only these contractors', a few; None = everybody's
    """
    keys: dict[str, Any] = {
        "period_id": period.id,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "people": None if people is None else list(people),
    }
    prepare_staging(session, _TABLES, is_large=people is None)
    session.execute(text(_SHEETS + (_LOCKED if lock else "")), keys)
    session.execute(text("ANALYZE due_sheets"))
    keys["first_on"] = session.scalar(text(_FIRST_DAY)) or period.ends_on
    session.execute(text(_ASSIGNMENTS), keys)
    stage_charges(session, "due", keys["first_on"], period.ends_on, is_large=people is None)
    session.execute(text(_DAYS), keys)
    # Of a ledger of years only what these assignments have in these days, by its key.
    session.execute(text("SET LOCAL enable_nestloop = on"))
    session.execute(text(_HELD), keys)
    if people is None:
        session.execute(text("SET LOCAL enable_nestloop = off"))
    for statement in (_CHANGED, _CHARGES_OF_CHANGED, _FORGET_HELD, _FORGET_ZEROS, _ADD_CHANGED):
        session.execute(text(statement))
    session.execute(text(_NEW_LINES))


def stage_charges(
    session: Session, name: str, first_on: date, last_on: date, *, is_large: bool = True
) -> None:
    """Stage what the assignments in the table {name}_assignments pay on these days."""
    session.execute(text(f"ANALYZE {name}_assignments"))
    keys = {"first_on": first_on, "last_on": last_on}
    subjects = ALL_SUBJECTS if is_large else SUBJECTS_OF.format(name=name)
    session.execute(text(CHARGES.format(name=name, subjects=subjects)), keys)
    session.execute(text(f"ANALYZE {name}_charges"))


def prepare_staging(session: Session, tables: tuple[str, ...], *, is_large: bool = True) -> None:
    """Make room for temporary tables, and set the session to many rows for this transaction.

    is_large  everybody's rows are staged; those of a few are found by loops over indexes
    """
    session.execute(text("SET LOCAL work_mem = '48MB'"))
    # How many rows a table has is what its plans need; a tenth of the sample tells it as well.
    session.execute(text("SET LOCAL default_statistics_target = 10"))
    # Compiling takes longer than these statements do, and where the planner takes hundreds of
    # thousands of days for one it chooses loops of minutes; hashes take a second.
    session.execute(text("SET LOCAL jit = off"))
    session.execute(text(f"SET LOCAL enable_nestloop = {'off' if is_large else 'on'}"))
    session.execute(text(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{name}' for name in tables)}"))
