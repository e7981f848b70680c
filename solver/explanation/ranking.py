"""Ranked people for a project, ranked projects for a person: eligible ones, best fit first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.build import PlanProblem
from solver.explanation.standing import StandingPlan
from solver.instance import IntArray


@dataclass(frozen=True)
class Held:
    """A project that a contractor has in the plan."""

    project_id: str
    codename: str
    hours_per_week: int


@dataclass(frozen=True)
class RankedMatch:
    """One eligible pair, for a list of people or of projects.

    hours_per_week   in the plan, 0 where it is not proposed
    hours_on_top     more weekly hours that fit beside everything in the plan
    hours_instead    weekly hours that fit in place of the contractor's other proposals
    pay_change_cents new less lost rate, cents per hour, the lost rate rounded half up
    held             what the contractor has in the plan
    """

    contractor_id: str
    project_id: str
    codename: str
    fit: int
    hours_per_week: int
    hours_on_top: int
    hours_instead: int
    rate_cents: int
    pay_change_cents: int
    held: tuple[Held, ...]


def rank_people(
    problem: PlanProblem, plan: StandingPlan, project_id: str, *, most: int | None = None
) -> tuple[RankedMatch, ...]:
    """Return who is eligible for a project, the `most` best fitting first, then by id.

    Raises KeyError for a project that the roster does not hold.
    """
    if project_id not in problem.instance.project_ids:
        raise KeyError(project_id)
    project_idx = problem.instance.project_ids.index(project_id)
    return _rank(problem, plan, np.flatnonzero(plan.instance.pair_project == project_idx), most)


def rank_projects(
    problem: PlanProblem, plan: StandingPlan, contractor_id: str, *, most: int | None = None
) -> tuple[RankedMatch, ...]:
    """Return which projects a contractor is eligible for, the `most` best fitting first.

    Raises KeyError for a contractor whom the pause does not affect, or who is away.
    """
    if contractor_id not in problem.affected.contractor_ids:
        raise KeyError(contractor_id)
    contractor_idx = problem.affected.contractor_ids.index(contractor_id)
    return _rank(problem, plan, plan.get_pairs(np.array([contractor_idx])), most)


def list_held(problem: PlanProblem, plan: StandingPlan, contractor_idx: int) -> tuple[Held, ...]:
    """Return the contractor's assignments in the plan, in the order of the projects."""
    own = plan.get_pairs(np.array([contractor_idx]))
    own = own[plan.usage.hours[own] > 0]
    return tuple(
        Held(
            problem.instance.project_ids[project_idx],
            problem.context.get_codename(project_idx),
            hours,
        )
        for project_idx, hours in zip(
            plan.instance.pair_project[own].tolist(), plan.usage.hours[own].tolist(), strict=True
        )
    )


def _rank(
    problem: PlanProblem, plan: StandingPlan, pairs: IntArray, most: int | None
) -> tuple[RankedMatch, ...]:
    instance, affected = problem.instance, problem.affected
    order = np.argsort(-instance.pair_fit[pairs].astype(np.int64), kind="stable")
    pairs = pairs[order[:most]]
    contractor, project = instance.pair_contractor[pairs], instance.pair_project[pairs]
    lost_rate = affected.lost_rate_cents[contractor]
    columns = zip(
        contractor.tolist(),
        project.tolist(),
        instance.pair_fit[pairs].tolist(),
        plan.usage.hours[pairs].tolist(),
        plan.find_hours_on_top(pairs).tolist(),
        plan.find_hours_instead(pairs).tolist(),
        instance.pair_rate_cents[pairs].tolist(),
        lost_rate.tolist(),
        strict=True,
    )
    return tuple(
        RankedMatch(
            contractor_id=affected.contractor_ids[contractor_idx],
            project_id=instance.project_ids[project_idx],
            codename=problem.context.get_codename(project_idx),
            fit=fit,
            hours_per_week=hours,
            hours_on_top=on_top,
            hours_instead=instead,
            rate_cents=rate,
            pay_change_cents=rate - lost,
            held=list_held(problem, plan, contractor_idx),
        )
        for contractor_idx, project_idx, fit, hours, on_top, instead, rate, lost in columns
    )
