"""Which contractors are worth freeing together: those on whom a relaxation and the plan differ.

The master problem is solved over near bundles with a small premium on what the plan
has, and some noise. Where its optimum splits a contractor or takes another bundle,
moving pays; the rest may as well stay (relaxation induced neighbourhoods: Danna,
Rothberg and Le Pape 2005).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.bundle_columns import (
    ELSEWHERE,
    NO_MEMBER,
    Columns,
    build_plan_columns,
    join,
)
from solver.search.master import INTEGRAL, Floor, solve_master
from solver.search.prices import Resources

_NOISE = 0.15
"""Noise on the worth of columns, as a share of the premium."""


@dataclass(frozen=True, eq=False)
class Guide:
    """The relaxation that leads neighbourhoods.

    columns    near bundles of the whole problem
    goal       what the relaxation is to raise
    penalties  what a unit below each floor of the goal costs
    premium    what keeping a bundle of the plan is worth, in units of the goal
    """

    resources: Resources
    columns: Columns
    goal: Goal
    penalties: Mapping[Tier, float]
    premium: float

    def select(self, problem: OpenProblem, pairs: IntArray) -> Guide:
        """Return the guide of a part: a problem, and which pair of the whole each pair is."""
        place = np.append(np.full(self.resources.problem.num_pairs, ELSEWHERE), NO_MEMBER)
        place[pairs] = np.arange(len(pairs))
        return replace(
            self, resources=Resources(problem), columns=self.columns.move(problem, place)
        )


def find_loose(
    guide: Guide, hours: IntArray, free: BoolArray, seed: int
) -> tuple[BoolArray, Columns | None]:
    """Return bool[C], contractors with free pairs whom the relaxation would move, and to what.

    hours  int64[U], the plan; free  bool[U], the pairs that may change
    """
    resources, goal, premium = guide.resources, guide.goal, guide.premium
    problem = resources.problem
    kept = build_plan_columns(problem, hours)
    candidates = join([kept, guide.columns])
    may = np.append(free, True)[candidates.members].all(axis=1)
    used = np.flatnonzero((hours > 0) & ~free)
    fixed = resources.get_usage(used, hours[used], 0)
    busy = np.zeros(len(problem.projects_left), dtype=np.bool_)
    busy[problem.contractor[used]] = True
    may &= ~busy[candidates.contractor]
    is_kept = np.arange(len(candidates)) < len(kept)
    is_kept, candidates = is_kept[may], candidates.select(may)
    loose = np.zeros(len(busy), dtype=np.bool_)
    loose[problem.contractor[free]] = True
    if not len(candidates):
        return loose, None
    noise = np.random.default_rng(seed).normal(0.0, _NOISE * premium, len(candidates))
    floors = {
        tier: Floor(
            int(candidates.get_values(tier)[is_kept].sum()) + fixed.tiers[tier],
            guide.penalties[tier],
        )
        for tier in goal.floors
    }
    answer = solve_master(
        resources,
        candidates,
        weights=goal.weights,
        fixed=fixed,
        floors=floors,
        extra=premium * is_kept + noise,
    )
    if answer is None:
        return loose, None
    staying = is_kept & (answer.share >= 1 - INTEGRAL)
    loose[candidates.contractor[staying]] = False
    for members in map(list, problem.team_members):
        loose[members] = loose[members].any()
    return loose, candidates.select((answer.share > INTEGRAL) & loose[candidates.contractor])
