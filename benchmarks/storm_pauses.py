"""The pauses whose plans are solved while everybody comes."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.models import PlanRun, Project
from app.services.pauses.pausing import open_pause
from app.services.plans.planning import PlanOptions
from benchmarks.desk_vendor import SYSTEM

LARGEST = "Chordus"
"""A third of the contractors work there: its pause is planned during the storm."""

_NEXT = """
    SELECT p.project_id FROM projects p JOIN assignments a USING (project_id)
    WHERE p.status = 'open' AND a.status = 'active' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
"""


def pause_largest(session: Session, *, solve_s: float, workers: int) -> int:
    """Pause the project on which a third of the people work; return the run to solve."""
    return _pause(session, get_largest(session), solve_s=solve_s, workers=workers)


def _pause(session: Session, project_id: str, *, solve_s: float, workers: int) -> int:
    return open_pause(
        session,
        actor=SYSTEM,
        project_ids=[project_id],
        effective_at=datetime.now(UTC).replace(second=0, microsecond=0),
        reason_class="security_breach",
        options=PlanOptions(time_limit_s=solve_s, gap=0.0, workers=workers),
    ).plan_run_id


def queue_plans(session: Session, num_plans: int, *, solve_s: float, workers: int) -> None:
    """Pause further projects, the largest first, until so many plans wait or are being solved."""
    waiting = select(func.count()).where(PlanRun.status.in_(("queued", "running")))
    for _ in range(num_plans - session.scalars(waiting).one()):
        project_id = session.scalars(text(_NEXT)).one()
        session.rollback()
        _pause(session, project_id, solve_s=solve_s, workers=workers)
    session.rollback()


def get_largest(session: Session) -> str:
    """Return the id of the project on which a third of the people work."""
    found = session.scalars(select(Project.project_id).where(Project.codename == LARGEST)).one()
    session.rollback()
    return found
