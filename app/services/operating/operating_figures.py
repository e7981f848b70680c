"""How the installation stands, in numbers without names: queue, runs, outboxes, audit, workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.job_queue import STALLED_S

_JOBS = """
    SELECT queue_name, status::text, count(*) FROM procrastinate_jobs
    WHERE status IN ('todo', 'doing', 'failed') GROUP BY 1, 2
"""
_OLDEST_JOB = """
    SELECT coalesce(extract(epoch FROM now() - min(e.at)), 0)
    FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id
    WHERE j.status = 'todo' AND e.type = 'deferred'
      AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())
"""
_RUNS = "SELECT status, count(*) AS num FROM plan_runs GROUP BY 1"
_GAP = """
    SELECT coalesce(max(CAST(tier ->> 'gap' AS float)), 0)
    FROM (SELECT summary FROM plan_runs WHERE status = 'succeeded' AND summary IS NOT NULL
          ORDER BY finished_at DESC LIMIT 1) AS last,
         jsonb_array_elements(last.summary -> 'tiers') AS tier
"""
_MAILS = "SELECT status, count(*) AS num FROM mails WHERE status <> 'sent' GROUP BY 1"
_DELIVERIES = """
    SELECT status, count(*) AS num FROM webhook_deliveries WHERE status <> 'delivered' GROUP BY 1
"""
_OLDEST_UNSENT = """
    SELECT 'mails', extract(epoch FROM now() - min(created_at)) FROM mails WHERE status = 'waiting'
    UNION ALL
    SELECT 'webhooks', extract(epoch FROM now() - min(queued_at))
    FROM webhook_deliveries WHERE status = 'waiting'
"""
_AUDIT = """
    SELECT l.seq, extract(epoch FROM now() - e.at)
    FROM audit_links l JOIN audit_events e ON e.id = l.event_id ORDER BY l.seq DESC LIMIT 1
"""
_WORKERS = """
    SELECT count(*) FROM procrastinate_workers
    WHERE last_heartbeat > now() - :stalled_s * interval '1 second'
"""


@dataclass(frozen=True)
class OperatingFigures:
    """Counts over all processes.

    num_jobs         jobs by queue and status: `todo`, `doing`, `failed`
    oldest_job_s     seconds since the longest waiting job was queued; 0 = none waits
    num_plan_runs    plans by status, since ever
    plan_gap         widest gap of a goal of the newest plan, a share; 0 = each is proved
    num_mails        mails that are not sent, by status
    num_deliveries   deliveries of webhooks that have not arrived, by status
    oldest_unsent_s  seconds that the oldest of `mails` and of `webhooks` has waited; 0 = none waits
    num_audited      events in the audit chain
    audit_age_s      seconds since the last of them; 0 = there is none
    num_workers      workers with a recent heartbeat
    """

    num_jobs: Mapping[tuple[str, str], int]
    oldest_job_s: float
    num_plan_runs: Mapping[str, int]
    plan_gap: float
    num_mails: Mapping[str, int]
    num_deliveries: Mapping[str, int]
    oldest_unsent_s: Mapping[str, float]
    num_audited: int
    audit_age_s: float
    num_workers: int


def read_operating_figures(session: Session) -> OperatingFigures:
    """Return the figures as of now."""
    jobs = session.execute(text(_JOBS)).all()
    unsent = session.execute(text(_OLDEST_UNSENT)).all()
    num_audited, audit_age_s = session.execute(text(_AUDIT)).one_or_none() or (0, 0)
    return OperatingFigures(
        num_jobs={(queue, status): count for queue, status, count in jobs},
        oldest_job_s=float(session.execute(text(_OLDEST_JOB)).scalar_one()),
        num_plan_runs=_count(session, _RUNS),
        plan_gap=session.execute(text(_GAP)).scalar_one(),
        num_mails=_count(session, _MAILS),
        num_deliveries=_count(session, _DELIVERIES),
        oldest_unsent_s={outbox: float(age_s or 0) for outbox, age_s in unsent},
        num_audited=num_audited,
        audit_age_s=float(audit_age_s),
        num_workers=session.execute(text(_WORKERS), {"stalled_s": STALLED_S}).scalar_one(),
    )


def _count(session: Session, query: str) -> Mapping[str, int]:
    return {row.status: row.num for row in session.execute(text(query))}
