"""Prices for one goal after the other: ascent, from a sample where many people are, tightening."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from solver.instance import NO_LIMIT
from solver.model.open_problem import OpenProblem, select_pairs
from solver.model.project_sets import ProjectSets, Worth
from solver.policy import Tier
from solver.search.ascent import Ascent, Goal, raise_prices
from solver.search.bundle_columns import build_near_columns
from solver.search.clock import Clock
from solver.search.corners import Corners
from solver.search.coverable import count_coverable
from solver.search.dual_bound import Prover
from solver.search.exact import Size
from solver.search.guide import Guide
from solver.search.listing import list_best_pairs, list_corners
from solver.search.prices import Prices, Resources, build_zero_prices
from solver.search.tightening import (
    Tightened,
    get_penalties,
    get_prices_for,
    get_unit,
    get_worth,
    tighten,
)

_STEPS = {Size.TINY: 30, Size.SMALL: 300, Size.LARGE: 200}
"""Price steps: they cost little where all sets are looked at; tiny problems hardly need them."""
_SAMPLE_PAIRS = 120_000
"""Pairs of a sample of the contractors; a problem of three times as many is sampled."""
_SAMPLE_STEP = 0.15
"""Length of the first step on a sample."""
_POLISH = {"steps": 200, "first_step": 0.2, "last_step": 0.001}
"""Steps from the prices of a sample on."""
_FINISH = {"steps": 400, "first_step": 0.1, "last_step": 0.001}
"""Steps after the first ones, for tiers that the master problem does not help."""
_ADAPT = {"steps": 60, "first_step": 0.02, "last_step": 0.001}
"""Steps from the prices of a goal that had this one's tier among its weights."""
_FIRST_STEPS = 60
"""Steps on single projects, where there are too many pairs of them to list."""
FLAT, _FLAT_STEPS = 0.0005, 200
"""Coverage is flat where so many steps on single projects hardly lower its bound: this share."""
_STEP_WORK = 2e-8
"""Deterministic work booked for a look at one corner."""
_NEAR = 0.05
"""What the bundles of a guide may miss, in units of a contractor's worth."""
_GUIDE_COLUMNS = 4
"""Bundles of a guide, per contractor, at most on average."""


@dataclass(eq=False)
class Pricer:
    """Finds prices goal by goal, each from those of the goal before.

    prover   proves the bounds
    prices   the last ones; None before the first goal
    corners  of the project sets that price steps look at
    """

    problem: OpenProblem
    resources: Resources
    clock: Clock
    size: Size
    prover: Prover
    prices: Prices | None = None
    corners: tuple[Corners, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.corners = list_corners(self.problem)

    @property
    def groups(self) -> list[ProjectSets]:
        """The project sets that price steps look at."""
        return [corners.sets for corners in self.corners]

    def climb(self, goal: Goal, share: float) -> Ascent:
        """Return prices for the goal by price steps alone."""
        start = self.build_start(goal)
        if self.prices is not None and self.prices.tiers[goal.tier]:
            ascent = self._climb(self.resources, self.corners, goal, start, share, **_ADAPT)
        elif self.is_sampled:
            ascent = self._climb_from_sample(goal, start, share)
        else:
            if len(self.corners) == 1:
                start = self._climb(
                    self.resources, self.corners, goal, start, share, steps=_FIRST_STEPS
                ).prices
            self._list_pairs(start)
            ascent = self._climb(self.resources, self.corners, goal, start, share)
            if self.size is Size.LARGE and goal.tier is not Tier.COVERAGE:
                # Nearly all bundles are worth the same: the bound still falls by 1 %.
                return self.finish(goal, ascent.prices, share)
        self.prices = ascent.prices
        return ascent

    def finish(self, goal: Goal, start: Prices, share: float) -> Ascent:
        """Return prices found by more and shorter steps from some that are nearly good."""
        ascent = self._climb(self.resources, self.corners, goal, start, share, **_FINISH)
        self.prices = ascent.prices
        return ascent

    def tighten(self, goal: Goal, share: float) -> Tightened:
        """Return the last prices, made better by the master problem where that is small."""
        assert self.prices is not None
        tightened = tighten(
            self.resources,
            self.groups,
            goal,
            self.prices,
            lambda: self.clock.is_over(share),
            prover=self.prover,
        )
        self.prices = tightened.prices
        return tightened

    def build_guide(self, goal: Goal) -> Guide:
        """Return what leads neighbourhoods at the last prices."""
        assert self.prices is not None
        unit = get_unit(self.problem, goal)
        near, _ = build_near_columns(
            self.groups,
            get_worth(self.resources, get_prices_for(goal, self.prices)),
            _NEAR * unit,
            most=_GUIDE_COLUMNS * len(self.problem.projects_left),
            only_covering=goal.is_coverage_alone,
        )
        return Guide(self.resources, near, goal, get_penalties(goal, self.prices), unit)

    def build_start(self, goal: Goal) -> Prices:
        """Return a guess at the goal's prices from those of the goal before."""
        if self.prices is None:
            return build_zero_prices(self.problem, dict.fromkeys(Tier, 0.0) | goal.weights)
        start = _rescale(self.problem, self.prices, goal)
        is_known = self.prices.tiers[goal.tier] and self.prices.tiers[Tier.COVERAGE]
        if not is_known and goal.floors.get(Tier.COVERAGE) == np.count_nonzero(
            self.problem.days_needed > 0
        ):
            start = _force_coverage(self.problem, start, goal.tier)
        return start

    @property
    def is_sampled(self) -> bool:
        """Whether prices come from a part of the contractors first."""
        return needs_sample(self.problem)

    @cached_property
    def _sample(self) -> OpenProblem:
        return build_sample(self.problem, self.clock.limits.seed)

    def is_flat(self, goal: Goal, share: float) -> bool:
        """Whether, in the sample, prices hardly lower the bound on coverage: nobody competes."""
        problem = self._sample
        most = count_coverable(problem)
        start = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | goal.weights)
        corners = list_corners(problem)[:1]
        ascent = self._climb(Resources(problem), corners, goal, start, share, steps=_FLAT_STEPS)
        return ascent.bound > (1 - FLAT) * most

    def _climb_from_sample(self, goal: Goal, start: Prices, share: float) -> Ascent:
        """Climb on a sample of the contractors, which has nearly the same prices, then on all."""
        part = _SAMPLE_PAIRS / self.problem.num_pairs
        small = replace(goal, floors={tier: int(part * at) for tier, at in goal.floors.items()})
        found = self._climb_sample(small, start, share)
        if goal.floors:
            # Where a floor is easily met, the right multiplier is far below any guess.
            unbound = replace(start, tiers=dict(start.tiers) | dict.fromkeys(goal.floors, 0.0))
            other = self._climb_sample(small, unbound, share)
            found = min(found, other, key=lambda ascent: ascent.bound)
        self._list_pairs(found.prices)
        return self._climb(self.resources, self.corners, goal, found.prices, share, **_POLISH)

    def _climb_sample(self, goal: Goal, start: Prices, share: float) -> Ascent:
        resources, corners = Resources(self._sample), list_corners(self._sample)
        prices = start
        if len(corners) == 1:
            prices = self._climb(
                resources, corners, goal, start, share, steps=_FIRST_STEPS, first_step=_SAMPLE_STEP
            ).prices
            corners += list_best_pairs(
                self._sample, resources.get_gain(prices), resources.get_setup(prices)
            )
        return self._climb(resources, corners, goal, prices, share, first_step=_SAMPLE_STEP)

    def _list_pairs(self, prices: Prices) -> None:
        """Take in sets of two, those that look best where there are too many."""
        if len(self.corners) == 1:
            gain, setup = self.resources.get_gain(prices), self.resources.get_setup(prices)
            self.corners += list_best_pairs(self.problem, gain, setup)

    def _climb(
        self,
        resources: Resources,
        corners: tuple[Corners, ...],
        goal: Goal,
        start: Prices,
        share: float,
        **steps: float,
    ) -> Ascent:
        number = int(steps.pop("steps", _STEPS[self.size]))
        looks = number * sum(one.covered.size for one in corners)
        self.clock.add_work(looks * _STEP_WORK)
        return raise_prices(
            resources,
            corners,
            goal,
            start,
            steps=number,
            should_stop=lambda: self.clock.is_over(share),
            **steps,
        )


def needs_sample(problem: OpenProblem) -> bool:
    """Whether prices come from a part of the contractors first."""
    return problem.num_pairs > 3 * _SAMPLE_PAIRS


def build_sample(problem: OpenProblem, seed: int) -> OpenProblem:
    """Return the problem with a random part of its contractors and as much of every limit."""
    part = min(1.0, _SAMPLE_PAIRS / problem.num_pairs)
    picked = np.random.default_rng(seed).random(len(problem.projects_left)) < part

    return cut_limits(select_pairs(problem, picked[problem.contractor]), part)


def cut_limits(problem: OpenProblem, part: float) -> OpenProblem:
    """Return the problem with only a part of every limit."""

    def cut(limit: np.ndarray) -> np.ndarray:
        known = limit != NO_LIMIT
        return np.where(known, np.rint(np.where(known, limit, 0) * part).astype(np.int64), NO_LIMIT)

    return replace(
        problem,
        hour_days=cut(problem.hour_days),
        seats=cut(problem.seats),
        budget_cents=cut(problem.budget_cents),
    )


def _rescale(problem: OpenProblem, prices: Prices, goal: Goal) -> Prices:
    """Return the prices of the tier before in units of the goal.

    They guess that an hour that is typical for one tier is typical for the other.
    """
    known = [tier for tier in goal.weights if prices.tiers[tier]]
    if known:
        rate = goal.weights[known[0]] / float(prices.tiers[known[0]])
    else:
        last = next(reversed(goal.floors))
        rate = _get_typical_gain(problem, goal.tier) / _get_typical_gain(problem, last)
    tiers = {tier: rate * prices.tiers[tier] for tier in Tier} | goal.weights
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
