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
from solver.search.partition import Part, Partitioner
from solver.search.scoring import score

_FIRST_PARTS, _FIRST_PART = 3.0, 20_000
"""Parts that the projects are cut into at first, and the most pairs of one at first."""
_SMALLEST_PART, _LARGEST_PART = 500, 60_000
"""Fewest and most pairs of a part."""
_ROUNDS, _PART_OF_CUT = 4, 4
"""Parts of one cut that each worker takes in turn, at least; of very many, one in so many."""
_NEAR_SETS = 10
"""Project sets that a neighbourhood lists besides those of the plan and the guide."""
_PREMIUMS = {Tier.COVERAGE: (0.01, 0.2), Tier.HOURS: (0.002, 0.05), Tier.FIT: (0.002, 0.05)}
"""Range of what keeping a bundle is worth to the guide, in units of a contractor's worth."""
_SECONDS, _WORK = 0.2, 0.1
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
        guide: Guide,
        *,
        clock: Clock,
    ) -> None:
        self._problem, self._goal, self._worth, self._clock = problem, goal, worth, clock
        self._guide = guide
        self.hours = hours
        self._random = np.random.default_rng(clock.limits.seed)
        self._partitioner = Partitioner(problem, self._random)
        self._size = min(problem.num_pairs / _FIRST_PARTS, _FIRST_PART)

    def run(self, share: float, is_done: Callable[[], bool]) -> None:
        """Improve until a share of the time is used or `is_done`."""
        workers = self._clock.limits.workers
        number = 0
        with ThreadPoolExecutor(workers) as executor:
            while not self._clock.is_over(share):
                if is_done():
                    return
                parts = self._cut()
                parts = parts[: max(_ROUNDS * workers, len(parts) // _PART_OF_CUT)]
                if not parts:
                    # Everybody works across the parts: only larger ones can hold somebody.
                    if self._size >= _LARGEST_PART:
                        return
                    self._size = min(2 * self._size, _LARGEST_PART)
                    continue
                solve = self._build_solve(share, len(parts))
                seeds = range(number, number + len(parts))
                self._adopt(parts, list(executor.map(solve, parts, seeds)))
                number += len(parts)

    def _cut(self) -> list[Part]:
        leading = Tier.COVERAGE if Tier.COVERAGE in self._goal.weights else self._goal.tier
        size = self._size * self._random.uniform(0.7, 1.4)
        return self._partitioner.cut(size, self.hours, leading)

    def _build_solve(self, share: float, count: int) -> Callable[[Part, int], Result]:
        """Return what improves one of `count` parts, given a seed."""
        slack = self._get_slack(count)
        reach = self._random.uniform(*np.log(_PREMIUMS[self._goal.tier]))
        guide = replace(self._guide, premium=self._guide.premium * float(np.exp(reach)))

        def solve(part: Part, seed: int) -> Result:
            if self._clock.is_over(share):
                return Result(None, np.zeros(0, dtype=np.int64), proved=False, work=0.0)
            task = Task(
                goal=self._goal,
                free=np.ones(len(part.pairs), dtype=np.bool_),
                slack=slack,
                worth=self._worth.select(part.pairs),
                most_sets=_NEAR_SETS,
                limits=self._get_limits(share, seed),
                guide=guide.select(part.problem, part.pairs),
            )
            hours = self.hours[part.pairs]
            return solve_neighbourhood(
                part.problem, hours, task, should_stop=self._clock.should_stop
            )

        return solve

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

    def _adopt(self, parts: list[Part], results: list[Result]) -> None:
        """Take over what is better; the neighbourhoods share no contractor and no project."""
        self.hours = self.hours.copy()
        for part, result in zip(parts, results, strict=True):
            self._clock.add_work(result.work + _OVERHEAD)
            if result.hours is not None:
                self.hours[part.pairs[result.pairs]] = result.hours
        proved = [result.proved for result in results]
        if all(proved):
            self._size *= _GROWTH
        elif not any(proved):
            self._size /= _GROWTH
        self._size = min(max(self._size, _SMALLEST_PART), _LARGEST_PART)
