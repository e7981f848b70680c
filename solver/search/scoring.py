"""What a plan scores on the tiers, in the terms of an open problem."""

from __future__ import annotations

import numpy as np

from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem
from solver.policy import Tier


def find_covered(problem: OpenProblem, hours: IntArray) -> BoolArray:
    """bool[C]: contractors whom `hours` cover and who were not covered before."""
    earned = np.zeros(len(problem.days_needed), dtype=np.int64)
    np.add.at(earned, problem.contractor, problem.days * hours)
    covered: BoolArray = (problem.days_needed > 0) & (earned >= problem.days_needed)
    return covered


def score(problem: OpenProblem, hours: IntArray) -> dict[Tier, int]:
    """Return the tiers of `hours`, int64[U], without what pins bring."""
    switches = int(problem.switch_cost[hours > 0].sum())
    fit = int((hours * problem.fit_gain).sum())
    return {
        Tier.COVERAGE: int(find_covered(problem, hours).sum()),
        Tier.HOURS: int((hours * problem.hours_gain).sum()),
        Tier.FIT: fit - switches,
    }
