"""Large neighbourhood search: free some projects at a time, keep the rest, let CP-SAT decide.

A neighbourhood is a set of pairs that are free; the assignments on all others
stay. What CP-SAT returns is at least as good, because it starts from what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from solver.instance import BoolArray, IntArray
from solver.model.constraints import add_shared_rules
from solver.model.objectives import build_sum, build_tier
from solver.model.open_problem import OpenProblem, reserve, select_pairs
from solver.model.project_sets import MAX_SET_SIZE, ProjectSets, build_project_sets
from solver.model.set_uses import Coverage, UsedSets, split_by_use
from solver.model.variables import (
    Variables,
    build_restricted_variables,
    find_compact_contractors,
)
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.bundle_columns import Columns, hash_sets
from solver.search.cp_run import RunLimits, run_model
from solver.search.guide import Guide, find_loose
from solver.search.near_sets import NetWorth, select_near
from solver.search.scoring import find_covered, score


@dataclass(frozen=True, eq=False)
class Task:
    """One neighbourhood.

    free   bool[U], the pairs that may change
    slack  how much each tier with a floor may fall here
    worth  what the problem's pairs are worth at the prices of the goal
    most_sets  about how many project sets the model may list, the nearest ones
    guide  says which of the contractors are worth freeing; None frees them all
    """

    goal: Goal
    free: BoolArray
    slack: Mapping[Tier, int]
    worth: NetWorth
    most_sets: int
    limits: RunLimits
    guide: Guide | None = None


@dataclass(frozen=True, eq=False)
class Result:
    """A neighbourhood's answer.

    hours   int64[U] over the free pairs only, None when nothing better was found
    pairs   which pairs of the problem these are
    proved  whether it is the best of the neighbourhood
    """

    hours: IntArray | None
    pairs: IntArray
    proved: bool
    work: float


def solve_neighbourhood(
    problem: OpenProblem,
    hours: IntArray,
    task: Task,
    *,
    should_stop: Callable[[], bool],
) -> Result:
    """Improve the goal's tier over the task's free pairs, starting from `hours`, int64[U]."""
    goal, limits = task.goal, task.limits
    free, support = task.free, None
    if task.guide is not None:
        loose, support = find_loose(task.guide, hours, free, limits.seed)
        free = free & loose[problem.contractor]
    left, pairs = reserve(problem, hours, free)
    before = hours[pairs]
    scored = score(left, before)
    coverage = find_coverage(problem, goal)
    wanted = np.ones(len(pairs), dtype=np.bool_)
    hint = before
    if coverage is Coverage.ALONE:
        # Whoever is covered by assignments that stay needs no more here.
        wanted = left.days_needed[left.contractor] > 0
        hint = trim(left, before)[wanted]
        left = select_pairs(left, wanted)
    variables = _build_near_variables(
        left,
        hint,
        task.worth.select(pairs[wanted]),
        most=task.most_sets,
        coverage=coverage,
        support=support,
        place=pairs[wanted],
    )
    add_shared_rules(variables)
    for tier in goal.floors:
        variables.model.add(build_tier(variables, tier) >= scored[tier] - task.slack[tier])
    outcome = run_model(
        variables, build_sum(variables, goal.weights), hint, limits, should_stop=should_stop
    )
    if outcome.hours is None or outcome.value is None or outcome.value < goal.weigh(scored):
        return Result(None, pairs, outcome.proved, outcome.work)
    after = np.zeros(len(pairs), dtype=np.int64)
    after[wanted] = outcome.hours
    return Result(after, pairs, outcome.proved, outcome.work)


def _build_near_variables(
    problem: OpenProblem,
    hours: IntArray,
    worth: NetWorth,
    *,
    most: int,
    coverage: Coverage,
    support: Columns | None,
    place: IntArray,
) -> Variables:
    """Return variables for the sets that the prices recommend and those that `hours` uses.

    support  bundles that a relaxation takes, in pairs of the whole problem; None without
    place    int64[U], which pair of the whole problem each pair is
    """
    listed = ~find_compact_contractors(problem)
    sets = [build_project_sets(problem, size) for size in range(1, MAX_SET_SIZE)]
    few = np.flatnonzero(listed[problem.contractor])
    triples = build_project_sets(select_pairs(problem, few), MAX_SET_SIZE)
    sets.append(ProjectSets(problem, few[triples.members], triples.joint_hours, triples.exact))
    groups = list(split_by_use(sets, coverage))

    def is_supported(group: UsedSets) -> BoolArray:
        if support is None:
            return np.zeros(len(group), dtype=np.bool_)
        alike = support
        if coverage is Coverage.COUNTED:
            alike = support.select(support.covered == group.covers)
        return np.isin(hash_sets(place[group.sets.members]), hash_sets(alike.members))

    near = select_near(groups, worth, hours, most, is_supported)
    variables = build_restricted_variables(problem, near)
    variables.counts_coverage = coverage is not Coverage.IGNORED
    return variables


def find_coverage(problem: OpenProblem, goal: Goal) -> Coverage:
    """Return what coverage is to the goal's models.

    Where people ask for each other, work that covers nobody can't be left out: somebody
    may come only to make up the number.
    """
    if Tier.COVERAGE not in goal.weights and Tier.COVERAGE not in goal.floors:
        return Coverage.IGNORED
    if goal.is_coverage_alone and not problem.has_group_rules:
        return Coverage.ALONE
    return Coverage.COUNTED


def trim(problem: OpenProblem, hours: IntArray) -> IntArray:
    """Return the plan without hours that cover nobody."""
    covered = find_covered(problem, hours)
    trimmed = np.where(covered[problem.contractor], hours, 0)
    earned = np.zeros(len(problem.days_needed), dtype=np.int64)
    np.add.at(earned, problem.contractor, problem.days * trimmed)
    spare = np.maximum(earned - problem.days_needed, 0)
    for pair in np.flatnonzero(trimmed).tolist():
        contractor = problem.contractor[pair]
        if spare[contractor] >= problem.days[pair]:
            cut = min(
                spare[contractor] // problem.days[pair], trimmed[pair] - problem.min_hours[pair]
            )
            trimmed[pair] -= cut
            spare[contractor] -= cut * problem.days[pair]
    return trimmed
