"""Putting jobs into the queue, in the transaction of the rows that they serve."""

from __future__ import annotations

import procrastinate
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.request_ids import REQUEST_ID, find_request_id
from app.services.transaction import transaction

PLAN_TASK = "plan"
PLAN_QUEUE = "plans"
SCENARIO_TASK = "scenario"
RECALL_TASK = "recall"
LIMITS_TASK = "limits"
_LIMITS_PRIORITY = -2
"""Somebody waits for it, but a plan comes first."""
DRILL_TASK = "drill"
DRILL_QUEUE = "drills"
_SCENARIO_PRIORITY = -5
_DRILL_PRIORITY = -10
"""Below plans: a pause that really happened goes first."""

IMPORT_READING_TASK = "read_import"
IMPORT_WRITING_TASK = "write_import"
IMPORT_QUEUE = "imports"
_IMPORT_PRIORITY = 5
"""Above plans: somebody waits for it, and it takes seconds."""

_CLOSE_DEAD_JOBS = """
    UPDATE procrastinate_jobs j SET status = 'failed'
    WHERE j.status = 'doing' AND NOT EXISTS (
        SELECT FROM procrastinate_workers w
        WHERE w.id = j.worker_id
          AND w.last_heartbeat > now() - :stalled_s * interval '1 second')
"""
_LIVE_JOB = """
    SELECT EXISTS (
        SELECT FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
        WHERE j.id = :job_id
          AND (j.status = 'todo' OR j.status = 'doing'
               AND w.last_heartbeat > now() - :stalled_s * interval '1 second'))
"""

STALLED_S = 30
"""A worker without a heartbeat for this long is dead (procrastinate's own limit)."""

# Never opened: every job goes through the connection of the caller's session.
_queue = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def enqueue_plan(session: Session, plan_run_id: int) -> int:
    """Queue the solve of a plan run; return the job's number. It exists once the caller commits."""
    connection = session.connection().connection.driver_connection
    task = _queue.configure_task(PLAN_TASK, queue=PLAN_QUEUE, connection=connection)
    job_id: int = task.defer(plan_run_id=plan_run_id, **_name_request())
    return job_id


def enqueue_recall(session: Session, recall_id: int) -> int:
    """Queue the solve of a recall; return the job's number. It exists once the caller commits."""
    connection = session.connection().connection.driver_connection
    task = _queue.configure_task(RECALL_TASK, queue=PLAN_QUEUE, connection=connection)
    job_id: int = task.defer(recall_id=recall_id, **_name_request())
    return job_id


def enqueue_scenario(session: Session, scenario_id: int) -> int:
    """Queue the solve of a scenario; return the job's number. It exists once the caller commits."""
    connection = session.connection().connection.driver_connection
    task = _queue.configure_task(
        SCENARIO_TASK, queue=PLAN_QUEUE, priority=_SCENARIO_PRIORITY, connection=connection
    )
    job_id: int = task.defer(scenario_id=scenario_id, **_name_request())
    return job_id


def enqueue_drill(session: Session, result_id: int) -> int:
    """Queue the drill of one client; return the job's number. It exists once the caller commits."""
    connection = session.connection().connection.driver_connection
    task = _queue.configure_task(
        DRILL_TASK, queue=DRILL_QUEUE, priority=_DRILL_PRIORITY, connection=connection
    )
    job_id: int = task.defer(result_id=result_id, **_name_request())
    return job_id


def enqueue_limits(session: Session, plan_run_id: int) -> int:
    """Queue the search for what limits a plan; return the job's number, as above."""
    connection = session.connection().connection.driver_connection
    task = _queue.configure_task(
        LIMITS_TASK, queue=PLAN_QUEUE, priority=_LIMITS_PRIORITY, connection=connection
    )
    job_id: int = task.defer(plan_run_id=plan_run_id, **_name_request())
    return job_id


def enqueue_import_reading(session: Session, upload_id: int) -> int:
    """Queue the reading of an upload; return the job's number, as above."""
    return _enqueue_import(session, IMPORT_READING_TASK, upload_id)


def enqueue_import_writing(session: Session, upload_id: int) -> int:
    """Queue the writing of a confirmed upload; return the job's number, as above."""
    return _enqueue_import(session, IMPORT_WRITING_TASK, upload_id)


def _enqueue_import(session: Session, task_name: str, upload_id: int) -> int:
    connection = session.connection().connection.driver_connection
    task = _queue.configure_task(
        task_name, queue=IMPORT_QUEUE, priority=_IMPORT_PRIORITY, connection=connection
    )
    job_id: int = task.defer(upload_id=upload_id, **_name_request())
    return job_id


def is_live_job(session: Session, job_id: int | None) -> bool:
    """Return whether the job waits for a worker, or one that is alive does it."""
    keys = {"job_id": job_id, "stalled_s": STALLED_S}
    return bool(session.execute(text(_LIVE_JOB), keys).scalar_one())


def close_job(session: Session, job_id: int) -> None:
    """Mark the job of a dead worker as failed, so that it is not taken for a running one."""
    session.execute(
        text(
            "UPDATE procrastinate_jobs SET status = 'failed' WHERE id = :job_id "
            "AND status = 'doing'"
        ),
        {"job_id": job_id},
    )


def close_dead_jobs(session: Session) -> int:
    """Mark every job whose worker died as failed; return how many there were.

    A worker may die when what a job was for is saved, and before the job is marked as done:
    nobody looks for that one by its row.
    """
    with transaction(session):
        statement = text(_CLOSE_DEAD_JOBS)
        return session.connection().execute(statement, {"stalled_s": STALLED_S}).rowcount


def _name_request() -> dict[str, str]:
    """Return the argument by which a job's log lines are found from those of its request."""
    request_id = find_request_id()
    return {} if request_id is None else {REQUEST_ID: request_id}
