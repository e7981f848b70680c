"""From prices to a plan: everybody takes the best bundle, in turn, while it fits.

Whoever finds no room chooses again from what is left, at prices adapted to it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem, reserve, select_pairs
from solver.search.ascent import Ascent, Goal, raise_prices
from solver.search.choice import Choice
from solver.search.ledger import Ledger
from solver.search.listing import list_corners
from solver.search.prices import Prices, Resources

FloatArray = npt.NDArray[np.float64]

_ROUNDS = 12
_STEPS = 15
_FIRST_STEP = 0.1


def round_choice(
    problem: OpenProblem, goal: Goal, ascent: Ascent, should_stop: Callable[[], bool]
) -> IntArray:
    """Return int64[U], hours a week on each pair of a plan near the ascent's choice."""
    taken = _take_choice(problem, ascent.choice)
    return round_rest(problem, goal, ascent.prices, taken, should_stop)


def round_rest(
    problem: OpenProblem,
    goal: Goal,
    prices: Prices,
    hours: IntArray,
    should_stop: Callable[[], bool],
) -> IntArray:
    """Return `hours`, int64[U], and bundles for those who have none yet."""
    hours = hours.copy()
    left, pairs, taken = problem, np.arange(problem.num_pairs), hours
    for _ in range(_ROUNDS):
        served = np.zeros(len(left.projects_left), dtype=np.bool_)
        served[left.contractor[taken > 0]] = True
        left, kept = reserve(left, taken, ~served[left.contractor])
        pairs = pairs[kept]
        if not left.num_pairs or not served.any() or should_stop():
            break
        ascent = raise_prices(
            Resources(left),
            list_corners(left),
            goal,
            prices,
            steps=_STEPS,
            first_step=_FIRST_STEP,
        )
        prices = ascent.prices
        taken = _take_choice(left, ascent.choice)
        hours[pairs] = taken
    return hours


def take_in_turn(
    problem: OpenProblem, wanted: IntArray, urgency: FloatArray | None = None
) -> IntArray:
    """Return int64[U]: the bundles of `wanted`, int64[U], that fit one after the other.

    urgency  float64[C], the highest goes first; None: in the order of the contractors
    """
    used = np.flatnonzero(wanted)
    known = select_pairs(problem, used)
    ledger = Ledger(known)
    place, hours = np.arange(len(used)), wanted[used]
    if urgency is not None:
        place = np.lexsort((place, known.contractor, -urgency[known.contractor]))
    ends = np.flatnonzero(np.diff(known.contractor[place], append=-1)) + 1
    places, worked = place.tolist(), hours[place].tolist()
    start = 0
    for end in ends.tolist():
        ledger.add_bundle(places[start:end], worked[start:end])
        start = end
    plan = np.zeros(problem.num_pairs, dtype=np.int64)
    plan[used] = ledger.get_plan()
    return plan


def _take_choice(problem: OpenProblem, choice: Choice) -> IntArray:
    """Return int64[U]: the bundles that fit, those with the most to lose first."""
    wanted = np.zeros(problem.num_pairs, dtype=np.int64)
    wanted[choice.pair] = choice.hours
    return take_in_turn(problem, wanted, choice.net_worth)
