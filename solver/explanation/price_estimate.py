"""What resources are worth to a plan, found after the fact, and estimates from it.

Prices answer a question about the margin: what would one hour, one seat, one cent
more bring? They come from the price ascent that also proves the bounds, so they cost no
new model; but a plan is whole numbers, so an estimate can be off where one person
or one seat decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from solver.explanation.standing import StandingPlan
from solver.instance import IntArray
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.policy import Policy, Tier
from solver.search.ascent import FloatArray, Goal, raise_prices
from solver.search.listing import list_best_pairs, list_corners
from solver.search.prices import Prices, Resources, build_zero_prices
from solver.search.pricing import build_sample, needs_sample

STEPS = 100
_PRICED_TIERS = 2
"""Tiers with prices: the third one shares what the first two leave, and says little of scarcity."""


@dataclass(frozen=True, eq=False)
class PricedTier:
    """Prices in units of one tier, and what they make of the pairs.

    gain   float64[U], what an hour a week on each pair is worth net of its resources
    setup  float64[U], what taking the pair at all costs
    """

    prices: Prices
    gain: FloatArray
    setup: FloatArray


@dataclass(frozen=True, eq=False)
class PlanPrices:
    """Prices of the policy's first goals, in units of each goal.

    problem  what the pins leave open, with U pairs
    by_tier  for each priced tier, prices at which its bound is low when it is the only goal:
             held to earlier tiers, prices near their limit would say what forces them, not
             what the resource brings
    """

    problem: OpenProblem
    by_tier: Mapping[Tier, PricedTier]


def compute_prices(
    plan: StandingPlan,
    policy: Policy,
    *,
    steps: int = STEPS,
    should_stop: Callable[[], bool] = lambda: False,
) -> PlanPrices:
    """Return prices for the first two tiers of the policy, each by `steps` steps of ascent.

    Those of a large problem come from a part of its contractors, which has nearly the same.
    """
    problem = build_open_problem(plan.instance)
    if not problem.num_pairs:
        return PlanPrices(problem, {})
    resources = Resources(problem)
    by_tier = {}
    part = build_sample(problem, seed=1) if needs_sample(problem) else problem
    for tier, prices in _climb(part, policy, steps, should_stop):
        by_tier[tier] = PricedTier(prices, resources.get_gain(prices), resources.get_setup(prices))
    return PlanPrices(problem, by_tier)


def _climb(
    problem: OpenProblem, policy: Policy, steps: int, should_stop: Callable[[], bool]
) -> Iterator[tuple[Tier, Prices]]:
    """Yield the prices of each priced tier; the later ones look at the pairs of the first."""
    resources = Resources(problem)
    corners = list_corners(problem)
    for tier in policy.tiers[:_PRICED_TIERS]:
        goal = Goal(tier, {})
        prices = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | {tier: 1.0})
        if len(corners) == 1:
            prices = raise_prices(
                resources, corners, goal, prices, steps=steps, should_stop=should_stop
            ).prices
            gain, setup = resources.get_gain(prices), resources.get_setup(prices)
            corners += list_best_pairs(problem, gain, setup)
        yield (
            tier,
            raise_prices(
                resources, corners, goal, prices, steps=steps, should_stop=should_stop
            ).prices,
        )


def estimate_changes(
    plan: StandingPlan, prices: PlanPrices, contractor_idx: int, pairs: IntArray
) -> list[dict[Tier, float]]:
    """Return per pair and priced tier what the plan would gain, at the margin, below 0: lose.

    The contractor gives up all proposals for the pair alone, at the hours that are worth
    most; what that frees and takes is counted at its price.
    """
    problem, instance = prices.problem, plan.instance
    start, stop = problem.start[contractor_idx : contractor_idx + 2].tolist()
    own = np.arange(start, stop)
    own_pair = plan.get_pairs(np.array([contractor_idx]))
    # The problem leaves out pairs that no plan can use, and pinned ones.
    usable = np.isin(instance.pair_project[own_pair], problem.project[start:stop])
    usable &= plan.pinned.hours[own_pair] == 0
    hours = plan.usage.hours[own_pair[usable]]
    place = np.full(instance.num_projects, -1, dtype=np.int64)
    place[problem.project[start:stop]] = np.arange(stop - start)
    changes: list[dict[Tier, float]] = [{} for _ in pairs]
    for tier, priced in prices.by_tier.items():
        alone = _value_alone(problem, priced, own)
        held = _value_bundle(problem, priced, own, hours)
        for row, where in enumerate(place[instance.pair_project[pairs]].tolist()):
            if where >= 0:
                changes[row][tier] = float(alone[where] - held)
    return changes


def _value_bundle(
    problem: OpenProblem, priced: PricedTier, own: IntArray, hours: IntArray
) -> float:
    """Return what a contractor's hours on all of the pairs `own` are worth net of resources."""
    if not hours.any():
        return 0.0
    needed = problem.days_needed[problem.contractor[own[0]]]
    covers = 0 < needed <= int((hours * problem.days[own]).sum())
    worth = float((priced.gain[own] * hours).sum() - priced.setup[own][hours > 0].sum())
    bonus = float(priced.prices.tiers[Tier.COVERAGE])
    return worth + bonus if covers else worth


def _value_alone(problem: OpenProblem, priced: PricedTier, own: IntArray) -> FloatArray:
    """float64: what each pair alone is worth net of resources, at its best hours."""
    gain, setup = priced.gain[own], priced.setup[own]
    least, most = problem.min_hours[own], problem.max_hours[own]
    needed = problem.days_needed[problem.contractor[own]]
    covering = np.maximum(least, -(-np.maximum(needed, 0) // problem.days[own]))
    can_cover = (needed > 0) & (covering <= most)
    plain = np.where(gain > 0, gain * most, gain * least)
    bonus = float(priced.prices.tiers[Tier.COVERAGE])
    full = np.where(gain > 0, gain * most, gain * covering) + bonus
    worth: FloatArray = np.where(can_cover, np.maximum(plain, full), plain) - setup
    return worth
