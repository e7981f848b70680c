"""The project sets that prices recommend: those that miss little to their contractor's best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.instance import BoolArray, IntArray
from solver.model.project_sets import ProjectSets, Worth, choose_hours


@dataclass(frozen=True, eq=False)
class NetWorth:
    """What pairs are worth at some prices: an hour, taking it at all, and covering."""

    gain: Worth
    setup: Worth
    bonus: float

    def select(self, pairs: IntArray) -> NetWorth:
        """Return the worth of some pairs."""
        return NetWorth(self.gain[pairs], self.setup[pairs], self.bonus)


def select_near(
    groups: list[ProjectSets], worth: NetWorth, hours: IntArray, most: int
) -> list[ProjectSets]:
    """Return about `most` of the sets: the nearest ones, and those that `hours` uses.

    hours  int64[U], a plan that must stay possible
    """
    problem = groups[0].problem
    values = [choose_hours(sets, worth.gain, worth.setup, worth.bonus).value for sets in groups]
    best = np.zeros(len(problem.projects_left))
    for sets, value in zip(groups, values, strict=True):
        np.maximum.at(best, sets.contractor, value)
    missing = [best[sets.contractor] - value for sets, value in zip(groups, values, strict=True)]
    every = np.concatenate(missing)
    limit = np.partition(every, most)[most] if most < len(every) else np.inf
    return [
        sets.select((lack <= limit) | is_used(sets, hours))
        for sets, lack in zip(groups, missing, strict=True)
    ]


def is_used(sets: ProjectSets, hours: IntArray) -> BoolArray:
    """bool[N]: whether the plan uses exactly the projects of the set."""
    problem = sets.problem
    taken = np.bincount(problem.contractor[hours > 0], minlength=len(problem.projects_left))
    complete = taken[sets.contractor] == sets.members.shape[1]
    used: BoolArray = np.all(hours[sets.members] > 0, axis=1) & complete
    return used
