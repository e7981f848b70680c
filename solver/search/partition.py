"""Cuts a problem into parts that share no contractor and no project.

Letters: C contractors, P projects, U pairs of the open problem.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem
from solver.policy import Tier
from solver.search.scoring import find_covered

_ROWS = 10_000


class Partitioner:
    """Grows groups of projects that share many contractors, by luck."""

    def __init__(self, problem: OpenProblem, random: np.random.Generator) -> None:
        self._problem, self._random = problem, random

    @cached_property
    def _ties(self) -> npt.NDArray[np.float32]:
        """float32[P, P]: how many contractors could work on both projects."""
        problem = self._problem
        ties = np.zeros((len(problem.seats),) * 2, dtype=np.float32)
        num_contractors = len(problem.projects_left)
        for first in range(0, num_contractors, _ROWS):
            last = min(first + _ROWS, num_contractors)
            own = slice(int(problem.start[first]), int(problem.start[last]))
            eligible = np.zeros((_ROWS, len(problem.seats)), dtype=np.float32)
            eligible[problem.contractor[own] - first, problem.project[own]] = 1
            ties += eligible.T @ eligible
        np.fill_diagonal(ties, 0)
        return ties

    @cached_property
    def _num_pairs(self) -> IntArray:
        """int64[P]"""
        return np.bincount(self._problem.project, minlength=len(self._problem.seats))

    def cut(self, size: float, hours: IntArray, tier: Tier) -> list[BoolArray]:
        """Return bool[U] masks of about `size` pairs on the projects of each, in random order.

        A contractor belongs to the part in which the projects of `hours`, int64[U], lie; those
        without any join that of one of their pairs, by luck, and those who work across
        parts belong to none.
        """
        problem = self._problem
        part = self._cut_projects(size, hours, tier)
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
            own[members] = own[members[0]] if len(set(own[members].tolist())) == 1 else -1
        inside = part[problem.project] == own[problem.contractor]
        order = self._random.permutation(count)
        return [inside & (own[problem.contractor] == number) for number in order.tolist()]

    def _cut_projects(self, size: float, hours: IntArray, tier: Tier) -> IntArray:
        """int64[P]: the part of each project; all of them belong to one."""
        part = np.zeros(len(self._problem.seats), dtype=np.int64)
        still_open = self._num_pairs > 0
        number = 0
        while still_open.any():
            grown = self.grow(self.choose_seed(still_open, hours, tier), still_open, size)
            part[grown] = number
            still_open &= ~grown
            number += 1
        return part

    def choose_disjoint(
        self, count: int, size: float, hours: IntArray, tier: Tier
    ) -> list[BoolArray]:
        """Return up to `count` bool[U] masks of pairs that share no contractor and no project."""
        problem = self._problem
        open_projects = self._num_pairs > 0
        open_contractors = np.ones(len(problem.projects_left), dtype=np.bool_)
        chosen = []
        for _ in range(count):
            if not open_projects.any():
                break
            seed = self.choose_seed(open_projects, hours, tier)
            projects = self.grow(seed, open_projects, size)
            free = projects[problem.project] & open_contractors[problem.contractor]
            chosen.append(free)
            open_projects &= ~projects
            open_contractors[problem.contractor[free]] = False
            # A team moves within one neighbourhood or not at all.
            for members in map(list, problem.team_members):
                open_contractors[members] &= open_contractors[members].all()
        return chosen

    def choose_seed(self, open_projects: BoolArray, hours: IntArray, tier: Tier) -> int:
        """Return a project to start from; for coverage one that uncovered people could join."""
        weight = open_projects.astype(np.float64)
        if tier is Tier.COVERAGE:
            problem = self._problem
            missing = ~find_covered(problem, hours) & (problem.days_needed > 0)
            wanted = np.bincount(
                problem.project[missing[problem.contractor]], minlength=len(weight)
            )
            weight *= wanted + 0.01
        return int(self._random.choice(len(weight), p=weight / weight.sum()))

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
