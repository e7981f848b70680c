"""Who could go where by hand: ranked projects of a contractor, ranked people for a project.

Both rank as `solver.explanation.ranking` does, on the present state: only those whom every rule
lets in, with the hours that fit beside what is approved and beside their own proposals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import PlanRun, Project, Proposal
from app.services.keys import is_among
from app.services.plans.open_demand import list_open_demand
from app.services.plans.plan_loading import load_pairs_roster
from solver.build import PlanProblem, build_instance
from solver.explanation.ranking import RankedMatch, rank_people, rank_projects
from solver.explanation.standing import StandingPlan, build_standing_plan
from solver.request import PairId
from solver.result import Assignments

_SKILLED = """
    SELECT u.contractor_id FROM unplaced u
    WHERE u.plan_run_id = :run_id AND NOT u.away AND NOT EXISTS (
        SELECT FROM project_skills s
        WHERE s.project_id = :project_id AND s.required AND NOT EXISTS (
            SELECT FROM contractor_skills k
            WHERE k.contractor_id = u.contractor_id AND k.skill = s.skill
              AND k.level >= s.min_level))
"""
"""Whom the plan left short and who hold what the project requires: all other rules are asked of
these few, so that thousands of people need not be read."""

_NOWHERE = ""
"""No project has this id: nobody's work but the contractor's own is read."""


@dataclass(frozen=True)
class RankedProject:
    """A project that every rule lets the contractor go to; rates in cents an hour.

    rank            from 1: those with room first, then the best fit
    hours_that_fit  weekly hours that both sides have room for beside what is approved
    free_hours      of the project's open hours, those that no undecided proposal wants
    """

    project_id: str
    codename: str
    fit: int
    rate_cents: int
    pay_change_cents: int
    hours_that_fit: int
    open_hours: int
    free_hours: int
    rank: int = 0


@dataclass(frozen=True)
class RankedPerson:
    """Somebody below the lost hours whom every rule lets go to the project; hours a week.

    missing_hours   not restored by approved places and proposals so far
    hours_that_fit  that both sides have room for beside what is approved
    held            codename and hours of each other place in the plan
    rank            from 1: those with room first, then the best fit
    """

    contractor_id: str
    name: str
    country: str
    fit: int
    rate_cents: int
    pay_change_cents: int
    currency: str
    missing_hours: int
    hours_that_fit: int
    held: tuple[tuple[str, int], ...]
    rank: int = 0


def rank_projects_for(
    session: Session, plan_run_id: int, contractor_id: str
) -> tuple[RankedProject, ...]:
    """Return the projects that an affected contractor may go to, those with room first, then fit.

    Nobody whom the pause does not affect, or who is on leave throughout, has any.

    Raises NotFound.
    """
    run = _get_run(session, plan_run_id)
    problem, plan = _load(session, run, [(contractor_id, _NOWHERE)])
    if contractor_id not in problem.affected.contractor_ids:
        return ()
    demand = {one.project_id: one for one in list_open_demand(session, run)}
    ranked = [
        RankedProject(
            one.project_id,
            one.codename,
            one.fit,
            one.rate_cents,
            one.pay_change_cents,
            hours_that_fit=_limit(one, demand[one.project_id].open_hours, problem),
            open_hours=demand[one.project_id].open_hours,
            free_hours=demand[one.project_id].free_hours,
        )
        for one in rank_projects(problem, plan, contractor_id)
        if not one.hours_per_week and one.project_id in demand
    ]
    ranked.sort(key=lambda one: (one.hours_that_fit == 0, -one.fit))
    return tuple(replace(one, rank=place) for place, one in enumerate(ranked, start=1))


def rank_people_for(
    session: Session, plan_run_id: int, project_id: str
) -> tuple[RankedPerson, ...]:
    """Return who is below the lost hours and may go to a project: who fits now, then by fit.

    Raises NotFound.
    """
    run = _get_run(session, plan_run_id)
    if session.get(Project, project_id) is None:
        raise NotFound("project", project_id)
    keys = {"run_id": run.id, "project_id": project_id}
    people = session.scalars(text(_SKILLED), keys).all()
    if not people:
        return ()
    problem, plan = _load(session, run, [(person, project_id) for person in people])
    wanted = set(people)
    describe = _Describer(problem, plan)
    ranked = [
        describe.build(one)
        for one in rank_people(problem, plan, project_id)
        if one.contractor_id in wanted and not one.hours_per_week
    ]
    short = [one for one in ranked if one.missing_hours]
    short.sort(key=lambda one: (one.hours_that_fit == 0, -one.fit))
    return tuple(replace(one, rank=place) for place, one in enumerate(short, start=1))


def _get_run(session: Session, plan_run_id: int) -> PlanRun:
    run = session.get(PlanRun, plan_run_id, populate_existing=True)
    if run is None:
        raise NotFound("plan run", plan_run_id)
    return run


def _load(session: Session, run: PlanRun, pairs: list[PairId]) -> tuple[PlanProblem, StandingPlan]:
    """Return the problem of these people, and what the plan has for them so far."""
    problem = build_instance(*load_pairs_roster(session, run, pairs))
    instance = problem.instance
    contractors = {text: idx for idx, text in enumerate(instance.contractor_ids)}
    projects = {text: idx for idx, text in enumerate(instance.project_ids)}
    eligible = set(
        zip(instance.pair_contractor.tolist(), instance.pair_project.tolist(), strict=True)
    )
    pinned = {(who, where): hours for who, where, hours in instance.pins.tolist()}
    proposed = session.execute(
        select(Proposal.contractor_id, Proposal.project_id, Proposal.hours_per_week).where(
            Proposal.plan_run_id == run.id,
            Proposal.status == "proposed",
            is_among(Proposal.contractor_id, [person for person, _ in pairs]),
        )
    )
    held = dict(pinned)
    for contractor_id, project_id, hours in proposed:
        pair = (contractors.get(contractor_id, -1), projects[project_id])
        if pair in eligible:
            held.setdefault(pair, hours)
    rows = [(who, where, hours) for (who, where), hours in held.items()]
    return problem, build_standing_plan(instance, Assignments.build(rows))


def _limit(one: RankedMatch, open_hours: int, problem: PlanProblem) -> int:
    """Return the hours that fit once other people's work, which was not read, is counted."""
    instance = problem.instance
    least = int(instance.min_hours[instance.project_ids.index(one.project_id)])
    hours = min(one.hours_on_top, open_hours)
    return hours if hours >= least else 0


class _Describer:
    """Turns ranked matches into rows with what the roster knows of each person."""

    def __init__(self, problem: PlanProblem, plan: StandingPlan) -> None:
        people = problem.roster.contractors
        own = zip(
            people["name"].tolist(),
            people["country"].tolist(),
            people["currency"].tolist(),
            strict=True,
        )
        self._own = dict(zip(people["contractor_id"].tolist(), own, strict=True))
        self._missing = dict(
            zip(problem.affected.contractor_ids, plan.missing_hours.tolist(), strict=True)
        )

    def build(self, one: RankedMatch) -> RankedPerson:
        name, country, currency = self._own[one.contractor_id]
        return RankedPerson(
            one.contractor_id,
            name,
            country,
            one.fit,
            one.rate_cents,
            one.pay_change_cents,
            currency,
            missing_hours=max(0, self._missing[one.contractor_id]),
            hours_that_fit=one.hours_on_top,
            held=tuple((place.codename, place.hours_per_week) for place in one.held),
        )
