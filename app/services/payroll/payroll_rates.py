"""What an hour pays on the day that it is worked, for many assignments at once, in SQL.

Rates hold from a day on, for a contractor, a project or an assignment. A charge is one stretch of
days on which an assignment pays the same; it has a number, so that what is worked out over many
days compares numbers instead of names.
"""

from __future__ import annotations

CHARGES = """
CREATE TEMPORARY TABLE {name}_charges ON COMMIT DROP AS
WITH steps AS (
    SELECT DISTINCT ON (subject_kind, subject_id, starts_on)
           subject_kind, subject_id, starts_on, rate_cents, currency
    FROM pay_rates WHERE {subjects} ORDER BY subject_kind, subject_id, starts_on, id DESC
),
whole AS (
    SELECT * FROM steps
    UNION ALL
    -- Nothing is said of the days before the first rate: then another subject's counts.
    SELECT DISTINCT subject_kind, subject_id, CAST('-infinity' AS date), CAST(NULL AS bigint), NULL
    FROM steps WHERE subject_kind <> 'contractor'
),
spans AS MATERIALIZED (
    SELECT *, coalesce(lead(starts_on) OVER (
               PARTITION BY subject_kind, subject_id ORDER BY starts_on), 'infinity') AS next_on
    FROM whole
)
SELECT CAST(row_number() OVER () AS int) AS charge, o.assignment_id, o.contractor_id, o.project_id,
       'regular' AS hours_kind,
       coalesce(a.rate_cents, CASE WHEN p.currency = c.currency THEN p.rate_cents END,
                c.rate_cents) AS rate_cents,
       CASE WHEN a.rate_cents IS NULL THEN c.currency
            ELSE coalesce(a.currency, c.currency) END AS currency,
       greatest(c.starts_on, p.starts_on, a.starts_on) AS from_on,
       least(c.next_on, p.next_on, a.next_on) AS next_on
FROM {name}_assignments o
JOIN spans c ON c.subject_kind = 'contractor' AND c.subject_id = o.contractor_id
    AND c.starts_on <= :last_on AND c.next_on > :first_on
LEFT JOIN spans p ON p.subject_kind = 'project' AND p.subject_id = o.project_id
    AND p.starts_on <= :last_on AND p.next_on > :first_on
LEFT JOIN spans a ON a.subject_kind = 'assignment' AND a.subject_id = o.assignment_id
    AND a.starts_on <= :last_on AND a.next_on > :first_on
WHERE greatest(c.starts_on, p.starts_on, a.starts_on) < least(c.next_on, p.next_on, a.next_on)
"""
"""The charges of {name}_assignments (assignment_id, contractor_id, project_id) from `first_on` to
`last_on`; the order of rates is that of `app.services.payroll.pay_rates`.

subjects  whose rates are looked at: ALL_SUBJECTS, or those of few assignments by SUBJECTS_OF
"""

ALL_SUBJECTS = "true"

SUBJECTS_OF = """(subject_kind, subject_id) IN (
    SELECT 'contractor', contractor_id FROM {name}_assignments
    UNION SELECT 'project', project_id FROM {name}_assignments
    UNION SELECT 'assignment', assignment_id FROM {name}_assignments)"""

ON_DAY = (
    "c.assignment_id = d.assignment_id AND d.work_date >= c.from_on AND d.work_date < c.next_on"
)
"""Joins the charge `c` of a day `d`."""
