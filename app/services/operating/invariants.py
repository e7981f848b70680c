"""What is true of every sound database, whatever happened in it: a query each, none writes.

Most of it constraints and triggers hold anyway; here it is asked again of what is stored, after
a restore and whenever somebody wants to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.auditing.audit_verifying import verify_chain

AUDIT_CHAIN = "audit chain"
"""The check that is no query: `app.services.auditing.audit_verifying`."""

_BATCH_TOTALS = """
    SELECT b.number::text FROM export_batches b
    LEFT JOIN (
        SELECT batch_id, sum(num_lines) AS num_lines,
               jsonb_object_agg(currency, jsonb_build_array(num_lines, hours, cents)) AS totals
        FROM (
            SELECT batch_id, currency, count(*) AS num_lines, sum(hours)::numeric AS hours,
                   sum(amount_cents) AS cents
            FROM export_lines GROUP BY batch_id, currency
        ) AS by_currency
        GROUP BY batch_id
    ) AS l ON l.batch_id = b.id
    WHERE b.line_count IS DISTINCT FROM l.num_lines OR l.totals IS DISTINCT FROM (
        SELECT jsonb_object_agg(t.key, jsonb_build_array(
            (t.value ->> 'lines')::bigint, (t.value ->> 'hours')::numeric,
            (t.value ->> 'amount_cents')::bigint))
        FROM jsonb_each(b.totals) AS t)
"""

_SEATS = """
    SELECT DISTINCT p.codename FROM projects p
    JOIN assignments n ON n.project_id = p.project_id
    WHERE n.status = 'active' AND n.proposal_id IS NOT NULL AND p.seats < (
        SELECT count(DISTINCT a.contractor_id) FROM assignments a
        WHERE a.project_id = p.project_id AND a.status = 'active'
          AND a.starts_on <= n.starts_on AND coalesce(a.ends_on, 'infinity') >= n.starts_on)
      AND NOT EXISTS (
        SELECT FROM assignments a JOIN proposals r ON r.id = a.proposal_id
        WHERE a.project_id = p.project_id AND r.overridden @> '["seats"]')
"""

_QUERIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "seats": ("approved places take a project over its seats", _SEATS),
        "batch totals": ("a batch's count and totals are not those of its lines", _BATCH_TOTALS),
        "batch numbers": (
            "a number of a batch is missing",
            """
            SELECT n::text FROM generate_series(1, (SELECT max(number) FROM export_batches)) AS n
            WHERE NOT EXISTS (SELECT FROM export_batches b WHERE b.number = n)
            """,
        ),
        "lines and days": (
            "the days of a line of a batch do not add up to it",
            """
            SELECT l.batch_id || '/' || l.number FROM export_lines l
            LEFT JOIN export_days d ON d.batch_id = l.batch_id AND d.line_number = l.number
            GROUP BY l.batch_id, l.number, l.hours
            HAVING coalesce(sum(d.hours), 0) <> l.hours
            """,
        ),
        "days in one batch": (
            "a day of hours went into a batch for the first time never or twice",
            """
            SELECT assignment_id || ' ' || work_date FROM export_days
            GROUP BY assignment_id, work_date HAVING count(*) FILTER (WHERE entry = 1) <> 1
            """,
        ),
        "cents": (
            "what all batches pay for a line is not its hours times its rate, rounded once",
            """
            SELECT l.contractor_id || ' ' || l.project_id || ' ' || l.starts_on
            FROM export_lines l JOIN export_batches b ON b.id = l.batch_id
            GROUP BY l.contractor_id, l.project_id, l.hours_kind, l.rate_cents, l.currency,
                     l.starts_on, l.ends_on
            HAVING bool_and(b.period_id IS NOT NULL)
               AND sum(l.amount_cents) <> round(sum(l.hours) * l.rate_cents)
            """,
        ),
        "kept files": (
            "a payroll file is not what its length and SHA-256 say",
            """
            SELECT f.file_name FROM export_files f
            LEFT JOIN LATERAL (
                SELECT string_agg(content, ''::bytea ORDER BY number) AS content
                FROM export_file_parts WHERE file_id = f.id
            ) AS p ON true
            WHERE length(coalesce(p.content, '')) <> f.num_bytes
               OR encode(sha256(coalesce(p.content, '')), 'hex') <> f.sha256
            """,
        ),
        "hours of a day": (
            "somebody has more than 24 hours on a day",
            """
            SELECT a.contractor_id || ' ' || h.work_date
            FROM hours_entries h JOIN assignments a USING (assignment_id)
            GROUP BY a.contractor_id, h.work_date HAVING sum(h.hours) > 24
            """,
        ),
        "hours in their week": (
            "hours lie outside their timesheet, or in somebody else's",
            """
            SELECT h.assignment_id || ' ' || h.work_date FROM hours_entries h
            JOIN timesheets t ON t.id = h.timesheet_id
            JOIN assignments a ON a.assignment_id = h.assignment_id
            WHERE a.contractor_id <> t.contractor_id
               OR h.work_date NOT BETWEEN t.starts_on AND t.ends_on
            """,
        ),
        "approved versions": (
            "hours were approved in a version that their timesheet has not reached",
            """
            SELECT t.contractor_id || ' ' || t.starts_on FROM timesheets t
            WHERE t.settled_version > t.approved_version OR EXISTS (
                SELECT FROM approved_hours h
                WHERE h.timesheet_id = t.id AND h.version > t.approved_version)
            """,
        ),
        "suspended work": (
            "work is suspended by a pause that is over",
            """
            SELECT a.assignment_id FROM assignments a
            JOIN pauses q ON q.id = a.suspended_by_pause_id WHERE q.status <> 'open'
            """,
        ),
        "paused projects": (
            "a project is held by a pause that is over, or is not paused though it is held",
            """
            SELECT p.codename FROM pause_projects s JOIN projects p USING (project_id)
            JOIN pauses q ON q.id = s.pause_id
            WHERE s.open AND (q.status <> 'open' OR p.status <> 'paused')
            """,
        ),
        "places and proposals": (
            "work came of a proposal that nobody approved",
            """
            SELECT a.assignment_id FROM assignments a JOIN proposals r ON r.id = a.proposal_id
            WHERE a.status = 'active'
              AND (r.status NOT IN ('approved', 'published')
                   OR r.contractor_id <> a.contractor_id OR r.project_id <> a.project_id)
            """,
        ),
        "skills of contractors": (
            "a skill is of nobody on the roster, or not among the skills",
            """
            SELECT k.contractor_id || ' ' || k.skill FROM contractor_skills k
            LEFT JOIN contractors c USING (contractor_id) LEFT JOIN skills s ON s.name = k.skill
            WHERE c.contractor_id IS NULL OR s.name IS NULL
            """,
        ),
        "triggers": (
            "a trigger is switched off",
            """
            SELECT c.relname || '.' || t.tgname FROM pg_trigger t
            JOIN pg_class c ON c.oid = t.tgrelid
            WHERE c.relnamespace = 'public'::regnamespace AND t.tgenabled = 'D'
            """,
        ),
    }
)
"""Name -> what is wrong with each row of the query, and the query; a row is a text naming it."""

_EXAMPLES = 3


@dataclass(frozen=True)
class Breach:
    """An invariant that does not hold.

    num       rows that break it
    examples  the first of them
    """

    name: str
    sentence: str
    num: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        shown = ", ".join(self.examples)
        more = f" and {self.num - len(self.examples)} more" if self.num > len(self.examples) else ""
        return f"{self.name}: {self.sentence}: {shown}{more}"


def list_invariants() -> tuple[str, ...]:
    """Return the name of every invariant."""
    return (*_QUERIES, AUDIT_CHAIN)


def find_breaches(session: Session) -> list[Breach]:
    """Return every invariant that does not hold; run it in one snapshot (REPEATABLE READ)."""
    breaches = []
    for name, (sentence, query) in _QUERIES.items():
        count = f"SELECT count(*), (array_agg(k ORDER BY k))[1:{_EXAMPLES}] FROM ({query}) AS b (k)"  # noqa: S608 - our own texts
        num, examples = session.execute(text(count)).one()
        if num:
            breaches.append(Breach(name, sentence, num, tuple(examples)))
    report = verify_chain(session)
    if report.num_faults:
        examples = tuple(fault.sentence for fault in report.faults[:_EXAMPLES])
        breaches.append(
            Breach(AUDIT_CHAIN, "the audit trail was tampered with", report.num_faults, examples)
        )
    return breaches
