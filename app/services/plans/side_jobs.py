"""Work beside plans that a child process does for one row: begin, watch, finish, recover.

A row is queued, running, done or failed; the figures that the child sends are its columns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from app.models import DrillResult, ImportUpload, PlanLimits
from app.services.job_queue import close_job, is_live_job
from app.services.plans.child_limits import Failed
from app.services.plans.child_processes import running_child
from app.services.plans.plan_watch import ChildLimits
from app.services.transaction import retried, transaction

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

UNFINISHED = ("queued", "running")

_POLL_S = 0.2

Row = DrillResult | PlanLimits | ImportUpload
"""What a side job fills in; each is known by one whole number."""

Model = type[DrillResult] | type[PlanLimits] | type[ImportUpload]

ChildTarget = Callable[[str, int, int, Connection], None]
"""Takes the database's address, the row's key, megabytes of memory and the pipe back."""


@dataclass(frozen=True)
class SideJob:
    """A kind of work.

    name      as the reader of a failure knows it
    enqueue   queues a row again when this worker shuts down
    seconds   that the child may take, without the grace for loading and building
    """

    name: str
    model: Model
    enqueue: Callable[[Session, int], int]
    target: ChildTarget
    seconds: float


def run_side_job(
    database: Database,
    job: SideJob,
    key: int,
    *,
    limits: ChildLimits,
    should_end: Callable[[], bool] = lambda: False,
) -> None:
    """Have a child process work out a queued row; does nothing when the row is not queued."""
    if _begin(database, job, key):
        _finish(database, job, key, _watch_child(database, job, key, limits, should_end))


def recover_side_jobs(database: Database, model: Model) -> int:
    """Close the rows whose worker died; return how many there were."""
    with database.session() as session, transaction(session):
        unfinished = (
            select(model)
            .where(model.status.in_(UNFINISHED))
            .order_by(model.job_id)
            .with_for_update(skip_locked=True)
        )
        rows: list[Row] = list(session.scalars(unfinished))
        dead = [row for row in rows if not is_live_job(session, row.job_id)]
        for row in dead:
            if row.job_id is not None:
                close_job(session, row.job_id)
            _close(row, "failed", {"error": "The worker that had taken it died."})
    return len(dead)


@retried
def _begin(database: Database, job: SideJob, key: int) -> bool:
    """Mark the row as running; return False when it is not queued."""
    with database.session() as session, transaction(session):
        row = _lock(session, job, key)
        if row.status != "queued":
            return False
        row.status = "running"
        return True


@retried
def _finish(
    database: Database, job: SideJob, key: int, ending: DataclassInstance | Failed | None
) -> None:
    """Write the end of a row; None = this worker shuts down: the row is queued again."""
    with database.session() as session, transaction(session):
        row = _lock(session, job, key)
        if row.status != "running":
            return
        if ending is None:
            row.status = "queued"
            row.job_id = job.enqueue(session, key)
        elif isinstance(ending, Failed):
            _close(row, "failed", {"error": ending.sentence})
        else:
            _close(row, "done", asdict(ending))


def _lock(session: Session, job: SideJob, key: int) -> Row:
    row = session.get_one(job.model, key, with_for_update=True, populate_existing=True)
    assert isinstance(row, DrillResult | PlanLimits | ImportUpload)
    return row


def _close(row: Row, status: str, values: Mapping[str, Any]) -> None:
    row.status = status
    row.finished_at = datetime.now(UTC)
    for name, value in values.items():
        setattr(row, name, value)


def _watch_child(
    database: Database,
    job: SideJob,
    key: int,
    limits: ChildLimits,
    should_end: Callable[[], bool],
) -> DataclassInstance | Failed | None:
    """Run the child to its end; no child is left when this returns. None = told to shut down."""
    deadline = time.monotonic() + job.seconds + limits.grace_s
    arguments = (database.conninfo, key, limits.memory_mb)
    with running_child(f"{job.name}-{key}", job.target, *arguments) as (_child, pipe):
        try:
            while time.monotonic() < deadline:
                if pipe.poll(_POLL_S):
                    answer: DataclassInstance | Failed = pipe.recv()
                    return answer
                if should_end():
                    return None
        except (EOFError, ConnectionResetError):
            sentence = "ended without an answer; the log says why."
            return Failed(f"The process of the {job.name} {sentence}")
    return Failed(f"The {job.name} did not end within its time limit and was killed.")
