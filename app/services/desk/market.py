"""What open projects want against what affected people could give, and how full projects are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.models import Project
from app.services.paging import Page

_SKILLS = """
    WITH open_hours AS (
        SELECT p.project_id, greatest(p.demand_hours - coalesce(sum(a.hours_per_week), 0), 0) AS h
        FROM projects p
        LEFT JOIN assignments a ON a.project_id = p.project_id AND a.status = 'active'
             AND coalesce(a.ends_on, 'infinity') >= :today
        WHERE p.status = 'open' AND coalesce(p.ends_on, 'infinity') >= :today
        GROUP BY p.project_id
    ), demand AS (
        SELECT s.skill, sum(o.h) AS hours, count(*) AS num_projects, min(s.min_level) AS level
        FROM project_skills s JOIN open_hours o ON o.project_id = s.project_id
        WHERE s.required AND o.h > 0 GROUP BY s.skill
    ), idle AS (
        SELECT l.contractor_id, greatest(l.hours - coalesce(w.hours, 0), 0) AS hours
        FROM (SELECT a.contractor_id, sum(a.hours_per_week) AS hours
              FROM assignments a JOIN contractors c ON c.contractor_id = a.contractor_id
              WHERE a.suspended_by_pause_id = ANY(:pause_ids) AND c.status = 'active'
              GROUP BY a.contractor_id) l
        LEFT JOIN (SELECT a.contractor_id, sum(a.hours_per_week) AS hours
              FROM assignments a JOIN proposals q ON q.id = a.proposal_id
              JOIN plan_runs r ON r.id = q.plan_run_id
              WHERE r.pause_id = ANY(:pause_ids) AND a.status = 'active'
                AND coalesce(a.ends_on, 'infinity') >= :today
              GROUP BY a.contractor_id) w ON w.contractor_id = l.contractor_id
    ), supply AS (
        SELECT k.skill, sum(i.hours) AS hours, count(*) AS num_people
        FROM idle i JOIN contractor_skills k ON k.contractor_id = i.contractor_id
        JOIN demand d ON d.skill = k.skill AND k.level >= d.level
        WHERE i.hours > 0
        GROUP BY k.skill
    )
    SELECT d.skill, d.hours, d.num_projects, coalesce(s.hours, 0), coalesce(s.num_people, 0)
    FROM demand d LEFT JOIN supply s ON s.skill = d.skill
    ORDER BY greatest(d.hours - coalesce(s.hours, 0), 0) DESC, d.hours DESC, d.skill
"""

_LOAD = """
    SELECT a.project_id, w.monday::date, sum(a.hours_per_week)
    FROM assignments a
    JOIN generate_series(CAST(:monday AS date), CAST(:last AS date), interval '7 days') w(monday)
      ON a.starts_on <= w.monday::date + 6 AND coalesce(a.ends_on, 'infinity') >= w.monday::date
    WHERE a.status = 'active' AND a.project_id = ANY(:project_ids)
    GROUP BY a.project_id, w.monday
"""


@dataclass(frozen=True)
class SkillBalance:
    """One skill: hours a week that projects want, and that affected people have free.

    demand_hours  open demand of the open projects that require the skill; a project that
                  requires several counts in full with each
    supply_hours  lost and not restored, of affected people who hold it at the lowest level
                  that any of these projects asks
    """

    skill: str
    demand_hours: int
    num_projects: int
    supply_hours: int
    num_people: int

    @property
    def unmet_hours(self) -> int:
        """Demand that these people could not meet even if nothing else stood in the way."""
        return max(self.demand_hours - self.supply_hours, 0)


@dataclass(frozen=True)
class ProjectLoad:
    """Weekly hours staffed on a project, week by week, beside what it wants."""

    project_id: str
    codename: str
    status: str
    demand_hours: int
    staffed_hours: tuple[int, ...]


def list_skill_balances(
    session: Session, pause_ids: Collection[int], *, today: date
) -> list[SkillBalance]:
    """Return every skill that open demand asks for: most unmet first, then the largest."""
    rows = session.execute(text(_SKILLS), {"pause_ids": list(pause_ids), "today": today})
    return [
        SkillBalance(skill, int(demand), projects, int(supply), people)
        for skill, demand, projects, supply, people in rows
    ]


def list_loads(
    session: Session, *, monday: date, weeks: int, offset: int = 0, limit: int = 15
) -> Page[ProjectLoad]:
    """Return projects that are not closed, those that want most hours first.

    monday  the first of the `weeks`
    """
    live = (Project.status != "closed", Project.demand_hours > 0)
    total = session.scalar(select(func.count()).select_from(Project).where(*live)) or 0
    projects = session.execute(
        select(Project.project_id, Project.codename, Project.status, Project.demand_hours)
        .where(*live)
        .order_by(Project.demand_hours.desc(), Project.project_id)
        .offset(offset)
        .limit(limit)
    ).all()
    staffed = _sum_weeks(session, [row.project_id for row in projects], monday, weeks)
    rows = [
        ProjectLoad(*row, tuple(staffed.get((row.project_id, week), 0) for week in range(weeks)))
        for row in projects
    ]
    return Page(rows, total)


def _sum_weeks(
    session: Session, project_ids: Sequence[str], monday: date, weeks: int
) -> dict[tuple[str, int], int]:
    """Return the staffed hours by project and week of the horizon."""
    last = monday + timedelta(weeks=weeks - 1)
    keys = {"project_ids": list(project_ids), "monday": monday, "last": last}
    return {
        (project_id, (day - monday).days // 7): int(hours)
        for project_id, day, hours in session.execute(text(_LOAD), keys)
    }
