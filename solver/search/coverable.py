"""How many contractors could be covered if nobody stood in their way."""

from __future__ import annotations

import numpy as np

from solver.model.open_problem import OpenProblem


def count_coverable(problem: OpenProblem) -> int:
    """Return how many contractors could be covered if nobody else were there."""
    earned = problem.days * problem.max_hours
    order = np.lexsort((-earned, problem.contractor))
    rank = np.arange(problem.num_pairs) - problem.start[problem.contractor]
    taken = rank < problem.projects_left[problem.contractor]
    most = np.zeros(len(problem.projects_left), dtype=np.int64)
    np.add.at(most, problem.contractor, np.where(taken, earned[order], 0))
    return int(((problem.days_needed > 0) & (most >= problem.days_needed)).sum())
