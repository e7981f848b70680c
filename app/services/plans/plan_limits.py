"""What limits a plan: ask for it, and have a child process work it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.database import Database
from app.errors import NotFound, Refused
from app.models import PlanLimits, PlanRun
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.job_queue import enqueue_limits
from app.services.plans.limits_child import SECONDS, find_limits_in_child
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.side_jobs import UNFINISHED, SideJob, recover_side_jobs, run_side_job
from app.services.transaction import retried, transaction


@dataclass(frozen=True)
class LimitsPage:
    """What is known of a plan's limits; the lists are those of `app.models.PlanLimits`."""

    status: str
    error: str | None
    finished_at: datetime | None
    bottlenecks: Sequence[Mapping[str, Any]]
    unlocks: Sequence[Mapping[str, Any]]

    @property
    def is_unfinished(self) -> bool:
        """Whether a worker has it, or will."""
        return self.status in UNFINISHED

    @property
    def skill_gaps(self) -> list[Mapping[str, Any]]:
        """The unlocks that are about skills."""
        return [one for one in self.unlocks if one["code"] == "skill"]


@retried
def request_limits(session: Session, *, actor: Actor, plan_run_id: int) -> None:
    """Queue the search for what limits a plan as it stands now.

    Raises NotFound, or Refused (`no_plan`, `limits_running`).
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        run = session.get(PlanRun, plan_run_id, with_for_update=True, populate_existing=True)
        if run is None:
            raise NotFound("plan run", plan_run_id)
        if run.status != "succeeded":
            raise Refused("no_plan", f"Plan {run.id} has {run.status}: it has no limits to find.")
        row = session.get(PlanLimits, plan_run_id, with_for_update=True, populate_existing=True)
        if row is None:
            row = PlanLimits(plan_run_id=plan_run_id)
            session.add(row)
        elif row.status in UNFINISHED:
            raise Refused("limits_running", "What limits this plan is being worked out already.")
        row.status, row.error = "queued", None
        row.requested_by, row.requested_at = actor.user_id, datetime.now(UTC)
        session.flush()
        row.job_id = enqueue_limits(session, plan_run_id)
        record(
            session, actor=actor, action="plan.limits_requested", subject=("plan_run", plan_run_id)
        )


def find_limits(session: Session, plan_run_id: int) -> LimitsPage | None:
    """Return what is known of a plan's limits; None when nobody has asked."""
    row = session.get(PlanLimits, plan_run_id, populate_existing=True)
    if row is None:
        return None
    return LimitsPage(
        row.status, row.error, row.finished_at, row.bottlenecks or (), row.unlocks or ()
    )


def run_limits(
    database: Database,
    plan_run_id: int,
    *,
    limits: ChildLimits,
    should_end: Callable[[], bool] = lambda: False,
) -> None:
    """Work out what limits a plan, if that is queued, and save it."""
    job = SideJob("search for limits", PlanLimits, enqueue_limits, find_limits_in_child, SECONDS)
    run_side_job(database, job, plan_run_id, limits=limits, should_end=should_end)


def recover_limits(database: Database) -> int:
    """Close the searches whose worker died; return how many there were."""
    return recover_side_jobs(database, PlanLimits)
