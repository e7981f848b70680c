"""Raises one tier after the other, from the plan that the last one left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem
from solver.model.project_sets import Worth
from solver.policy import Tier
from solver.search.ascent import Ascent, Goal, raise_prices
from solver.search.clock import Clock
from solver.search.core import Core, find_core, solve_core
from solver.search.dual_bound import compute_bound, scale_prices
from solver.search.exact import Size, find_size, solve_whole
from solver.search.group_repair import repair
from solver.search.improvement import Improver
from solver.search.ledger import Ledger, build_greedy_plan
from solver.search.listing import list_best_pairs, list_corners
from solver.search.near_sets import NetWorth
from solver.search.prices import Prices, Resources, build_zero_prices
from solver.search.progress import Report, TierProgress
from solver.search.rounding import round_choice
from solver.search.scoring import score

_STEPS = {Size.TINY: 300, Size.SMALL: 300, Size.LARGE: 200}
"""Price steps: where all sets are looked at, they cost little."""
_FIRST_STEPS = 100
"""Price steps on single projects, where there are too many pairs of them to list."""
_FIRST_CORE, _CORE_GROWTH = 600, 2
"""Project sets of the first core, and how many times larger the next one is."""
_IMPROVEMENT_PART = 0.1
"""Part of a small problem's time for neighbourhoods, before the cores."""
_STEP_WORK = 2e-8
"""Deterministic work booked for a look at one corner."""


@dataclass(eq=False)
class TierSearch:
    """The state between tiers.

    problem, clock
    pinned  what the pins alone score, by tier
    hours   int64[U], the best plan so far
    """

    problem: OpenProblem
    clock: Clock
    pinned: dict[Tier, int]
    hours: IntArray = field(init=False)

    def __post_init__(self) -> None:
        self.hours = np.zeros(self.problem.num_pairs, dtype=np.int64)
        self._resources = Resources(self.problem)
        self._size = find_size(self.problem)
        self._corners = list_corners(self.problem)
        self._prices: Prices | None = None

    def raise_tier(
        self, goal: Goal, share: float, baseline: IntArray | None, report: Report
    ) -> int:
        """Raise the goal's tier until a share of the time is used; return its bound.

        baseline  int64[U], an earlier plan, looked at for the first tier only
        """
        if not self.problem.num_pairs:
            return 0
        ascent = self._raise_prices(goal, self._split(share, 0.5))
        bound = compute_bound(
            self._resources, ascent.prices, goal, lambda: self.clock.is_over(share)
        )
        if not goal.floors:
            self._adopt_best_start(goal, ascent, share, baseline)
        else:
            self._fill(goal, ascent.prices)
        progress = TierProgress(goal, bound, self.clock.limits.gap, self.pinned[goal.tier], report)
        progress.tell(self._score(goal))
        if self._size is not Size.LARGE:
            self._solve_small(progress, share)
        else:
            self._improve(progress, share)
        return progress.bound

    def _score(self, goal: Goal) -> int:
        return score(self.problem, self.hours)[goal.tier]

    def _raise_prices(self, goal: Goal, share: float) -> Ascent:
        """Return prices for the goal, starting from those of the tier before."""
        if self._prices is None:
            start = build_zero_prices(self.problem, _get_tiers(goal.tier))
        else:
            start = _rescale(self.problem, self._prices, goal)
            if goal.floors.get(Tier.COVERAGE) == np.count_nonzero(self.problem.days_needed > 0):
                start = _force_coverage(self.problem, start, goal.tier)
        if len(self._corners) == 1:
            ascent = self._climb(goal, start, _FIRST_STEPS, share)
            gain = self._resources.get_gain(ascent.prices)
            setup = self._resources.get_setup(ascent.prices)
            self._corners += list_best_pairs(self.problem, gain, setup)
            start = ascent.prices
        ascent = self._climb(goal, start, _STEPS[self._size], share)
        self._prices = ascent.prices
        return ascent

    def _climb(self, goal: Goal, start: Prices, steps: int, share: float) -> Ascent:
        corners = sum(corners.covered.size for corners in self._corners)
        self.clock.add_work(steps * corners * _STEP_WORK)
        return raise_prices(
            self._resources,
            self._corners,
            goal,
            start,
            steps=steps,
            should_stop=lambda: self.clock.is_over(share),
        )

    def _adopt_best_start(
        self, goal: Goal, ascent: Ascent, share: float, baseline: IntArray | None
    ) -> None:
        """Start from the best of rounding, greedy and an earlier plan; the latter wins ties."""
        plans = [
            round_choice(self.problem, goal, ascent, lambda: self.clock.is_over(share)),
            build_greedy_plan(self.problem),
        ]
        if baseline is not None:
            plans.append(baseline)
        plans = [repair(self.problem, plan) for plan in plans]
        self.hours = max(reversed(plans), key=lambda plan: score(self.problem, plan)[goal.tier])

    def _get_worth(self) -> NetWorth:
        """Return what pairs are worth at the prices of the goal."""
        assert self._prices is not None
        return NetWorth(
            self._resources.get_gain(self._prices),
            self._resources.get_setup(self._prices),
            float(self._prices.tiers[Tier.COVERAGE]),
        )

    def _fill(self, goal: Goal, prices: Prices) -> None:
        """Use what is left: first more hours on what is assigned, then more assignments."""
        ledger = Ledger(self.problem)
        used = np.flatnonzero(self.hours)
        for pair, hours in zip(used.tolist(), self.hours[used].tolist(), strict=True):
            ledger.add(pair, hours)
        gain = self._resources.get_gain(prices)
        for pairs in (used, np.flatnonzero(self.hours == 0)):
            ledger.fill(pairs[np.argsort(-gain[pairs], kind="stable")])
        filled = repair(self.problem, ledger.get_plan())
        before, after = score(self.problem, self.hours), score(self.problem, filled)
        # Hours that help one tier can cost another one, through the switching cost.
        if after[goal.tier] >= before[goal.tier] and all(
            after[tier] >= floor for tier, floor in goal.floors.items()
        ):
            self.hours = filled

    def _solve_small(self, progress: TierProgress, share: float) -> None:
        """Try to prove the whole problem where that is quick, then improve, then try again."""
        if self._size is Size.TINY and not progress.is_proved:
            self._solve_whole(progress, self._split(share, 0.5), gap=0.0)
        if progress.is_done:
            return
        self._improve(progress, self._split(share, _IMPROVEMENT_PART))
        core = self._find_core(progress, share)
        if core is None:
            self._solve_whole(progress, share, gap=self.clock.limits.gap)
        else:
            self._solve_cores(core, progress, share)

    def _find_core(self, progress: TierProgress, share: float) -> Core | None:
        assert self._prices is not None
        scaled = scale_prices(self._resources, self._prices, progress.goal)
        return find_core(self._resources, scaled, progress.goal, lambda: self.clock.is_over(share))

    def _solve_cores(self, core: Core, progress: TierProgress, share: float) -> None:
        """Solve ever larger cores until one holds every better plan, and that one to the end."""
        most = _FIRST_CORE
        while not progress.is_done and not self.clock.is_over(share):
            value = self._score(progress.goal)
            limit = core.find_limit(value, most)
            outside = core.bound_outside(limit)
            is_last = outside is None or outside <= value
            outcome = solve_core(
                core,
                self.hours,
                progress.goal,
                limit,
                self.clock,
                share=share if is_last else self._split(share, 0.4),
                on_value=lambda value: progress.hear(value, None),
            )
            if outcome.hours is not None and outcome.value is not None and outcome.value >= value:
                self.hours = outcome.hours
            value = self._score(progress.goal)
            if outcome.bound is not None:
                bound = max(outcome.bound, value if outside is None else outside, value)
                progress.hear(value, bound)
            most *= _CORE_GROWTH

    def _split(self, share: float, part: float) -> float:
        """Return the share of the time that ends after a part of what is left to `share`."""
        used = 1.0 - self.clock.get_part_left()
        return used + part * max(0.0, share - used)

    def _solve_whole(self, progress: TierProgress, share: float, *, gap: float) -> None:
        if self.clock.is_over(share):
            return
        outcome = solve_whole(
            self.problem,
            self.hours,
            progress.goal,
            self.clock,
            share=share,
            gap=gap,
            on_event=progress.hear,
        )
        if outcome.hours is not None:
            self.hours = outcome.hours
        progress.hear(self._score(progress.goal), outcome.bound)

    def _improve(self, progress: TierProgress, share: float) -> None:
        improver = Improver(self.problem, progress.goal, self.hours, self._get_worth(), self.clock)

        def is_done(value: int) -> bool:
            progress.tell(value)
            return progress.is_done

        improver.run(share, is_done)
        self.hours = improver.hours
        progress.tell(self._score(progress.goal))


def _get_tiers(tier: Tier) -> dict[Tier, float]:
    return dict.fromkeys(Tier, 0.0) | {tier: 1.0}


def _rescale(problem: OpenProblem, prices: Prices, goal: Goal) -> Prices:
    """Return the prices of the tier before in units of the goal.

    They guess that an hour that is typical for one tier is typical for the other.
    """
    last = next(reversed(goal.floors))
    rate = _get_typical_gain(problem, goal.tier) / _get_typical_gain(problem, last)
    tiers = {tier: rate * prices.tiers[tier] for tier in Tier} | {goal.tier: 1.0}
    return Prices(rate * prices.hour_days, rate * prices.seats, rate * prices.budget, tiers)


def _force_coverage(problem: OpenProblem, prices: Prices, tier: Tier) -> Prices:
    """Return the prices with a worth of coverage that no gain of one contractor outweighs.

    Where everyone must be covered, it costs the bound nothing however large it is.
    """
    gain = problem.hours_gain if tier is Tier.HOURS else np.abs(problem.fit_gain)
    worth = 4.0 * float((gain * problem.max_hours).max())
    return replace(prices, tiers=dict(prices.tiers) | {Tier.COVERAGE: worth})


def _get_typical_gain(problem: OpenProblem, tier: Tier) -> float:
    """Return what an hour on a pair adds to the tier, on average; never 0."""
    gain: Worth
    match tier:
        case Tier.COVERAGE:
            gain = problem.days / np.maximum(problem.days_needed, 1)[problem.contractor]
        case Tier.HOURS:
            gain = problem.hours_gain
        case Tier.FIT:
            gain = np.abs(problem.fit_gain)
    return float(gain.mean()) or 1.0
