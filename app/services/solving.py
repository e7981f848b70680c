"""Running a queued plan from its begin to its end, and picking up what a dead worker left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Busy
from app.models import PlanRun
from app.services.access import Actor
from app.services.audit import record
from app.services.job_queue import close_job, enqueue_plan, is_live_job
from app.services.plan_child import SolveFailed
from app.services.plan_results import lock_run_to_save, save_plan
from app.services.plan_watch import Cancelled, ChildLimits, Ending, Interrupted, watch_child
from app.services.planning import UNFINISHED
from app.services.transaction import retried, transaction

MAX_ATTEMPTS = 2
"""How often a run is taken up in all, when the worker that solved it dies."""

_LOCK_CLASS = 7_461
"""First key of the advisory locks that living workers hold on their runs."""

_WORKER = Actor.of_system("worker")


def run_plan(
    database: Database,
    plan_run_id: int,
    *,
    limits: ChildLimits,
    should_end: Callable[[], bool] = lambda: False,
) -> None:
    """Solve a queued plan run and save the answer; does nothing when it is not queued.

    `should_end` tells that this worker is to shut down. The run always ends in a state
    that says what happened, whatever becomes of the child.
    """
    with _hold_run(database, plan_run_id, wait=True):
        if _begin(database, plan_run_id):
            ending = watch_child(database, plan_run_id, limits, should_end)
            try:
                _finish(database, plan_run_id, ending)
            except Busy:
                sentence = "Its answer could not be saved: others kept changing the same rows."
                _requeue_or_fail(database, plan_run_id, sentence, is_job_dead=False)


def recover_runs(database: Database) -> int:
    """Take care of the runs whose worker died; return how many there were.

    A run is queued again, until it has been taken up MAX_ATTEMPTS times: then it failed.
    One whose worker died before it took the run up is queued again in any case.
    """
    unfinished = select(PlanRun.id).where(PlanRun.status.in_(UNFINISHED)).order_by(PlanRun.id)
    with database.session() as session:
        run_ids = session.scalars(unfinished).all()
    num_dead = 0
    for plan_run_id in run_ids:
        with _hold_run(database, plan_run_id, wait=False) as is_ours:
            if is_ours:
                sentence = "The worker that solved it died."
                num_dead += _requeue_or_fail(database, plan_run_id, sentence, is_job_dead=True)
                num_dead += _requeue_lost(database, plan_run_id)
    return num_dead


@contextmanager
def _hold_run(database: Database, plan_run_id: int, *, wait: bool) -> Iterator[bool]:
    """Yield whether the run is ours; PostgreSQL lets go of it when this process dies."""
    keys = {"class": _LOCK_CLASS, "run": plan_run_id}
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_ours = True
        if wait:
            connection.execute(text("SELECT pg_advisory_lock(:class, :run)"), keys)
        else:
            statement = text("SELECT pg_try_advisory_lock(:class, :run)")
            is_ours = bool(connection.execute(statement, keys).scalar_one())
        try:
            yield is_ours
        finally:
            if is_ours:
                connection.execute(text("SELECT pg_advisory_unlock(:class, :run)"), keys)


def _lock_run(session: Session, plan_run_id: int) -> PlanRun:
    return session.get_one(PlanRun, plan_run_id, with_for_update=True, populate_existing=True)


@retried
def _begin(database: Database, plan_run_id: int) -> bool:
    """Mark the run as running; return False when it is not queued any more."""
    with database.session() as session, transaction(session):
        run = _lock_run(session, plan_run_id)
        if run.status != "queued":
            return False
        run.status = "running"
        run.started_at = datetime.now(UTC)
        run.attempts += 1
        session.execute(
            text("DELETE FROM plan_progress WHERE plan_run_id = :run"), {"run": plan_run_id}
        )
        record(
            session,
            actor=_WORKER,
            action="plan.started",
            subject=("plan_run", run.id),
            before={"status": "queued"},
            after={"status": "running", "attempts": run.attempts},
        )
        return True


@retried
def _finish(database: Database, plan_run_id: int, ending: Ending) -> None:
    """Write the end of a run in one transaction."""
    if isinstance(ending, Interrupted):
        sentence = "The worker was shut down while it solved."
        _requeue_or_fail(database, plan_run_id, sentence, is_job_dead=False)
        return
    with database.session() as session, transaction(session):
        run = lock_run_to_save(session, plan_run_id)
        if isinstance(ending, Cancelled) or run.stop_requested == "cancel":
            _close_run(session, run, "cancelled", None)
        elif isinstance(ending, SolveFailed):
            _close_run(session, run, "failed", ending.sentence)
        elif not ending.is_plan:
            run.certificate = ending.certificate
            run.summary = ending.summary
            sentence = f"No plan was found within {run.time_limit_s:g} seconds."
            _close_run(session, run, "failed", sentence)
        else:
            save_plan(session, run, ending, actor=_WORKER)


def _close_run(session: Session, run: PlanRun, status: str, error: str | None) -> None:
    record(
        session,
        actor=_WORKER,
        action=f"plan.{status}",
        subject=("plan_run", run.id),
        before={"status": run.status},
        after={"status": status, "error": error},
    )
    run.status = status
    run.error = error
    run.finished_at = datetime.now(UTC)


@retried
def _requeue_or_fail(
    database: Database, plan_run_id: int, sentence: str, *, is_job_dead: bool
) -> bool:
    """Queue an interrupted run again, or give it up; return False when it is not running.

    is_job_dead  nobody will say that the job ended, because its worker died
    """
    with database.session() as session, transaction(session):
        run = _lock_run(session, plan_run_id)
        if run.status != "running":
            return False
        if is_job_dead and run.job_id is not None:
            close_job(session, run.job_id)
        if run.stop_requested == "cancel":
            _close_run(session, run, "cancelled", None)
        elif run.attempts >= MAX_ATTEMPTS:
            _close_run(session, run, "failed", sentence)
        else:
            _queue_again(session, run, sentence)
        return True


@retried
def _requeue_lost(database: Database, plan_run_id: int) -> bool:
    """Queue a run again that waits for a job which nobody will do; return whether it did."""
    with database.session() as session, transaction(session):
        run = _lock_run(session, plan_run_id)
        if run.status != "queued" or is_live_job(session, run.job_id):
            return False
        if run.job_id is not None:
            close_job(session, run.job_id)
        _queue_again(session, run, "The worker that had taken it from the queue died.")
        return True


def _queue_again(session: Session, run: PlanRun, sentence: str) -> None:
    before = run.status
    run.status = "queued"
    run.started_at = None
    run.job_id = enqueue_plan(session, run.id)
    record(
        session,
        actor=_WORKER,
        action="plan.queued_again",
        subject=("plan_run", run.id),
        before={"status": before},
        after={"status": "queued", "reason": sentence},
    )
