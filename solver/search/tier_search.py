"""Raises one tier after the other, from the plan that the last one left."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem, select_pairs
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.clock import Clock
from solver.search.core import Core, find_core, solve_core
from solver.search.dual_bound import Prover, build_prover, scale_prices
from solver.search.exact import Size, find_size, solve_whole
from solver.search.group_repair import repair
from solver.search.guide import Guide
from solver.search.improvement import Improver
from solver.search.leading import Lead, Leader
from solver.search.ledger import build_greedy_plan
from solver.search.prices import Prices, Resources
from solver.search.pricing import Pricer
from solver.search.progress import Report, TierProgress
from solver.search.rounding import round_choice
from solver.search.scoring import score
from solver.search.start import complete, fill
from solver.search.tightening import get_prices_for, get_worth

_FIRST_CORE, _CORE_GROWTH = 600, 2
"""Project sets of the first core, and how many times larger the next one is."""
_IMPROVEMENT_PART = 0.1
"""Part of a small problem's time for neighbourhoods, before the cores."""


@dataclass(eq=False)
class TierSearch:
    """The state between tiers.

    problem, clock
    pinned  what the pins alone score, by tier
    prover  proves bounds, where the problem leaves pairs out
    known   prices of the first goal (see `build_lead`), where much the same people had them
    start   int64[U], a plan to go on from
    hours   int64[U], the best plan so far
    """

    problem: OpenProblem
    clock: Clock
    pinned: dict[Tier, int]
    prover: Prover | None = None
    known: Prices | None = None
    start: IntArray | None = None
    hours: IntArray = field(init=False)

    def __post_init__(self) -> None:
        self.hours = np.zeros(self.problem.num_pairs, dtype=np.int64)
        self._resources = Resources(self.problem)
        self._size = find_size(self.problem)
        self._prover = self.prover or build_prover(self._resources)
        self._pricer = Pricer(
            self.problem, self._resources, self.clock, self._size, self._prover, self.known
        )
        self._leader = Leader(
            self.problem,
            self.clock,
            self._size,
            self._prover,
            self._pricer,
            known=self.known,
            goes_on=self.start is not None,
        )
        self._guide: Guide | None = None

    @property
    def prices(self) -> Prices | None:
        """The last prices; None before the first goal."""
        return self._pricer.prices

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
        lead = self._leader.find_lead(goal, following, share)
        share = lead.share
        progress = TierProgress(
            goal, lead.bound, self.clock.limits.gap, self.pinned[goal.tier], report
        )
        assert self._pricer.prices is not None
        if goal.floors:
            self.hours = fill(self._resources, goal, self._pricer.prices, self.hours)
        else:
            self._adopt_best_start(progress, lead, baseline)
        self._guide = self._pricer.build_guide(lead.goal)
        progress.tell(self._score(goal))
        if self._size is not Size.LARGE:
            self._solve_small(progress, share)
        else:
            self._improve(lead.goal, progress, share)
        return progress.bound

    def _close(self, goal: Goal, baseline: IntArray | None, report: Report) -> int:
        """Return a bound at once, for the plan at hand; without any, take the quickest one."""
        if not goal.floors:
            plans = [plan for plan in (self.start, baseline) if plan is not None]
            plans = [repair(self.problem, p) for p in plans or [build_greedy_plan(self.problem)]]
            self.hours = max(reversed(plans), key=lambda p: score(self.problem, p)[goal.tier])
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

    def _score(self, goal: Goal) -> int:
        return score(self.problem, self.hours)[goal.tier]

    def _adopt_best_start(
        self, progress: TierProgress, lead: Lead, baseline: IntArray | None
    ) -> None:
        """Start from the best of master problem, rounding, greedy, a start and an earlier plan.

        The latter wins ties.
        """
        goal, plans = progress.goal, []
        assert self._pricer.prices is not None
        alone = Goal(lead.goal.tier, {})
        if lead.tightened is not None:
            plans.append(
                complete(
                    self._resources,
                    goal,
                    lead.tightened,
                    self.clock,
                    lead.share,
                    on_plan=lambda hours: progress.tell(
                        score(self.problem, repair(self.problem, hours))[goal.tier]
                    ),
                )
            )
        is_small = self._size is not Size.LARGE
        if lead.ascent is not None and (is_small or not (plans and plans[0].any())):
            rounded = round_choice(
                self.problem, lead.goal, lead.ascent, lambda: self.clock.is_over(lead.share)
            )
            if not alone.is_coverage_alone:
                # Hours beyond those that cover would only stand in other people's way.
                rounded = fill(self._resources, alone, lead.ascent.prices, rounded)
            plans.append(rounded)
        if is_small:
            plans.append(build_greedy_plan(self.problem))
        if self.start is not None:
            plans.append(fill(self._resources, alone, self._pricer.prices, self.start))
        if baseline is not None:
            plans.append(baseline)
        plans = [repair(self.problem, plan) for plan in plans]
        self.hours = max(
            reversed(plans), key=lambda plan: lead.goal.weigh(score(self.problem, plan))
        )

    def _solve_small(self, progress: TierProgress, share: float) -> None:
        """Try to prove the whole problem where that is quick, then improve, then try again."""
        if self._size is Size.TINY and not progress.is_proved:
            self._solve_whole(progress, self.clock.split(share, 0.5), gap=0.0)
        if progress.is_done:
            return
        self._improve(progress.goal, progress, self.clock.split(share, _IMPROVEMENT_PART))
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
                share=share if is_last else self.clock.split(share, 0.4),
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
