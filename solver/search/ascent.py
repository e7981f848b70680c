"""Price ascent: finds prices whose bound is close to the best there is.

A subgradient method with a step of its own for every price: where the contractors'
best bundles want more than there is, the price rises; where they want less, it
falls. Moves are averaged over the last steps and measured by their usual size
(Adam: Kingma and Ba 2015), and all steps shrink geometrically.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from solver.model.open_problem import OpenProblem
from solver.policy import Tier
from solver.search.choice import Choice, choose_bundles
from solver.search.corners import Corners
from solver.search.prices import Prices, Resources

FloatArray = npt.NDArray[np.float64]

FIRST_STEP, LAST_STEP = 1.5, 0.005
"""Longest move of a price in one step, in units of its typical size."""
_MEMORY = 0.9


_FLOOR_UNIT = 0.01


@dataclass(frozen=True, eq=False)
class Goal:
    """A tier to raise while others keep what they reached.

    floors  least value of each tier that was solved before, net of what the pins bring
    extras  worth of a unit of other tiers besides: with them, bounds and prices are those
            of the weighted sum and only guide the search
    """

    tier: Tier
    floors: dict[Tier, int]
    extras: dict[Tier, int] = field(default_factory=dict)

    @property
    def weights(self) -> dict[Tier, int]:
        """What a unit of each tier is worth to the goal."""
        return {self.tier: 1, **self.extras}

    def weigh(self, values: Mapping[Tier, int]) -> int:
        """Return what a plan with these tiers is worth to the goal."""
        return sum(weight * values[tier] for tier, weight in self.weights.items())

    @property
    def is_coverage_alone(self) -> bool:
        """Whether nothing but coverage counts, so that work that covers nobody can be left out."""
        return self.tier is Tier.COVERAGE and not self.floors and not self.extras


@dataclass(frozen=True, eq=False)
class Ascent:
    """The best prices found, their bound by the sets looked at, and the choice there."""

    prices: Prices
    bound: float
    choice: Choice


class _Coordinates:
    """One array of prices and how it moves."""

    def __init__(self, price: FloatArray, unit: FloatArray | float) -> None:
        self.price = price
        self._unit = unit
        self._mean = np.zeros_like(price)
        self._square = np.zeros_like(price)
        self._step = 0

    def move(self, pull: FloatArray, length: float) -> None:
        """Move by `pull`, the demand above the limit."""
        self._step += 1
        self._mean = _MEMORY * self._mean + (1 - _MEMORY) * pull
        self._square = _MEMORY * self._square + (1 - _MEMORY) * pull * pull
        # Both averages start at zero and share one memory, so one correction serves both.
        correction = np.sqrt(1 - _MEMORY**self._step)
        usual = np.sqrt(self._square) * correction
        stride = np.divide(self._mean, usual, out=np.zeros_like(pull), where=usual > 0)
        self.price = np.maximum(0.0, self.price + length * self._unit * stride)


def raise_prices(
    resources: Resources,
    groups: tuple[Corners, ...],
    goal: Goal,
    start: Prices,
    *,
    steps: int,
    first_step: float = FIRST_STEP,
    last_step: float = LAST_STEP,
    should_stop: Callable[[], bool] = lambda: False,
) -> Ascent:
    """Return the prices of the lowest bound seen in `steps` steps from `start`."""
    problem, start = resources.problem, resources.drop_idle(start)
    hour_unit, seat_unit, budget_unit = _find_units(problem, start.tiers)
    hour_days = _Coordinates(start.hour_days, hour_unit)
    seats = _Coordinates(start.seats, seat_unit)
    budget = _Coordinates(start.budget, budget_unit)
    floors = {
        tier: _Coordinates(
            np.array([float(start.tiers[tier])]), _FLOOR_UNIT * float(start.tiers[tier])
        )
        for tier in goal.floors
    }
    best: Ascent | None = None
    for step in range(steps):
        tiers = dict.fromkeys(Tier, 0.0) | goal.weights
        tiers |= {tier: float(floor.price[0]) for tier, floor in floors.items()}
        prices = Prices(hour_days.price, seats.price, budget.price, tiers)
        choice = choose_bundles(resources, groups, prices)
        bound = get_bound(resources, prices, goal, choice)
        if best is None or bound < best.bound:
            best = Ascent(prices, bound, choice)
        if should_stop():
            break
        length = first_step * (last_step / first_step) ** (step / steps)
        usage = resources.get_usage(choice.pair, choice.hours, int(choice.covered.sum()))
        hour_days.move(
            np.where(resources.has_hour_days, usage.hour_days - problem.hour_days, 0.0), length
        )
        seats.move(np.where(resources.has_seats, usage.seats - problem.seats, 0.0), length)
        budget.move(
            np.where(resources.has_budget, usage.budget - problem.budget_cents, 0.0), length
        )
        for tier, floor in floors.items():
            floor.move(np.array([float(goal.floors[tier] - usage.tiers[tier])]), length)
    assert best is not None
    return best


def get_bound(resources: Resources, prices: Prices, goal: Goal, choice: Choice) -> float:
    """Return the Lagrange bound on the goal's tier, as far as the choice's sets reach."""
    floors = sum(prices.tiers[tier] * floor for tier, floor in goal.floors.items())
    return float(resources.get_charge(prices) + choice.net_worth.sum() - floors)


def _find_units(
    problem: OpenProblem, tiers: dict[Tier, float] | dict[Tier, int]
) -> tuple[float, float, float]:
    """Return typical prices of an hour-day in one week, of a seat and of a cent."""
    if not problem.num_pairs:
        return 0.0, 0.0, 0.0
    needed = np.maximum(problem.days_needed, 1)[problem.contractor]
    covering = tiers[Tier.COVERAGE] * problem.days / needed
    working = tiers[Tier.HOURS] * problem.hours_gain + tiers[Tier.FIT] * np.abs(problem.fit_gain)
    # A price that forces coverage says nothing of what resources are worth.
    worth = working + (np.minimum(covering, working) if working.any() else covering)
    per_cent = worth / np.maximum(problem.rate_cents, 1)
    return worth.mean() / 5, (worth * problem.min_hours).mean(), per_cent.mean()
