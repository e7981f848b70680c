"""Running a queued solve from its begin to its end, and picking up what a dead worker left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Busy
from app.models import PlanRun
from app.models.solves import SolveColumns
from app.services.access.access import Actor, Permission
from app.services.auditing.audit import record
from app.services.desk.pauses import list_scope
from app.services.job_queue import close_job, is_live_job
from app.services.messages.outbox import News, add_messages, tell_staff
from app.services.plans.plan_child import SolveFailed
from app.services.plans.plan_watch import Cancelled, ChildLimits, Ending, Interrupted, watch_child
from app.services.plans.solve_kinds import KINDS, PLAN, RECALL, SCENARIO, SolveKind
from app.services.transaction import retried, transaction
from app.services.webhooks.webhook_news import tell_plan_ready

MAX_ATTEMPTS = 2
"""How often a run is taken up in all, when the worker that solved it dies."""

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
    _run(database, PLAN, plan_run_id, limits, should_end)


def run_scenario(
    database: Database,
    scenario_id: int,
    *,
    limits: ChildLimits,
    should_end: Callable[[], bool] = lambda: False,
) -> None:
    """Solve a queued scenario and save the answer, as `run_plan` does; it touches no plan."""
    _run(database, SCENARIO, scenario_id, limits, should_end)


def run_recall(
    database: Database,
    recall_id: int,
    *,
    limits: ChildLimits,
    should_end: Callable[[], bool] = lambda: False,
) -> None:
    """Solve a queued recall and save the answer, as `run_plan` does; nobody moves by it."""
    _run(database, RECALL, recall_id, limits, should_end)


def recover_runs(database: Database) -> int:
    """Take care of the solves whose worker died; return how many there were.

    One is queued again, until it has been taken up MAX_ATTEMPTS times: then it failed.
    One whose worker died before it took the solve up is queued again in any case.
    """
    return sum(_recover(database, kind) for kind in KINDS.values())


def _run(
    database: Database,
    kind: SolveKind,
    solve_id: int,
    limits: ChildLimits,
    should_end: Callable[[], bool],
) -> None:
    with _hold(database, kind, solve_id, wait=True):
        if _begin(database, kind, solve_id):
            ending = watch_child(database, kind, solve_id, limits, should_end)
            try:
                _finish(database, kind, solve_id, ending)
            except Busy:
                sentence = "Its answer could not be saved: others kept changing the same rows."
                _requeue_or_fail(database, kind, solve_id, sentence, is_job_dead=False)


def _recover(database: Database, kind: SolveKind) -> int:
    with database.session() as session:
        solve_ids = session.scalars(kind.select_unfinished()).all()
    num_dead = 0
    for solve_id in solve_ids:
        with _hold(database, kind, solve_id, wait=False) as is_ours:
            if is_ours:
                sentence = "The worker that solved it died."
                num_dead += _requeue_or_fail(database, kind, solve_id, sentence, is_job_dead=True)
                num_dead += _requeue_lost(database, kind, solve_id)
    return num_dead


@contextmanager
def _hold(database: Database, kind: SolveKind, solve_id: int, *, wait: bool) -> Iterator[bool]:
    """Yield whether the solve is ours; PostgreSQL lets go of it when this process dies."""
    keys = {"class": kind.lock_class, "run": solve_id}
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


@retried
def _begin(database: Database, kind: SolveKind, solve_id: int) -> bool:
    """Mark the solve as running; return False when it is not queued any more."""
    with database.session() as session, transaction(session):
        run = kind.get(session, solve_id, is_locked=True)
        if run.status != "queued":
            return False
        run.status = "running"
        run.started_at = datetime.now(UTC)
        run.attempts += 1
        kind.clear_progress(session, solve_id)
        record(
            session,
            actor=_WORKER,
            action=f"{kind.name}.started",
            subject=(kind.subject, run.id),
            before={"status": "queued"},
            after={"status": "running", "attempts": run.attempts},
        )
        return True


@retried
def _finish(database: Database, kind: SolveKind, solve_id: int, ending: Ending) -> None:
    """Write the end of a solve in one transaction."""
    if isinstance(ending, Interrupted):
        sentence = "The worker was shut down while it solved."
        _requeue_or_fail(database, kind, solve_id, sentence, is_job_dead=False)
        return
    with database.session() as session, transaction(session):
        run = kind.lock(session, solve_id)
        if isinstance(ending, Cancelled) or run.stop_requested == "cancel":
            _close(session, kind, run, "cancelled", None)
        elif isinstance(ending, SolveFailed):
            _close(session, kind, run, "failed", ending.sentence)
        elif not ending.is_plan:
            run.certificate = ending.certificate
            run.summary = ending.summary
            sentence = f"No plan was found within {run.time_limit_s:g} seconds."
            _close(session, kind, run, "failed", sentence)
        else:
            kind.save(session, run, ending, actor=_WORKER)
            _tell_ready(session, run)


def _close(
    session: Session, kind: SolveKind, run: SolveColumns, status: str, error: str | None
) -> None:
    record(
        session,
        actor=_WORKER,
        action=f"{kind.name}.{status}",
        subject=(kind.subject, run.id),
        before={"status": run.status},
        after={"status": status, "error": error},
    )
    run.status = status
    run.error = error
    run.finished_at = datetime.now(UTC)
    if status == "failed":
        _tell(session, run, "plan_failed")


def _tell_ready(session: Session, run: SolveColumns) -> None:
    """Tell who asked for a plan that it is there; of a repair, for which nobody asked, all."""
    _tell(session, run, "plan_ready")
    if isinstance(run, PlanRun):
        tell_plan_ready(session, run)
        if run.is_repair:
            codenames = [codename for _, codename in list_scope(session, run.pause_id)]
            facts = {"plan_run_id": run.id, "codenames": codenames}
            tell_staff(
                session,
                "repair_ready",
                run.id,
                facts,
                permission=Permission.REVIEW,
                pause_id=run.pause_id,
            )


def _tell(session: Session, run: SolveColumns, message_kind: str) -> None:
    """Tell who asked for a plan how it ended; scenarios and recalls are watched on their pages."""
    if isinstance(run, PlanRun) and run.requested_by is not None:
        codenames = [codename for _, codename in list_scope(session, run.pause_id)]
        facts = {"plan_run_id": run.id, "codenames": codenames}
        add_messages(session, message_kind, [News(run.id, facts, user_id=run.requested_by)])


@retried
def _requeue_or_fail(
    database: Database, kind: SolveKind, solve_id: int, sentence: str, *, is_job_dead: bool
) -> bool:
    """Queue an interrupted solve again, or give it up; return False when it is not running.

    is_job_dead  nobody will say that the job ended, because its worker died
    """
    with database.session() as session, transaction(session):
        run = kind.get(session, solve_id, is_locked=True)
        if run.status != "running":
            return False
        if is_job_dead and run.job_id is not None:
            close_job(session, run.job_id)
        if run.stop_requested == "cancel":
            _close(session, kind, run, "cancelled", None)
        elif run.attempts >= MAX_ATTEMPTS:
            _close(session, kind, run, "failed", sentence)
        else:
            _queue_again(session, kind, run, sentence)
        return True


@retried
def _requeue_lost(database: Database, kind: SolveKind, solve_id: int) -> bool:
    """Queue a solve again that waits for a job which nobody will do; return whether it did."""
    with database.session() as session, transaction(session):
        run = kind.get(session, solve_id, is_locked=True)
        if run.status != "queued" or is_live_job(session, run.job_id):
            return False
        if run.job_id is not None:
            close_job(session, run.job_id)
        _queue_again(session, kind, run, "The worker that had taken it from the queue died.")
        return True


def _queue_again(session: Session, kind: SolveKind, run: SolveColumns, sentence: str) -> None:
    before = run.status
    run.status = "queued"
    run.started_at = None
    run.job_id = kind.enqueue(session, run.id)
    record(
        session,
        actor=_WORKER,
        action=f"{kind.name}.queued_again",
        subject=(kind.subject, run.id),
        before={"status": before},
        after={"status": "queued", "reason": sentence},
    )
