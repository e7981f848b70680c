"""The improvement loop: neighbourhoods one after the other, one for each worker at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.clock import Clock
from solver.search.cp_run import RunLimits
from solver.search.guide import Guide
from solver.search.near_sets import NetWorth
from solver.search.neighbourhood import Result, Task, solve_neighbourhood
from solver.search.partition import Partitioner
from solver.search.scoring import score

_FIRST_SIZE, _SMALLEST, _LARGEST = 400, 60, 6_000
"""Pairs on the projects of a neighbourhood without a guide, and project sets in its model."""
_FIRST_PARTS, _SMALLEST_PART, _LARGEST_PART = 3.0, 500, 60_000
"""Parts that a guide's projects are cut into at first; fewest and most pairs of one."""
_ROUNDS = 2
"""Parts of one cut that each worker takes in turn."""
_NEAR_SETS = 10
"""Project sets that a guided neighbourhood lists besides those of the plan and the guide."""
_PREMIUMS = {Tier.COVERAGE: (0.01, 0.2), Tier.HOURS: (0.002, 0.05), Tier.FIT: (0.002, 0.05)}
"""Range of what keeping a bundle is worth to the guide, in units of a contractor's worth."""
_SECONDS, _GUIDED_SECONDS, _WORK = 3.0, 1.0, 0.5
_GROWTH = 1.15
_OVERHEAD = 0.02
"""Work booked for building a neighbourhood."""


class Improver:
    """Improves one goal from a plan on; keeps the size that neighbourhoods can have.

    hours  int64[U], the best plan so far
    """

    def __init__(
        self,
        problem: OpenProblem,
        goal: Goal,
        hours: IntArray,
        worth: NetWorth,
        clock: Clock,
        *,
        guide: Guide | None = None,
    ) -> None:
        self._problem, self._goal, self._worth, self._clock = problem, goal, worth, clock
        self._guide = guide
        self.hours = hours
        self._random = np.random.default_rng(clock.limits.seed)
        self._partitioner = Partitioner(problem, self._random)
        if guide is None:
            self._size, self._sizes = float(_FIRST_SIZE), (_SMALLEST, _LARGEST)
        else:
            first = min(problem.num_pairs / _FIRST_PARTS, _LARGEST_PART)
            self._size, self._sizes = first, (_SMALLEST_PART, _LARGEST_PART)

    def run(self, share: float, is_done: Callable[[int], bool]) -> None:
        """Improve until a share of the time is used or `is_done` of the goal's value."""
        workers = self._clock.limits.workers
        number = 0
        with ThreadPoolExecutor(workers) as executor:
            while not self._clock.is_over(share):
                if is_done(score(self._problem, self.hours)[self._goal.tier]):
                    return
                tasks = self._build_tasks(workers, share, number)
                number += len(tasks)
                self._adopt(list(executor.map(lambda task: self._solve(task, share), tasks)))

    def _build_tasks(self, workers: int, share: float, number: int) -> list[Task]:
        tier, guide = self._goal.tier, self._guide
        if guide is None:
            masks = self._partitioner.choose_disjoint(workers, self._size, self.hours, tier)
        else:
            size = self._size * self._random.uniform(0.7, 1.4)
            masks = self._partitioner.cut(size, self.hours, tier)[: _ROUNDS * workers]
            reach = self._random.uniform(*np.log(_PREMIUMS[tier]))
            guide = replace(guide, premium=guide.premium * float(np.exp(reach)))
        slack = self._get_slack(len(masks))
        return [
            Task(
                goal=self._goal,
                free=free,
                slack=slack,
                worth=self._worth,
                most_sets=round(self._size) if guide is None else _NEAR_SETS,
                limits=self._get_limits(share, number + worker),
                guide=guide,
            )
            for worker, free in enumerate(masks)
        ]

    def _get_slack(self, count: int) -> dict[Tier, int]:
        """Return by how much each of `count` neighbourhoods may lower the tiers with floors."""
        values = score(self._problem, self.hours)
        return {
            tier: max(0, values[tier] - floor) // count for tier, floor in self._goal.floors.items()
        }

    def _get_limits(self, share: float, number: int) -> RunLimits:
        clock = self._clock
        most = _SECONDS if self._guide is None else _GUIDED_SECONDS
        seconds = max(0.1, min(most, clock.get_seconds_left(share)))
        if clock.counts_work:
            seconds = max(0.1, clock.get_seconds_left(1.0))
        return RunLimits(
            seconds=seconds,
            work=_WORK if clock.counts_work else None,
            seed=clock.limits.seed + number,
        )

    def _solve(self, task: Task, share: float) -> Result:
        if self._clock.is_over(share):
            return Result(None, np.zeros(0, dtype=np.int64), proved=False, work=0.0)
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
        proved = [result.proved for result in results]
        if all(proved):
            self._size *= _GROWTH
        elif self._guide is None or not any(proved):
            self._size /= _GROWTH
        smallest, largest = self._sizes
        self._size = min(max(self._size, smallest), largest)
