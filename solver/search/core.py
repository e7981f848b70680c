"""The core: the whole problem with only the project sets that a better plan can still use.

At prices with the exact bound Z, a plan that uses a set which misses `loss` to its
contractor's best is worth at most Z - loss. So sets that miss more than Z - (value + 1)
are in no better plan, and leaving them out costs nothing (reduced cost fixing: Dantzig,
Fulkerson and Johnson 1954). Where too many sets remain, fewer are taken: the answer is
then only a start, and no plan of the full problem is worth more than the best of the
core's bound and Z less the smallest loss left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solver.instance import IntArray
from solver.model.constraints import add_coverage_of_all
from solver.model.open_problem import OpenProblem
from solver.model.project_sets import (
    MAX_SET_SIZE,
    build_project_sets,
)
from solver.model.set_uses import Coverage, UsedSets, find_used, split_by_use
from solver.model.variables import (
    build_restricted_variables,
    find_compact_contractors,
)
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.best_sets import find_best_sets
from solver.search.clock import Clock
from solver.search.cp_run import LED_BY_RELAXATION, Outcome
from solver.search.dual_bound import ScaledPrices
from solver.search.exact import add_rules, run_goal
from solver.search.neighbourhood import find_coverage
from solver.search.prices import Resources
from solver.search.scoring import find_covered


@dataclass(frozen=True, eq=False)
class Core:
    """Every project set with what it misses, in units of the scaled prices.

    groups  the sets by size
    losses  int64[N] per group, never more than what using the set really costs
    total   the bound at these prices; `scale` units are one of the goal
    """

    problem: OpenProblem
    groups: tuple[UsedSets, ...]
    losses: tuple[IntArray, ...]
    total: int
    scale: int

    @property
    def num_sets(self) -> int:
        """How many sets there are in all."""
        return sum(len(group) for group in self.groups)

    def find_limit(self, value: int, most: int) -> int:
        """Return the largest loss to take in: enough for any better plan, or for `most` sets."""
        needed = self.total - (value + 1) * self.scale
        every = np.concatenate(self.losses)
        if len(every) <= most:
            return needed
        return min(needed, int(np.partition(every, most)[most]))

    def bound_outside(self, limit: int) -> int | None:
        """Return what a plan with a set above `limit` is worth at most; None without such sets."""
        outside = [loss[loss > limit] for loss in self.losses]
        least = [int(loss.min()) for loss in outside if len(loss)]
        return (self.total - min(least)) // self.scale if least else None


def find_core(
    resources: Resources, scaled: ScaledPrices, goal: Goal, should_stop: Callable[[], bool]
) -> Core | None:
    """Return the problem's sets and losses; None where a contractor has too many to list."""
    problem = resources.problem
    if find_compact_contractors(problem).any():
        return None
    prices = scaled.prices
    gain, setup = resources.get_gain(prices), resources.get_setup(prices)
    bonus = int(prices.tiers[Tier.COVERAGE])
    best = find_best_sets(resources, prices, should_stop).worth
    sets = [build_project_sets(problem, size) for size in range(1, MAX_SET_SIZE + 1)]
    groups = list(split_by_use(sets, find_coverage(problem, goal)))
    losses = [
        best[group.sets.contractor] - group.choose_hours(gain, setup, bonus, relaxed=True).value
        for group in groups
    ]
    total = scaled.sum_bound(resources, goal, int(best.sum()))
    return Core(problem, tuple(groups), tuple(losses), total, scaled.scale)


def solve_core(
    core: Core,
    hours: IntArray,
    goal: Goal,
    limit: int,
    clock: Clock,
    *,
    share: float,
    on_value: Callable[[int], None],
) -> Outcome:
    """Raise the goal's tier from `hours`, int64[U], on, with the sets up to a loss of `limit`.

    The outcome's bound is that of the core alone.
    """
    problem = core.problem
    covered = find_covered(problem, hours)
    counted = find_coverage(problem, goal) is not Coverage.IGNORED
    kept = [
        group.select((loss <= limit) | find_used(group, hours, covered, counted=counted))
        for group, loss in zip(core.groups, core.losses, strict=True)
    ]
    variables = build_restricted_variables(problem, kept)
    variables.counts_coverage = counted
    add_rules(variables, goal)
    if goal.floors.get(Tier.COVERAGE) == np.count_nonzero(problem.days_needed > 0):
        add_coverage_of_all(variables)
    return run_goal(
        variables,
        hours,
        goal,
        clock,
        share=share,
        gap=clock.limits.gap,
        on_event=lambda value, _bound: None if value is None else on_value(value),
        # Fit comes with little slack in the floors: measured, CP-SAT's own mix proves it sooner.
        subsolvers=() if goal.tier is Tier.FIT else LED_BY_RELAXATION,
    )
