"""Cuts a problem into parts that share no contractor and no project.

Letters: C contractors, P projects, U pairs of the open problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem, reserve, select_pairs
from solver.policy import Tier
from solver.search.scoring import find_covered

FloatArray = npt.NDArray[np.float64]

_MOST_ASKED = 20_000
"""Contractors whose projects say which projects belong together."""


@dataclass(frozen=True, eq=False)
class Part:
    """Some projects and the people who work on no others, with what the rest leaves for them.

    pairs  which pair of the whole problem each pair is
    """

    problem: OpenProblem
    pairs: IntArray


class Partitioner:
    """Grows groups of projects that share many contractors, by luck."""

    def __init__(self, problem: OpenProblem, random: np.random.Generator) -> None:
        self._problem, self._random = problem, random

    @cached_property
    def _ties(self) -> npt.NDArray[np.float32]:
        """float32[P, P]: how many of some contractors could work on both projects."""
        problem = self._problem
        every = -(-len(problem.projects_left) // _MOST_ASKED)
        asked = np.flatnonzero(problem.contractor % every == 0)
        row = problem.contractor[asked] // every
        eligible = np.zeros((int(row.max(initial=0)) + 1, len(problem.seats)), dtype=np.float32)
        eligible[row, problem.project[asked]] = 1
        ties: npt.NDArray[np.float32] = eligible.T @ eligible
        np.fill_diagonal(ties, 0)
        return ties

    @cached_property
    def _num_pairs(self) -> IntArray:
        """int64[P]"""
        return np.bincount(self._problem.project, minlength=len(self._problem.seats))

    def cut(self, size: float, hours: IntArray, tier: Tier) -> list[Part]:
        """Return parts of about `size` pairs on the projects of each, in random order.

        A contractor belongs to the part in which the projects of `hours`, int64[U], lie; those
        without any join that of one of their pairs, by luck, and those who work across
        parts belong to none.
        """
        problem = self._problem
        part = self._cut_projects(size, self._find_attraction(hours, tier))
        count = int(part.max()) + 1
        used = np.flatnonzero(hours)
        first = np.full(len(problem.projects_left), count)
        last = np.full(len(problem.projects_left), -1)
        np.minimum.at(first, problem.contractor[used], part[problem.project[used]])
        np.maximum.at(last, problem.contractor[used], part[problem.project[used]])
        num_pairs = np.diff(problem.start)
        any_pair = problem.start[:-1] + (self._random.random(len(first)) * num_pairs).astype(
            np.int64
        )
        any_pair = np.minimum(any_pair, problem.num_pairs - 1)
        wished = part[problem.project[any_pair]]
        own = np.where(last < 0, wished, np.where(first == last, first, -1))
        for members in map(list, problem.team_members):
            # A team moves within one part or not at all; who has no work goes along.
            busy = [member for member in members if last[member] >= 0]
            able = [member for member in members if num_pairs[member]]
            labels = set(own[busy or able[:1]].tolist())
            own[members] = labels.pop() if len(labels) == 1 else -1
        inside = part[problem.project] == own[problem.contractor]
        # Parts share nothing, so what the others leave is the same for all of them.
        left, pairs = reserve(problem, hours, inside)
        label = own[left.contractor]
        order = self._random.permutation(count)
        return [
            Part(select_pairs(left, chosen), pairs[chosen])
            for chosen in (np.flatnonzero(label == number) for number in order.tolist())
            if len(chosen)
        ]

    def _cut_projects(self, size: float, attraction: FloatArray) -> IntArray:
        """int64[P]: the part of each project; all of them belong to one."""
        part = np.zeros(len(attraction), dtype=np.int64)
        still_open = self._num_pairs > 0
        number = 0
        while still_open.any():
            weight = attraction * still_open
            seed = int(self._random.choice(len(weight), p=weight / weight.sum()))
            grown = self.grow(seed, still_open, size)
            part[grown] = number
            still_open &= ~grown
            number += 1
        return part

    def _find_attraction(self, hours: IntArray, tier: Tier) -> FloatArray:
        """float64[P]: how gladly a part starts; for coverage where uncovered people could join."""
        attraction = np.ones(len(self._problem.seats), dtype=np.float64)
        if tier is Tier.COVERAGE:
            problem = self._problem
            missing = ~find_covered(problem, hours) & (problem.days_needed > 0)
            wanted = problem.project[missing[problem.contractor]]
            attraction += np.bincount(wanted, minlength=len(attraction)) - 0.99
        return attraction

    def grow(self, seed: int, open_projects: BoolArray, size: float) -> BoolArray:
        """bool[P]: the seed and the projects tied to it most, with some luck."""
        chosen = np.zeros(len(open_projects), dtype=np.bool_)
        chosen[seed] = True
        total, tie = self._num_pairs[seed], np.zeros(len(open_projects))
        latest = seed
        while total < size:
            tie += self._ties[latest] * self._random.random(len(tie))
            tie[chosen | ~open_projects] = 0
            latest = int(tie.argmax())
            if tie[latest] <= 0:
                break
            chosen[latest] = True
            total += self._num_pairs[latest]
        return chosen
