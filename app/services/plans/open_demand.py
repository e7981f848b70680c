"""What open projects still have to give beside approved work, and what a plan wants of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import PlanRun
from app.services.plans.policy_settings import read_settings

_DEMAND = """
    SELECT p.project_id, p.codename, p.priority, p.demand_hours,
           greatest(p.demand_hours - coalesce(work.hours, 0), 0),
           coalesce(plan.hours, 0),
           p.seats - coalesce(work.people, 0) - coalesce(plan.people, 0)
    FROM projects p
    LEFT JOIN (
        SELECT project_id, sum(hours_per_week) AS hours, count(DISTINCT contractor_id) AS people
        FROM assignments
        WHERE status = 'active' AND starts_on <= :last_day
          AND coalesce(ends_on, 'infinity') >= :first_day
        GROUP BY project_id
    ) work USING (project_id)
    LEFT JOIN (
        SELECT project_id, sum(hours_per_week) AS hours, count(*) AS people FROM proposals
        WHERE plan_run_id = :run_id AND status = 'proposed'
        GROUP BY project_id
    ) plan USING (project_id)
    WHERE p.status = 'open' AND NOT p.project_id = ANY(:excluded_ids)
      AND coalesce(p.starts_on, '-infinity') <= :last_day
      AND coalesce(p.ends_on, 'infinity') >= :first_day
    ORDER BY p.project_id COLLATE "C"
"""
"""Work of any week of the plan counts in all of them: what is left is there throughout."""


@dataclass(frozen=True)
class OpenDemand:
    """One project that takes people in the weeks of a plan; hours a week.

    open_hours    beside approved work; wanted_hours of them are in undecided proposals
    free_seats    beside both, None where there is no limit
    """

    project_id: str
    codename: str
    priority: int
    demand_hours: int
    open_hours: int
    wanted_hours: int
    free_seats: int | None

    @property
    def free_hours(self) -> int:
        """Open hours that no proposal wants; 0 where no seat is left."""
        if self.free_seats is not None and self.free_seats <= 0:
            return 0
        return max(0, self.open_hours - self.wanted_hours)


def list_open_demand(session: Session, run: PlanRun) -> list[OpenDemand]:
    """Return every open project that the run's policy does not leave out, by id."""
    settings = read_settings(run.policy, run.policy_settings)
    keys = {
        "run_id": run.id,
        "first_day": run.horizon_starts_on,
        "last_day": run.horizon_ends_on,
        "excluded_ids": list(settings.excluded_project_ids),
    }
    return [OpenDemand(*row) for row in session.execute(text(_DEMAND), keys)]
