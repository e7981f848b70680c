"""Pause drills: request one, run it client by client, pick up what a dead worker left."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import NotFound, Refused
from app.models import Assignment, Client, Drill, DrillResult, Project
from app.services.access import Actor, Permission, require
from app.services.audit import record
from app.services.job_queue import close_job, enqueue_drill, is_live_job
from app.services.plan_watch import ChildLimits
from app.services.transaction import retried, transaction

if TYPE_CHECKING:
    from app.services.drill_child import DrillFigures
    from app.services.plan_child import SolveFailed

    Ending = DrillFigures | SolveFailed

UNFINISHED = ("queued", "running")

_LOCK_KEY = 7_462
"""Of the advisory lock that makes two requests at once wait for each other."""

_POLL_S = 0.2


@retried
def request_drill(
    session: Session, *, actor: Actor, today: date, client_id: str | None = None
) -> int:
    """Queue the drill of every client with work under way, or of one; return the drill's id.

    A client whose drill is not finished is left out.

    Raises NotFound, or Refused (`nothing_to_drill`, `drill_running`).
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        client_ids = _list_drillable(session, client_id)
        busy = set(
            session.scalars(select(DrillResult.client_id).where(DrillResult.status.in_(UNFINISHED)))
        )
        free = [one for one in client_ids if one not in busy]
        if not free:
            raise Refused("drill_running", "The drill of these clients is still under way.")
        drill = Drill(drilled_on=today, requested_by=actor.user_id)
        session.add(drill)
        session.flush()
        for one in free:
            result = DrillResult(drill_id=drill.id, client_id=one)
            session.add(result)
            session.flush()
            result.job_id = enqueue_drill(session, result.id)
        record(
            session,
            actor=actor,
            action="drill.requested",
            subject=("drill", drill.id),
            after={"drilled_on": today, "num_clients": len(free), "client_id": client_id},
        )
        return drill.id


def run_drill(
    database: Database,
    result_id: int,
    *,
    limits: ChildLimits,
    should_end: Callable[[], bool] = lambda: False,
) -> None:
    """Drill the client of a queued result and save the figures; does nothing when it is not."""
    if _begin(database, result_id):
        _finish(database, result_id, _watch_child(database, result_id, limits, should_end))


def recover_drills(database: Database) -> int:
    """Close the drills whose worker died; return how many there were."""
    with database.session() as session, transaction(session):
        unfinished = (
            select(DrillResult)
            .where(DrillResult.status.in_(UNFINISHED))
            .order_by(DrillResult.id)
            .with_for_update(skip_locked=True)
        )
        dead = [
            result
            for result in session.scalars(unfinished)
            if not is_live_job(session, result.job_id)
        ]
        for result in dead:
            if result.job_id is not None:
                close_job(session, result.job_id)
            _close(result, "failed", error="The worker that drilled it died.")
    return len(dead)


def _list_drillable(session: Session, client_id: str | None) -> Sequence[str]:
    """Return the clients with work under way on an open project, in the order of their ids."""
    if client_id is not None and session.get(Client, client_id) is None:
        raise NotFound("client", client_id)
    statement = (
        select(Project.client_id)
        .join(Assignment, Assignment.project_id == Project.project_id)
        .where(Project.status == "open", Assignment.status == "active")
        .distinct()
        .order_by(Project.client_id)
    )
    if client_id is not None:
        statement = statement.where(Project.client_id == client_id)
    found = session.scalars(statement).all()
    if not found:
        raise Refused("nothing_to_drill", "Nobody works on an open project, so nothing can pause.")
    return found


@retried
def _begin(database: Database, result_id: int) -> bool:
    """Mark the result as running; return False when it is not queued."""
    with database.session() as session, transaction(session):
        result = _lock(session, result_id)
        if result.status != "queued":
            return False
        result.status = "running"
        return True


@retried
def _finish(database: Database, result_id: int, ending: Ending | None) -> None:
    """Write the end of a drill; None = this worker shuts down: the client is queued again."""
    from app.services.plan_child import SolveFailed  # noqa: PLC0415 - see _watch_child

    with database.session() as session, transaction(session):
        result = _lock(session, result_id)
        if result.status != "running":
            return
        if ending is None:
            result.status = "queued"
            result.job_id = enqueue_drill(session, result.id)
        elif isinstance(ending, SolveFailed):
            _close(result, "failed", error=ending.sentence)
        else:
            _close(result, "done", **asdict(ending))


def _lock(session: Session, result_id: int) -> DrillResult:
    return session.get_one(DrillResult, result_id, with_for_update=True, populate_existing=True)


def _close(result: DrillResult, status: str, **values: Any) -> None:
    result.status = status
    result.finished_at = datetime.now(UTC)
    for name, value in values.items():
        setattr(result, name, value)


def _watch_child(
    database: Database, result_id: int, limits: ChildLimits, should_end: Callable[[], bool]
) -> Ending | None:
    """Run the child to its end; no child is left when this returns. None = told to shut down."""
    # Pages request drills too, and do without the optimiser's imports.
    from app.services.drill_child import LIMITS, drill_in_child  # noqa: PLC0415
    from app.services.plan_child import SolveFailed  # noqa: PLC0415

    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(
        target=drill_in_child,
        args=(database.conninfo, result_id, limits.memory_mb, theirs),
        name=f"drill-{result_id}",
    )
    child.start()
    theirs.close()
    deadline = time.monotonic() + LIMITS.time_limit_s + limits.grace_s
    try:
        while time.monotonic() < deadline:
            if ours.poll(_POLL_S):
                answer: Ending = ours.recv()
                return answer
            if should_end():
                return None
        return SolveFailed("The drill did not end within its time limit and was killed.")
    except (EOFError, ConnectionResetError):
        return SolveFailed(
            "The drilling process ended without an answer; the worker's log says why."
        )
    finally:
        child.kill()
        child.join()
        ours.close()
