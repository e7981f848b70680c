"""Raises one tier after the other, from the plan that the last one left."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem, select_pairs
from solver.policy import Tier
from solver.search.ascent import Ascent, Goal
from solver.search.clock import Clock
from solver.search.core import Core, find_core, solve_core
from solver.search.dual_bound import Prover, build_prover, scale_prices
from solver.search.exact import Size, find_size, solve_whole
from solver.search.group_repair import repair
from solver.search.guide import Guide
from solver.search.improvement import Improver
from solver.search.ledger import build_greedy_plan
from solver.search.prices import Resources
from solver.search.pricing import FLAT, Pricer
from solver.search.progress import Report, TierProgress
from solver.search.rounding import round_choice
from solver.search.scoring import score
from solver.search.start import complete, fill
from solver.search.tightening import Tightened, build_joint_goal, get_prices_for, get_worth

_FIRST_CORE, _CORE_GROWTH = 600, 2
"""Project sets of the first core, and how many times larger the next one is."""
_IMPROVEMENT_PART = 0.1
"""Part of a small problem's time for neighbourhoods, before the cores."""
_JOINT = 2 / 3
"""Part of the other tiers' time that goes into coverage and the next tier together."""


NO_BOUND = 2**62


@dataclass(eq=False)
class TierSearch:
    """The state between tiers.

    problem, clock
    pinned  what the pins alone score, by tier
    prover  proves bounds, where the problem leaves pairs out
    hours   int64[U], the best plan so far
    """

    problem: OpenProblem
    clock: Clock
    pinned: dict[Tier, int]
    prover: Prover | None = None
    hours: IntArray = field(init=False)

    def __post_init__(self) -> None:
        self.hours = np.zeros(self.problem.num_pairs, dtype=np.int64)
        self._resources = Resources(self.problem)
        self._size = find_size(self.problem)
        self._prover = self.prover or build_prover(self._resources)
        self._pricer = Pricer(self.problem, self._resources, self.clock, self._size, self._prover)
        self._guide: Guide | None = None

    def raise_tier(
        self,
        goal: Goal,
        share: float,
        *,
        baseline: IntArray | None,
        report: Report,
        following: Tier | None,
    ) -> int:
        """Raise the goal's tier until a share of the time is used; return its bound.

        baseline   int64[U], an earlier plan, looked at for the first tier only
        following  the tier that comes next, if any
        """
        if not self.problem.num_pairs:
            return 0
        if self.clock.is_over(1.0):
            return self._close(goal, baseline, report)
        guiding, tightened = goal, None
        ascent = self._climb(goal, following, share)
        bound = self._prover.num_coverable if goal.tier is Tier.COVERAGE else NO_BOUND
        if ascent is not None:
            tightened = self._pricer.tighten(goal, share)
            bound = min(bound, tightened.bound)
        if following is not None and self._must_join(goal, tightened):
            guiding, tightened = build_joint_goal(self.problem, following), None
            share += _JOINT * (1 - share)
            ascent = self._pricer.climb(guiding, self._split(share, 0.5))
        assert ascent is not None
        progress = TierProgress(goal, bound, self.clock.limits.gap, self.pinned[goal.tier], report)
        assert self._pricer.prices is not None
        if goal.floors:
            self.hours = fill(self._resources, goal, self._pricer.prices, self.hours)
        else:
            self._adopt_best_start(
                progress, guiding, ascent, tightened=tightened, share=share, baseline=baseline
            )
        self._guide = self._pricer.build_guide(guiding)
        progress.tell(self._score(goal))
        if self._size is not Size.LARGE:
            self._solve_small(progress, share)
        else:
            self._improve(guiding, progress, share)
        return progress.bound

    def _close(self, goal: Goal, baseline: IntArray | None, report: Report) -> int:
        """Return a bound at once, for the plan as it is; without any, take the quickest one."""
        if not goal.floors:
            self.hours = repair(
                self.problem, build_greedy_plan(self.problem) if baseline is None else baseline
            )
        start = self._pricer.build_start(goal)
        if goal.floors:
            # Only where there is work already: the way through all pairs takes too long now.
            used = np.flatnonzero(self.hours)
            known = Resources(select_pairs(self.problem, used))
            self.hours[used] = fill(known, goal, start, self.hours[used])
        bound = self._prover.prove(self._resources, start, goal, lambda: True).bound
        if goal.tier is Tier.COVERAGE:
            bound = min(bound, self._prover.num_coverable)
        pinned = self.pinned[goal.tier]
        report(self._score(goal) + pinned, bound + pinned)
        return bound

    def _climb(self, goal: Goal, following: Tier | None, share: float) -> Ascent | None:
        """Return prices for the goal; None where coverage is flat and the next tier must lead."""
        may_be_flat = self._size is Size.LARGE and goal.is_coverage_alone and following is not None
        if may_be_flat and self._pricer.is_sampled and self._pricer.is_flat(goal, share):
            return None
        ascent = self._pricer.climb(goal, self._split(share, 0.5))
        if may_be_flat and ascent.bound > (1 - FLAT) * self._prover.num_coverable:
            self._pricer.prices = None
            return None
        return ascent

    def _must_join(self, goal: Goal, tightened: Tightened | None) -> bool:
        """Whether the next tier helps to lead: coverage is flat, or has no master problem."""
        if tightened is None:
            return True
        is_large = self._size is Size.LARGE and goal.is_coverage_alone
        return is_large and tightened.answer is None

    def _score(self, goal: Goal) -> int:
        return score(self.problem, self.hours)[goal.tier]

    def _adopt_best_start(
        self,
        progress: TierProgress,
        guiding: Goal,
        ascent: Ascent,
        *,
        tightened: Tightened | None,
        share: float,
        baseline: IntArray | None,
    ) -> None:
        """Start from the best of master problem, rounding, greedy and an earlier plan.

        The latter wins ties.
        """
        goal, plans = progress.goal, []
        if tightened is not None:
            plans.append(
                complete(
                    self._resources,
                    goal,
                    tightened,
                    self.clock,
                    share,
                    on_plan=lambda hours: progress.tell(
                        score(self.problem, repair(self.problem, hours))[goal.tier]
                    ),
                )
            )
        if self._size is not Size.LARGE or not (plans and plans[0].any()):
            rounded = round_choice(self.problem, guiding, ascent, lambda: self.clock.is_over(share))
            plans.append(fill(self._resources, Goal(guiding.tier, {}), ascent.prices, rounded))
        if self._size is not Size.LARGE:
            plans.append(build_greedy_plan(self.problem))
        if baseline is not None:
            plans.append(baseline)
        plans = [repair(self.problem, plan) for plan in plans]
        self.hours = max(reversed(plans), key=lambda plan: guiding.weigh(score(self.problem, plan)))

    def _solve_small(self, progress: TierProgress, share: float) -> None:
        """Try to prove the whole problem where that is quick, then improve, then try again."""
        if self._size is Size.TINY and not progress.is_proved:
            self._solve_whole(progress, self._split(share, 0.5), gap=0.0)
        if progress.is_done:
            return
        self._improve(progress.goal, progress, self._split(share, _IMPROVEMENT_PART))
        core = self._find_core(progress, share)
        if core is None:
            self._solve_whole(progress, share, gap=self.clock.limits.gap)
        else:
            self._solve_cores(core, progress, share)

    def _find_core(self, progress: TierProgress, share: float) -> Core | None:
        assert self._pricer.prices is not None
        scaled = scale_prices(self._resources, self._pricer.prices, progress.goal)
        return find_core(self._resources, scaled, progress.goal, lambda: self.clock.is_over(share))

    def _solve_cores(self, core: Core, progress: TierProgress, share: float) -> None:
        """Solve ever larger cores until one holds every better plan, and that one to the end."""
        most = _FIRST_CORE
        while not progress.is_done and not self.clock.is_over(share):
            value = self._score(progress.goal)
            limit = core.find_limit(value, most)
            outside = core.bound_outside(limit)
            is_last = outside is None or outside <= value
            outcome = solve_core(
                core,
                self.hours,
                progress.goal,
                limit,
                self.clock,
                share=share if is_last else self._split(share, 0.4),
                on_value=lambda value: progress.hear(value, None),
            )
            if outcome.hours is not None and outcome.value is not None and outcome.value >= value:
                self.hours = outcome.hours
            value = self._score(progress.goal)
            if outcome.hours is None and outcome.bound is None and not outcome.work:
                return  # The model is none that CP-SAT takes.
            if outcome.bound is not None:
                bound = max(outcome.bound, value if outside is None else outside, value)
                progress.hear(value, bound)
            most *= _CORE_GROWTH

    def _split(self, share: float, part: float) -> float:
        """Return the share of the time that ends after a part of what is left to `share`."""
        used = 1.0 - self.clock.get_part_left()
        return used + part * max(0.0, share - used)

    def _solve_whole(self, progress: TierProgress, share: float, *, gap: float) -> None:
        if self.clock.is_over(share):
            return
        outcome = solve_whole(
            self.problem,
            self.hours,
            progress.goal,
            self.clock,
            share=share,
            gap=gap,
            on_event=progress.hear,
        )
        if outcome.hours is not None:
            self.hours = outcome.hours
        progress.hear(self._score(progress.goal), outcome.bound)

    def _improve(self, guiding: Goal, progress: TierProgress, share: float) -> None:
        """Improve the plan for a goal that leads to that of the progress."""
        assert self._pricer.prices is not None
        assert self._guide is not None
        worth = get_worth(self._resources, get_prices_for(guiding, self._pricer.prices))
        improver = Improver(self.problem, guiding, self.hours, worth, self._guide, clock=self.clock)

        def is_done() -> bool:
            self.hours = improver.hours
            progress.tell(self._score(progress.goal))
            return progress.is_done

        improver.run(share, is_done)
        is_done()
