"""From prices to a plan: everybody takes the best bundle, in turn, while it fits.

Whoever finds no room chooses again from what is left, at prices adapted to it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem, reserve
from solver.search.ascent import Ascent, Goal, raise_prices
from solver.search.choice import Choice
from solver.search.ledger import Ledger
from solver.search.listing import list_corners
from solver.search.prices import Resources

_ROUNDS = 12
_STEPS = 15
_FIRST_STEP = 0.3


def round_choice(
    problem: OpenProblem, goal: Goal, ascent: Ascent, should_stop: Callable[[], bool]
) -> IntArray:
    """Return int64[U], hours a week on each pair of a plan near the ascent's choice."""
    hours = np.zeros(problem.num_pairs, dtype=np.int64)
    left, pairs = problem, np.arange(problem.num_pairs)
    for _ in range(_ROUNDS):
        taken = _take_in_turn(left, ascent.choice)
        hours[pairs] = taken
        served = np.zeros(len(left.projects_left), dtype=np.bool_)
        served[left.contractor[taken > 0]] = True
        left, kept = reserve(left, taken, ~served[left.contractor])
        pairs = pairs[kept]
        if not left.num_pairs or not served.any() or should_stop():
            break
        corners = list_corners(left)
        ascent = raise_prices(
            Resources(left), corners, goal, ascent.prices, steps=_STEPS, first_step=_FIRST_STEP
        )
    return hours


def _take_in_turn(problem: OpenProblem, choice: Choice) -> IntArray:
    """Return int64[U]: the bundles that fit, those with the most to lose first."""
    ledger = Ledger(problem)
    contractor = problem.contractor[choice.pair]
    order = np.lexsort((choice.pair, contractor, -choice.net_worth[contractor]))
    ends = np.flatnonzero(np.diff(contractor[order], append=-1)) + 1
    pairs, hours = choice.pair[order].tolist(), choice.hours[order].tolist()
    start = 0
    for end in ends.tolist():
        ledger.add_bundle(pairs[start:end], hours[start:end])
        start = end
    return ledger.get_plan()
