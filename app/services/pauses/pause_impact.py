"""What a pause would cost and what could be placed, before anyone confirms it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Assignment
from app.services.access.client_scopes import ClientIds
from app.services.keys import is_among
from app.services.pauses.impact_groups import ImpactGroup, WalledProject, build_groups, list_walled
from app.services.pauses.pause_entries import find_entry_cuts
from app.services.pauses.pause_scope import (
    EVERYBODY,
    PauseScope,
    PeopleScope,
    check_people,
    find_people,
    read_scope,
)
from app.services.plans.horizon import build_plan_dates, get_pause_date
from app.services.plans.policies import settle_policy
from app.services.plans.policy_roster import apply_policy
from app.services.plans.roster_loading import load_roster
from solver.affected import Scope, find_stopped
from solver.at_risk import find_walled_off, list_weeks_at_risk
from solver.build import PlanProblem, build_instance
from solver.columns import get_day
from solver.estimate import estimate_placements
from solver.request import PlanRequest
from solver.roster import Roster

_CONDITIONS = {
    "contractor_skills": "contractor_id = ANY(:contractor_ids)",
    "time_off": "contractor_id = ANY(:contractor_ids)",
}
"""Skills and leave are asked of those on the paused projects alone; they are most of a roster."""


@dataclass(frozen=True)
class Money:
    """An amount in one currency."""

    currency: str
    cents: int


@dataclass(frozen=True)
class PausedProject:
    """A project of the scope: who works there and how many hours a week that is."""

    project_id: str
    codename: str
    num_people: int
    hours_per_week: int


@dataclass(frozen=True)
class WeekAtRisk:
    """What the affected would work and earn in one week; leave and dates count."""

    monday: date
    num_people: int
    hours: float
    pay: tuple[Money, ...]


@dataclass(frozen=True)
class Placeable:
    """What a quick plan would restore: a whole one covers at least as many.

    num_planned     affected people at work in the horizon; num_covered keep their floor
    restored_hours  a week, of lost_hours, on average over the horizon
    """

    num_planned: int
    num_covered: int
    restored_hours: float
    lost_hours: float


@dataclass(frozen=True)
class PauseImpact:
    """What the plan of this pause would start from.

    num_affected    people who lose hours; num_away of them are on leave for the whole horizon
    hours_per_week  lost, capped as the data contract says
    pay_per_week    at risk in the first week with any, by currency
    by_country, by_skill, by_clearance  most people first; the label is "" where it is unknown
    walled          projects that a wall alone closes to some of them; num_walled people in all
    num_hours_entries  entries of later time that the pause takes back or cuts
    policy          the name of the one that the estimate and the horizon go by
    """

    projects: tuple[PausedProject, ...]
    num_affected: int
    num_away: int
    hours_per_week: int
    pay_per_week: tuple[Money, ...]
    weeks: tuple[WeekAtRisk, ...]
    placeable: Placeable
    by_country: tuple[ImpactGroup, ...]
    by_skill: tuple[ImpactGroup, ...]
    by_clearance: tuple[ImpactGroup, ...]
    walled: tuple[WalledProject, ...]
    num_walled: int
    num_hours_entries: int
    policy: str
    pause_date: date
    horizon_starts_on: date
    horizon_ends_on: date


def find_pause_impact(
    session: Session,
    *,
    project_ids: Sequence[str] = (),
    client_id: str | None = None,
    people: PeopleScope = EVERYBODY,
    effective_at: datetime,
    policy: str | None = None,
    client_ids: ClientIds = None,
    now: datetime | None = None,
) -> PauseImpact:
    """Return what pausing these projects, or all of a client's, would do.

    policy      what could be placed is estimated under it; None = the default
    client_ids  the clients that the caller is limited to, for whose projects this is
    now         an instant with its zone, None = this one

    Raises InvalidValue for a policy that is not in use, and what `open_pause` raises for a scope
    that cannot be paused.
    """
    check_people(people)
    scope = read_scope(session, project_ids, client_id, lock=False)
    pause_date = get_pause_date(effective_at)
    people_ids = find_people(session, people, scope.project_ids, pause_date, client_ids)
    name, settings = settle_policy(session, policy)
    weeks = settings.weeks
    dates = build_plan_dates(effective_at, weeks, now=now or datetime.now(UTC))
    request = PlanRequest(
        Scope(scope.stopped, None if people_ids is None else frozenset(people_ids)),
        dates.pause_date,
        settings.aims,
        weeks,
    )
    roster = apply_policy(_load_roster(session, scope), settings)
    cuts = find_entry_cuts(session, scope.project_ids, effective_at, people_ids)
    return _build_impact(build_instance(roster, request), len(cuts), name)


def _load_roster(session: Session, scope: PauseScope) -> Roster:
    contractor_ids = session.scalars(
        select(Assignment.contractor_id)
        .where(is_among(Assignment.project_id, scope.stopped), Assignment.status == "active")
        .distinct()
    ).all()
    return load_roster(
        session, conditions=_CONDITIONS, parameters={"contractor_ids": list(contractor_ids)}
    )


def _build_impact(problem: PlanProblem, num_hours_entries: int, policy: str) -> PauseImpact:
    affected, horizon = problem.affected, problem.horizon
    estimate = estimate_placements(problem)
    weeks = tuple(
        WeekAtRisk(
            week.monday,
            week.num_people,
            week.hour_days / 5,
            tuple(Money(currency, cents) for currency, cents in week.cents),
        )
        for week in list_weeks_at_risk(problem)
    )
    walled_off = find_walled_off(problem)
    groups = build_groups(problem, estimate.covered)
    return PauseImpact(
        projects=_list_projects(problem),
        num_affected=affected.num_affected,
        num_away=len(affected.away),
        hours_per_week=affected.total_lost_hours,
        pay_per_week=next((week.pay for week in weeks if week.pay), ()),
        weeks=weeks,
        placeable=Placeable(
            num_planned=affected.num_contractors,
            num_covered=int(estimate.covered.sum()),
            restored_hours=float(estimate.restored_hours.sum()),
            lost_hours=float(estimate.lost_hours.sum()),
        ),
        by_country=groups["country"],
        by_skill=groups["skill"],
        by_clearance=groups["clearance"],
        walled=list_walled(problem, walled_off),
        num_walled=int(walled_off.any(axis=1).sum()),
        num_hours_entries=num_hours_entries,
        policy=policy,
        pause_date=problem.request.pause_date,
        horizon_starts_on=horizon.starts_on,
        horizon_ends_on=horizon.ends_on,
    )


def _list_projects(problem: PlanProblem) -> tuple[PausedProject, ...]:
    """Return the scope's projects with the affected people's work that runs on the pause date."""
    request, staffing = problem.request, problem.context.staffing
    projects, people = problem.roster.projects, problem.roster.contractors
    is_active = people["status"].eq("active").to_numpy()
    runs = find_stopped(problem.roster, request.scope, staffing) & staffing.runs_on(
        get_day(request.pause_date)
    )
    work = staffing.select(runs & is_active[staffing.contractor_row])
    codenames = dict(zip(projects["project_id"], projects["codename"], strict=True))
    ids = projects["project_id"].to_numpy()[work.project_row]
    listed = []
    for project_id in request.scope.project_ids:
        mine = work.select(ids == project_id)
        num_people = len(set(mine.contractor_row.tolist()))
        listed.append(
            PausedProject(project_id, codenames[project_id], num_people, int(mine.hours.sum()))
        )
    return tuple(sorted(listed, key=lambda project: (-project.num_people, project.codename)))
