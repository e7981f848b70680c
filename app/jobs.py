"""The worker: takes jobs out of the queue and calls one service each."""

from __future__ import annotations

import procrastinate
import structlog

from app.database import Database
from app.services.job_queue import PLAN_QUEUE, PLAN_TASK
from app.services.plan_watch import ChildLimits
from app.services.solving import recover_runs, run_plan

_SHUTDOWN_S = 1.0
"""How long a running job may go on after the worker is told to end."""

_log = structlog.get_logger(__name__)


def build_worker_app(database: Database, limits: ChildLimits) -> procrastinate.App:
    """Return the queue with every task that a worker knows."""
    queue = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=database.conninfo, min_size=1, max_size=4)
    )

    # A plain function runs in a thread, so the worker's own heartbeat goes on meanwhile.
    @queue.task(name=PLAN_TASK, queue=PLAN_QUEUE, pass_context=True)
    def plan(context: procrastinate.JobContext, plan_run_id: int) -> None:
        _log.info("plan started", plan_run_id=plan_run_id)
        run_plan(database, plan_run_id, limits=limits, should_end=context.should_abort)
        _log.info("plan ended", plan_run_id=plan_run_id)

    @queue.periodic(cron="* * * * *")
    @queue.task(name="recover", queue="upkeep", queueing_lock="recover")
    def recover(timestamp: int) -> None:
        num_dead = recover_runs(database)
        if num_dead:
            _log.warning("took care of runs of dead workers", num_runs=num_dead, at=timestamp)

    return queue


def run_worker(database: Database, limits: ChildLimits) -> None:
    """Work until SIGTERM or SIGINT; a plan being solved then goes back into the queue."""
    recover_runs(database)
    queue = build_worker_app(database, limits)
    with queue.open():
        queue.run_worker(
            shutdown_graceful_timeout=_SHUTDOWN_S,
            delete_jobs="successful",
            fetch_job_polling_interval=2.0,
        )
