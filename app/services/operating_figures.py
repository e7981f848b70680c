"""How the installation stands, in numbers without names: queue, runs, mail, workers."""

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
_MAILS = "SELECT status, count(*) AS num FROM mails WHERE status <> 'sent' GROUP BY 1"
_WORKERS = """
    SELECT count(*) FROM procrastinate_workers
    WHERE last_heartbeat > now() - :stalled_s * interval '1 second'
"""


@dataclass(frozen=True)
class OperatingFigures:
    """Counts over all processes.

    num_jobs       jobs by queue and status: `todo`, `doing`, `failed`
    oldest_job_s   seconds since the longest waiting job was queued; 0 = none waits
    num_plan_runs  plans by status, since ever
    num_mails      mails that are not sent, by status
    num_workers    workers with a recent heartbeat
    """

    num_jobs: Mapping[tuple[str, str], int]
    oldest_job_s: float
    num_plan_runs: Mapping[str, int]
    num_mails: Mapping[str, int]
    num_workers: int


def read_operating_figures(session: Session) -> OperatingFigures:
    """Return the figures as of now."""
    jobs = session.execute(text(_JOBS)).all()
    return OperatingFigures(
        num_jobs={(queue, status): count for queue, status, count in jobs},
        oldest_job_s=float(session.execute(text(_OLDEST_JOB)).scalar_one()),
        num_plan_runs=_count(session, _RUNS),
        num_mails=_count(session, _MAILS),
        num_workers=session.execute(text(_WORKERS), {"stalled_s": STALLED_S}).scalar_one(),
    )


def _count(session: Session, query: str) -> Mapping[str, int]:
    return {row.status: row.num for row in session.execute(text(query))}
