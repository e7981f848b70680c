"""Tightens prices: the master problem over near bundles, and exact bounds of its duals.

Price ascent comes close to the best prices and crawls from there. Few contractors are
still contested then: the others take their best bundle whatever happens. A master
problem over the near bundles of the contested ones is small, and its dual values are
better prices (column generation: Gilmore and Gomory 1961).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem
from solver.model.project_sets import ProjectSets
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.bundle_columns import Columns, build_near_columns, hash_bundles, join
from solver.search.dual_bound import Prover, build_prover
from solver.search.master import Answer, Floor, solve_master
from solver.search.near_sets import NetWorth
from solver.search.prices import Prices, Resources

_NEAR, _CONTESTED = 0.05, 0.02
"""What a bundle may miss to be a column, and to contest; in units of a contractor's worth."""
_MOST_COLUMNS = 15_000
_MOST_PAIRS = 600_000
"""Pairs of a problem whose contested contractors may have a small master problem."""
_ROUNDS = 6
_PENALTY = 4.0
_COVERING_WORTH, _COVERING_BESIDE = 0.5, 0.03
"""What covering a contractor is worth beside another tier, in units of their typical worth.

The first where coverage comes first, the second where the other tier does.
"""
_LEAST_GAIN = 2e-4


@dataclass(frozen=True, eq=False)
class Tightened:
    """Better prices, and the last master problem.

    prices   those of the lowest bound
    bound    no plan's goal tier exceeds it
    columns, answer  the last master problem that was solved; None where none was
    settled  int64[U], the plan of those who were not contested in it
    """

    prices: Prices
    bound: int
    columns: Columns | None
    answer: Answer | None
    settled: IntArray


def get_worth(resources: Resources, prices: Prices) -> NetWorth:
    """Return what pairs are worth at some prices."""
    return NetWorth(
        resources.get_gain(prices),
        resources.get_setup(prices),
        float(prices.tiers[Tier.COVERAGE]),
    )


def tighten(
    resources: Resources,
    groups: Sequence[ProjectSets],
    goal: Goal,
    start: Prices,
    should_stop: Callable[[], bool],
    *,
    prover: Prover | None = None,
) -> Tightened:
    """Return prices with a bound at least as low as that of `start`.

    prover  proves bounds of more pairs than the resources know; None: of just these
    """
    master = _Master(resources, groups, goal, start)
    prove = (prover or build_prover(resources)).prove
    proof = prove(resources, start, goal, should_stop)
    best, bound, prices = start, proof.bound, start
    columns, answer, settled = None, None, master.settled_hours
    for number in range(_ROUNDS if resources.problem.num_pairs <= _MOST_PAIRS else 0):
        if should_stop() or not master.take_in(prices, proof.sets, first=not number):
            break
        solved = master.solve()
        if solved is None:
            break
        # Columns may grow once more without an answer: these three belong together.
        columns, answer, settled = master.columns, solved, master.settled_hours
        prices = solved.prices
        proof = prove(resources, prices, goal, should_stop)
        gained = bound - proof.bound
        if gained > 0:
            best, bound = prices, proof.bound
            if gained < _LEAST_GAIN * abs(bound) and number:
                break
    return Tightened(best, bound, columns, answer, settled)


def get_prices_for(goal: Goal, prices: Prices) -> Prices:
    """Return the prices where nothing counts but the goal and the tiers it must keep."""
    tiers = {tier: float(prices.tiers[tier]) for tier in (*goal.weights, *goal.floors)}
    return replace(prices, tiers=dict.fromkeys(Tier, 0.0) | tiers)


def get_penalties(goal: Goal, prices: Prices) -> dict[Tier, float]:
    """Return what a unit below each of the goal's floors costs: well above its worth."""
    return {tier: _PENALTY * float(prices.tiers[tier]) for tier in goal.floors}


class _Master:
    """The growing master problem: who is contested, and their columns."""

    def __init__(
        self, resources: Resources, groups: Sequence[ProjectSets], goal: Goal, start: Prices
    ) -> None:
        self._resources, self._groups, self._goal = resources, groups, goal
        self._unit = get_unit(resources.problem, goal)
        penalties = get_penalties(goal, start)
        self._floors = {tier: Floor(goal.floors[tier], penalties[tier]) for tier in penalties}
        self._settled: Columns | None = None
        self.columns: Columns | None = None

    @property
    def settled_hours(self) -> IntArray:
        """int64[U], the plan of those who are not contested."""
        if self._settled is None:
            return np.zeros(self._resources.problem.num_pairs, dtype=np.int64)
        return self._settled.get_hours(np.arange(len(self._settled)))

    def take_in(self, prices: Prices, better: Sequence[ProjectSets], *, first: bool) -> bool:
        """Add columns that are near at some prices; return whether any was added.

        better  sets that a proof at these prices found
        """
        worth = get_worth(self._resources, prices)
        slack = self._unit * (_NEAR if first else _NEAR / 10)
        near, misses = build_near_columns(
            [*self._groups, *better],
            worth,
            slack,
            most=2 * _MOST_COLUMNS,
            only_covering=self._goal.is_coverage_alone,
        )
        parts = [] if self.columns is None else [self.columns]
        if self._settled is None:
            self._settled = self._find_settled(near, misses)
        else:
            lost = self._find_unsettled(near, misses)[self._settled.contractor]
            parts.append(self._settled.select(lost))
            self._settled = self._settled.select(~lost)
        is_settled = np.zeros(len(near.problem.projects_left), dtype=np.bool_)
        is_settled[self._settled.contractor] = True
        parts.append(near.select(~is_settled[near.contractor]))
        before = 0 if self.columns is None else len(self.columns)
        self.columns = join(parts)
        return before < len(self.columns) <= _MOST_COLUMNS

    def _find_settled(self, near: Columns, misses: np.ndarray) -> Columns:
        """Return the best columns of contractors for whom nothing else comes close."""
        num_contractors = len(near.problem.projects_left)
        close = misses <= _CONTESTED * self._unit
        alone = np.bincount(near.contractor[close], minlength=num_contractors) == 1
        settled = near.select(close & alone[near.contractor])
        while len(settled):
            over = self._find_overloaded(settled)
            if not over.any():
                break
            column, pair, _ = settled.entries
            bad = np.zeros(len(settled), dtype=np.bool_)
            bad[column[over[near.problem.project[pair]]]] = True
            settled = settled.select(~bad)
        return settled

    def _find_overloaded(self, settled: Columns) -> BoolArray:
        """bool[P]: projects that the settled columns use up beyond a limit."""
        resources, problem = self._resources, settled.problem
        _, pair, hours = settled.entries
        usage = resources.get_usage(pair, hours, 0)
        over: BoolArray = np.any(usage.hour_days > problem.hour_days, axis=1)
        return over | (usage.seats > problem.seats) | (usage.budget > problem.budget_cents)

    def _find_unsettled(self, near: Columns, misses: np.ndarray) -> BoolArray:
        """bool[C]: contractors who are settled on what is no longer their best."""
        assert self._settled is not None
        top = misses <= 1e-9 * self._unit
        kept = np.isin(hash_bundles(self._settled), hash_bundles(near.select(top)))
        lost = np.zeros(len(near.problem.projects_left), dtype=np.bool_)
        lost[self._settled.contractor[~kept]] = True
        return lost

    def solve(self) -> Answer | None:
        """Return the optimum of the master problem as it is."""
        assert self.columns is not None
        assert self._settled is not None
        _, pair, hours = self._settled.entries
        fixed = self._resources.get_usage(pair, hours, int(self._settled.covered.sum()))
        return solve_master(
            self._resources,
            self.columns,
            weights=self._goal.weights,
            fixed=fixed,
            floors=self._floors,
        )


def get_unit(problem: OpenProblem, goal: Goal) -> float:
    """Return what a contractor typically is worth to the goal's weights."""
    unit = 0.0
    for tier, weight in goal.weights.items():
        if tier is Tier.COVERAGE:
            unit += weight
            continue
        gain = problem.hours_gain if tier is Tier.HOURS else np.abs(problem.fit_gain)
        best = np.zeros(len(problem.projects_left))
        np.maximum.at(best, problem.contractor, (gain * problem.max_hours).astype(np.float64))
        unit += weight * float(best[best > 0].mean()) if (best > 0).any() else 0.0
    return unit or 1.0


def build_lead(problem: OpenProblem, goal: Goal, following: Tier | None) -> Goal:
    """Return what leads to a first goal: coverage and the tier beside it are raised together.

    Alone, coverage gives no hours beyond the floors, and hours or fit leave half the people out
    where as many hours could cover nearly all.
    """
    if following is None or goal.floors or Tier.COVERAGE not in {goal.tier, following}:
        return goal
    is_first = goal.tier is Tier.COVERAGE
    alone = Goal(following if is_first else goal.tier, {})
    share = _COVERING_WORTH if is_first else _COVERING_BESIDE
    weight = max(1, round(share * get_unit(problem, alone)))
    return replace(alone, extras={Tier.COVERAGE: weight})
