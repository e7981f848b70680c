"""The improvement loop: neighbourhoods one after the other, one for each worker at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import numpy as np
import numpy.typing as npt

from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.clock import Clock
from solver.search.cp_run import RunLimits
from solver.search.near_sets import NetWorth
from solver.search.neighbourhood import Result, Task, solve_neighbourhood
from solver.search.scoring import find_covered, score

_FIRST_SIZE, _SMALLEST, _LARGEST = 400, 60, 6_000
"""Pairs on the projects of a neighbourhood."""
_SETS_PER_PAIR = 1.0
_SECONDS, _WORK = 3.0, 0.5
_GROWTH = 1.15
_ROWS = 10_000
_OVERHEAD = 0.02
"""Work booked for building a neighbourhood."""


class Improver:
    """Improves one goal from a plan on; keeps the size that neighbourhoods can have.

    hours  int64[U], the best plan so far
    """

    def __init__(
        self, problem: OpenProblem, goal: Goal, hours: IntArray, worth: NetWorth, clock: Clock
    ) -> None:
        self._problem, self._goal, self._worth, self._clock = problem, goal, worth, clock
        self.hours = hours
        self._size = float(_FIRST_SIZE)
        self._random = np.random.default_rng(clock.limits.seed)

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

    def run(self, share: float, is_done: Callable[[int], bool]) -> None:
        """Improve until a share of the time is used or `is_done` of the goal's value."""
        workers = self._clock.limits.workers
        number = 0
        with ThreadPoolExecutor(workers) as executor:
            while not self._clock.is_over(share):
                if is_done(score(self._problem, self.hours)[self._goal.tier]):
                    return
                masks = self._choose_disjoint(workers)
                slack = self._get_slack(len(masks))
                tasks = [
                    Task(
                        goal=self._goal,
                        free=free,
                        slack=slack,
                        worth=self._worth,
                        most_sets=round(self._size * _SETS_PER_PAIR),
                        limits=self._get_limits(share, number + worker),
                    )
                    for worker, free in enumerate(masks)
                ]
                number += len(tasks)
                self._adopt(list(executor.map(self._solve, tasks)))

    def _get_slack(self, count: int) -> dict[Tier, int]:
        """Return by how much each of `count` neighbourhoods may lower the tiers with floors."""
        values = score(self._problem, self.hours)
        return {
            tier: max(0, values[tier] - floor) // count for tier, floor in self._goal.floors.items()
        }

    def _get_limits(self, share: float, number: int) -> RunLimits:
        clock = self._clock
        seconds = max(0.1, min(_SECONDS, clock.get_seconds_left(share)))
        if clock.counts_work:
            seconds = max(0.1, clock.get_seconds_left(1.0))
        return RunLimits(
            seconds=seconds,
            work=_WORK if clock.counts_work else None,
            seed=clock.limits.seed + number,
        )

    def _solve(self, task: Task) -> Result:
        return solve_neighbourhood(
            self._problem, self.hours, task, should_stop=self._clock.should_stop
        )

    def _adopt(self, results: list[Result]) -> None:
        """Take over what is better; the neighbourhoods share no contractor and no project."""
        self.hours = self.hours.copy()
        for result in results:
            self._clock.add_work(result.work + _OVERHEAD)
            if result.hours is not None:
                self.hours[result.pairs] = result.hours
        grown = all(result.proved for result in results)
        self._size *= _GROWTH if grown else 1 / _GROWTH
        self._size = min(max(self._size, _SMALLEST), _LARGEST)

    def _choose_disjoint(self, count: int) -> list[BoolArray]:
        """Return bool[U] masks of pairs that share no contractor and no project."""
        problem = self._problem
        open_projects = np.bincount(problem.project, minlength=len(problem.seats)) > 0
        open_contractors = np.ones(len(problem.projects_left), dtype=np.bool_)
        chosen = []
        for _ in range(count):
            if not open_projects.any():
                break
            projects = self._grow(self._choose_seed(open_projects), open_projects)
            free = projects[problem.project] & open_contractors[problem.contractor]
            chosen.append(free)
            open_projects &= ~projects
            open_contractors[problem.contractor[free]] = False
            self._close_teams(open_contractors)
        return chosen

    def _close_teams(self, open_contractors: BoolArray) -> None:
        """Close whole teams: a team moves within one neighbourhood or not at all."""
        for members in map(list, self._problem.team_members):
            open_contractors[members] &= open_contractors[members].all()

    def _choose_seed(self, open_projects: BoolArray) -> int:
        """Return a project to start from; for coverage one that uncovered people could join."""
        weight = open_projects.astype(np.float64)
        if self._goal.tier is Tier.COVERAGE:
            problem = self._problem
            missing = ~find_covered(problem, self.hours) & (problem.days_needed > 0)
            wanted = np.bincount(
                problem.project[missing[problem.contractor]], minlength=len(weight)
            )
            weight *= wanted + 0.01
        return int(self._random.choice(len(weight), p=weight / weight.sum()))

    def _grow(self, seed: int, open_projects: BoolArray) -> BoolArray:
        """bool[P]: the seed and the projects tied to it most, with some luck."""
        size = np.bincount(self._problem.project, minlength=len(open_projects))
        chosen = np.zeros(len(open_projects), dtype=np.bool_)
        chosen[seed] = True
        total, tie = size[seed], np.zeros(len(open_projects))
        latest = seed
        while total < self._size:
            tie += self._ties[latest] * self._random.random(len(tie))
            tie[chosen | ~open_projects] = 0
            latest = int(tie.argmax())
            if tie[latest] <= 0:
                break
            chosen[latest] = True
            total += size[latest]
        return chosen
