"""Which pairs of a contractor prices recommend, where there are too many to look at each."""

from __future__ import annotations

import numpy as np

from solver.instance import Instance, IntArray
from solver.model.open_problem import OpenProblem
from solver.model.project_sets import Worth
from solver.search.prices import Prices, Resources


def find_likely(problem: OpenProblem, prices: Prices, most: int) -> IntArray:
    """Return the pairs, rising, that are among the best `most` of their contractor at prices."""
    resources = Resources(problem)
    return find_best(problem, resources.get_gain(prices), resources.get_setup(prices), most)


def find_best(problem: OpenProblem, gain: Worth, setup: Worth, most: int) -> IntArray:
    """Return the pairs, rising, that are among the best `most` of their contractor.

    gain, setup  [U], what an hour is worth, and what taking the pair costs
    """
    alone = np.maximum(gain * problem.max_hours, gain * problem.min_hours) - setup
    order = np.lexsort((-alone, problem.contractor))
    rank = np.arange(problem.num_pairs) - problem.start[problem.contractor]
    return np.sort(order[rank < most])


def find_pinned(instance: Instance) -> IntArray:
    """Return the rows of the pairs that are pinned, rising."""
    return np.sort(instance.find_rows(instance.pins[:, 0], instance.pins[:, 1]))
