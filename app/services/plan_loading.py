"""The optimiser's input of one plan run, out of the database's present state."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import PlanRun
from app.services.roster_loading import PLANNING_ASSIGNMENTS, load_roster
from solver.affected import Scope
from solver.policy import get_policy
from solver.request import PlanRequest, PlanRow
from solver.result import SolveLimits
from solver.roster import Roster

_SCOPE = """
    SELECT project_id FROM pause_projects WHERE pause_id = :pause_id
    ORDER BY project_id COLLATE "C"
"""

_PINNED = """
    SELECT a.contractor_id, a.project_id, a.hours_per_week
    FROM assignments a
    JOIN proposals p ON p.id = a.proposal_id
    JOIN plan_runs r ON r.id = p.plan_run_id
    WHERE r.pause_id = :pause_id AND a.status = 'active'
    ORDER BY a.contractor_id COLLATE "C", a.project_id COLLATE "C"
"""

_BASELINE = """
    SELECT p.contractor_id, p.project_id, p.hours_per_week
    FROM proposals p JOIN plan_runs r ON r.id = p.plan_run_id
    WHERE r.pause_id = :pause_id AND p.status = 'proposed'
    ORDER BY p.contractor_id COLLATE "C", p.project_id COLLATE "C"
"""


def load_planning_roster(session: Session, run: PlanRun) -> tuple[Roster, PlanRequest]:
    """Return the roster as the plan of this run's pause sees it, and the request."""
    keys = {"pause_id": run.pause_id}
    roster = load_roster(session, assignments_query=PLANNING_ASSIGNMENTS, parameters=keys)
    rejected = session.execute(text("SELECT contractor_id, project_id FROM rejected_pairs"))
    request = PlanRequest(
        scope=Scope(tuple(session.scalars(text(_SCOPE), keys))),
        pause_date=run.pause_date,
        policy=get_policy(run.policy),
        weeks=run.weeks,
        pinned=_fetch_rows(session, _PINNED, keys),
        rejected=frozenset((who, where) for who, where in rejected),
        baseline=_fetch_rows(session, _BASELINE, keys),
    )
    return roster, request


def build_limits(run: PlanRun) -> SolveLimits:
    """Return the limits that the run was requested with."""
    return SolveLimits(
        time_limit_s=run.time_limit_s, gap=run.gap, workers=run.workers, seed=run.seed
    )


def _fetch_rows(session: Session, query: str, keys: dict[str, int]) -> tuple[PlanRow, ...]:
    return tuple((who, where, hours) for who, where, hours in session.execute(text(query), keys))
