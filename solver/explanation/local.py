"""A small re-solve: a few contractors may move, everybody else stays where the plan has them.

The neighbourhood becomes an open problem of its own: only its contractors, only the
projects of its pairs, only what all others leave of those. So its size, not the
plan's, says how long an answer takes.

Letters: n contractors, m projects and U usable pairs of the neighbourhood, W weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from solver.checker import check
from solver.explanation.cutting import cut_instance
from solver.explanation.standing import StandingPlan
from solver.instance import NO_LIMIT, Instance, IntArray
from solver.model.constraints import add_shared_rules
from solver.model.objectives import build_tier
from solver.model.open_problem import OpenProblem, build_open_problem, reserve
from solver.model.variables import Variables, build_variables
from solver.policy import Tier
from solver.result import Assignments
from solver.search.cp_run import Outcome, RunLimits, run_model
from solver.search.scoring import score
from solver.usage import build_usage


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """What a re-solve may change.

    contractors  int64[n], rising, of the whole instance
    pairs        int64[U], the instance's pair of each pair of `problem`
    problem      what pins and all others leave
    hours        int64[U], hours a week in the plan as it stands
    is_whole     whether nobody and nothing is left out
    """

    plan: StandingPlan
    contractors: IntArray
    pairs: IntArray
    problem: OpenProblem
    hours: IntArray
    is_whole: bool = False


@dataclass(frozen=True, eq=False)
class LocalPlan:
    """The best plan of a neighbourhood.

    hours   int64[U], hours a week on each pair
    change  per tier, what the whole plan gains by it (below 0: loses)
    proved  whether no plan of the neighbourhood is better
    """

    neighbourhood: Neighbourhood
    hours: IntArray
    change: Mapping[Tier, int]
    proved: bool

    @property
    def num_moved(self) -> int:
        """How many contractors get other work than in the plan as it stands."""
        near = self.neighbourhood
        moved = self.hours != near.hours
        return len(np.unique(near.problem.contractor[moved]))

    def build_assignments(self) -> Assignments:
        """Return the whole plan with this part in place."""
        near = self.neighbourhood
        plan = near.plan
        before = plan.assignments
        outside = ~np.isin(before.contractor, near.contractors)
        used = self.hours > 0
        pairs = np.concatenate([near.pairs[used], _get_own_pins(plan, near.contractors)])
        hours = np.concatenate([self.hours[used], plan.pinned.hours[pairs[used.sum() :]]])
        instance = plan.instance
        table = np.stack(
            [
                np.concatenate([before.contractor[outside], instance.pair_contractor[pairs]]),
                np.concatenate([before.project[outside], instance.pair_project[pairs]]),
                np.concatenate([before.hours_per_week[outside], hours]),
            ],
            axis=1,
        ).astype(np.int64)
        table = table[np.lexsort((table[:, 1], table[:, 0]))]
        return Assignments(table[:, 0], table[:, 1], table[:, 2])

    def keeps_every_rule(self) -> bool:
        """Whether the independent checker accepts the whole plan with this part in place."""
        return check(self.neighbourhood.plan.instance, self.build_assignments()).ok


def build_neighbourhood(
    plan: StandingPlan, contractors: IntArray, pairs: IntArray
) -> Neighbourhood:
    """Return the problem in which these contractors may take these pairs or keep what they have.

    contractors  int64[n], rising, whole teams
    pairs        int64, pairs of these contractors in any order; what the plan assigns to
                 them is added
    """
    own = plan.get_pairs(contractors)
    used = own[plan.usage.hours[own] > 0]
    pairs = np.union1d(pairs, used)
    instance = plan.instance
    projects = np.unique(instance.pair_project[pairs]).astype(np.int64)
    small = cut_instance(plan, contractors, projects, pairs)
    problem = build_open_problem(small)
    left = _leave_others_alone(plan, projects, small, problem, pairs)
    everything = np.ones(left.num_pairs, dtype=np.bool_)
    left, _ = reserve(left, np.zeros(left.num_pairs, dtype=np.int64), everything)
    key = small.pair_contractor.astype(np.int64) * small.num_projects + small.pair_project
    kept = pairs[np.searchsorted(key, left.pair_key)]
    return Neighbourhood(plan, contractors, kept, left, plan.usage.hours[kept])


def solve_neighbourhood(
    near: Neighbourhood,
    tiers: tuple[Tier, ...],
    limits: RunLimits,
    *,
    forced: int | None = None,
) -> LocalPlan | None:
    """Return the best plan of the neighbourhood in the order of `tiers`; None if none was found.

    Every tier is raised as far as it goes, then held.

    limits  of each tier
    forced  pair of the instance that must be assigned
    """
    variables = build_variables(near.problem)
    add_shared_rules(variables)
    if forced is not None and not _add_forced(variables, near, forced):
        return None
    hours = near.hours if forced is None else None
    proved = True
    for tier in tiers:
        outcome = _raise(variables, tier, hours, limits)
        # A busy machine may not even read the hint in time: then the start stays.
        hours = hours if outcome.hours is None else outcome.hours
        if hours is None:
            return None
        proved = proved and outcome.proved
        variables.model.add(build_tier(variables, tier) >= score(near.problem, hours)[tier])
    assert hours is not None
    before, after = score(near.problem, near.hours), score(near.problem, hours)
    return LocalPlan(near, hours, {tier: after[tier] - before[tier] for tier in tiers}, proved)


def _raise(variables: Variables, tier: Tier, hours: IntArray | None, limits: RunLimits) -> Outcome:
    if not variables.problem.num_pairs:
        return Outcome(np.zeros(0, dtype=np.int64), 0, 0, proved=True, work=0.0)
    return run_model(variables, build_tier(variables, tier), hours, limits)


def _add_forced(variables: Variables, near: Neighbourhood, pair: int) -> bool:
    """Demand an assignment of the pair; return False where others leave no room for it."""
    place = np.flatnonzero(near.pairs == pair)
    if not len(place):
        return False
    heads = [term for term, _, count in variables.terms.get(int(place[0]), []) if count]
    if not heads:
        return False
    variables.model.add_at_least_one(heads)
    return True


def _get_own_pins(plan: StandingPlan, contractors: IntArray) -> IntArray:
    pinned = plan.pinned_pairs
    return pinned[np.isin(plan.instance.pair_contractor[pinned], contractors)]


def _leave_others_alone(
    plan: StandingPlan,
    projects: IntArray,
    small: Instance,
    problem: OpenProblem,
    pairs: IntArray,
) -> OpenProblem:
    """Return the problem less what everybody outside the neighbourhood uses up."""
    hours = plan.usage.hours[pairs]
    rows = np.flatnonzero(hours)
    inside = build_usage(
        small,
        Assignments(
            small.pair_contractor[rows].astype(np.int64),
            small.pair_project[rows].astype(np.int64),
            hours[rows],
        ),
    )
    usage = plan.usage
    people = usage.people[projects] - inside.people
    cents = usage.cost_cents[projects] - inside.cost_cents
    return replace(
        problem,
        hour_days=problem.hour_days - (usage.staffed[projects] - inside.staffed),
        seats=np.where(problem.seats == NO_LIMIT, NO_LIMIT, problem.seats - people),
        budget_cents=np.where(
            problem.budget_cents == NO_LIMIT, NO_LIMIT, problem.budget_cents - cents
        ),
    )
