"""Pause drills: request one, and run it client by client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import NotFound, Refused
from app.models import Assignment, Client, Drill, DrillResult, Project
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.drills.drill_child import LIMITS, drill_in_child
from app.services.job_queue import enqueue_drill
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.policies import settle_policy
from app.services.plans.policy_settings import write_settings
from app.services.plans.side_jobs import UNFINISHED, SideJob, recover_side_jobs, run_side_job
from app.services.transaction import retried, transaction

_LOCK_KEY = 7_462
"""Of the advisory lock that makes two requests at once wait for each other."""


@retried
def request_drill(
    session: Session,
    *,
    actor: Actor,
    today: date,
    client_id: str | None = None,
    policy: str | None = None,
) -> int:
    """Queue the drill of every client with work under way, or of one; return the drill's id.

    A client whose drill is not finished is left out.

    policy  what its plans aim for, by name; None = the default

    Raises NotFound, InvalidValue, or Refused (`nothing_to_drill`, `drill_running`).
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
        name, settings = settle_policy(session, policy)
        drill = Drill(
            drilled_on=today,
            requested_by=actor.user_id,
            policy=name,
            policy_settings=write_settings(settings),
        )
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
            after={
                "drilled_on": today,
                "num_clients": len(free),
                "client_id": client_id,
                "policy": name,
            },
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
    job = SideJob("drill", DrillResult, enqueue_drill, drill_in_child, LIMITS.time_limit_s)
    run_side_job(database, job, result_id, limits=limits, should_end=should_end)


def recover_drills(database: Database) -> int:
    """Close the drills whose worker died; return how many there were."""
    return recover_side_jobs(database, DrillResult)


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
