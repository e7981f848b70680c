"""In which way a project set is used: to cover its contractor, or in any hours.

A model that lets a set decide whether it covers has a weak relaxation: half the hours
count for half a person. Told apart, the ways are two choices of the contractor, and
each is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem
from solver.model.project_sets import Bundles, ProjectSets, Worth, choose_hours


class Coverage(Enum):
    """What coverage is to a goal: all that counts, one thing that counts, or nothing."""

    ALONE = "alone"
    COUNTED = "counted"
    IGNORED = "ignored"


class Use(Enum):
    """Which hours a set may have: those that cover, no more than that takes, or any.

    Where coverage counts, FREE sets do not count as covering, whatever their hours are:
    whoever is covered uses the set to cover.
    """

    COVER = "cover"
    JUST_COVER = "just cover"
    FREE = "free"


@dataclass(frozen=True, eq=False)
class UsedSets:
    """Project sets that are all used in one way."""

    sets: ProjectSets
    use: Use

    def __len__(self) -> int:
        return len(self.sets)

    @property
    def covers(self) -> bool:
        """Whether the sets cover their contractors."""
        return self.use is not Use.FREE

    def select(self, kept: BoolArray | IntArray) -> UsedSets:
        """Return the sets of a mask or of rising indices."""
        return UsedSets(self.sets.select(kept), self.use)

    def choose_hours(
        self, gain: Worth, setup: Worth, bonus: int | float, *, relaxed: bool = False
    ) -> Bundles:
        """Return the best bundle of each set in this use (see `project_sets`)."""
        return choose_hours(self.sets, gain, setup, bonus, covering=self.covers, relaxed=relaxed)


def split_by_use(groups: Iterable[ProjectSets], coverage: Coverage) -> Iterator[UsedSets]:
    """Yield the sets in every use that may matter."""
    for sets in groups:
        if coverage is Coverage.IGNORED:
            yield UsedSets(sets, Use.FREE)
            continue
        able, certain = _find_covering(sets)
        if coverage is Coverage.ALONE:
            yield UsedSets(sets.select(able), Use.JUST_COVER)
        else:
            yield UsedSets(sets.select(able), Use.COVER)
            yield UsedSets(sets.select(~certain), Use.FREE)


def find_used(group: UsedSets, hours: IntArray, covered: BoolArray, *, counted: bool) -> BoolArray:
    """bool[N]: the sets that a plan uses, in the way it uses them.

    hours    int64[U], the plan; covered  bool[C], whom it covers
    counted  whether coverage counts at all
    """
    sets = group.sets
    problem = sets.problem
    taken = np.bincount(problem.contractor[hours > 0], minlength=len(problem.projects_left))
    used: BoolArray = np.all(hours[sets.members] > 0, axis=1)
    used &= taken[sets.contractor] == sets.members.shape[1]
    if counted:
        used &= covered[sets.contractor] == group.covers
    return used


def _find_covering(sets: ProjectSets) -> tuple[BoolArray, BoolArray]:
    """bool[N] twice: sets that can cover their contractor, and those that do at least hours."""
    problem: OpenProblem = sets.problem
    needed = problem.days_needed[sets.contractor]
    days = problem.days[sets.members]
    most = (days * problem.max_hours[sets.members]).sum(axis=1)
    least = (days * problem.min_hours[sets.members]).sum(axis=1)
    missing = needed > 0
    return missing & (most >= needed), missing & (least >= needed)
