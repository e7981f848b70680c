"""What leads a search to a goal: prices, and whether the next tier must help."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from solver.model.open_problem import OpenProblem
from solver.policy import Tier
from solver.search.ascent import Ascent, Goal
from solver.search.clock import Clock
from solver.search.dual_bound import Prover
from solver.search.exact import Size
from solver.search.prices import Prices
from solver.search.pricing import FLAT, Pricer
from solver.search.tightening import Tightened, build_lead

_JOINT = {True: 2 / 3, False: 1 / 3}
"""Part of the other tiers' time for leading together, where coverage comes first or second."""
NO_BOUND = 2**62


@dataclass(frozen=True, eq=False)
class Lead:
    """What leads to a goal: a goal of its own, until when, and prices for it.

    bound      no plan's value of the tier to raise exceeds it
    ascent     how the prices were found; None where a plan was there before
    tightened  better prices, where the goal leads alone
    """

    goal: Goal
    share: float
    bound: int
    ascent: Ascent | None
    tightened: Tightened | None


@dataclass(frozen=True, eq=False)
class Leader:
    """Finds leads, goal by goal.

    known       prices of the first goal, where much the same people had them
    goes_on     whether there is a plan to go on from, so that no prices must be climbed for one
    """

    problem: OpenProblem
    clock: Clock
    size: Size
    prover: Prover
    pricer: Pricer
    known: Prices | None
    goes_on: bool

    def find_lead(self, goal: Goal, following: Tier | None, share: float) -> Lead:
        """Return what leads to the goal: itself, or it and the next tier together."""
        if self.known is not None and self._is_known(goal):
            return self._find_known_lead(goal, following, share)
        tightened = None
        ascent = self._climb(goal, following, share)
        bound = self.prover.num_coverable if goal.tier is Tier.COVERAGE else NO_BOUND
        if ascent is not None:
            tightened = self.pricer.tighten(goal, share)
            if self.size is Size.LARGE and goal.is_coverage_alone and tightened.answer is None:
                # Without a master problem the bound still falls by half a percent.
                ascent = self.pricer.finish(goal, tightened.prices, self.clock.split(share, 0.5))
                tightened = self.pricer.tighten(goal, share)
            bound = min(bound, tightened.bound)
        if following is None or not self._must_join(goal, following, tightened):
            return Lead(goal, share, bound, ascent, tightened)
        joint = build_lead(self.problem, goal, following)
        share += _JOINT[goal.tier is Tier.COVERAGE] * (1 - share)
        return Lead(
            joint, share, bound, self.pricer.climb(joint, self.clock.split(share, 0.5)), None
        )

    def _is_known(self, goal: Goal) -> bool:
        """Whether the prices at hand speak of the goal: those of a lead do of both its tiers."""
        assert self.pricer.prices is not None
        return not goal.floors or bool(self.pricer.prices.tiers[goal.tier])

    def _find_known_lead(self, goal: Goal, following: Tier | None, share: float) -> Lead:
        """Return what leads to a goal whose prices are known already."""
        lead = build_lead(self.problem, goal, following)
        bound = NO_BOUND
        if goal.tier is Tier.COVERAGE:
            bound = self.prover.num_coverable
        elif self.goes_on:
            stop = partial(self.clock.is_over, share)
            start = self.pricer.build_start(goal)
            bound = self.prover.prove(self.pricer.resources, start, goal, stop).bound
            self.pricer.prices = start
        ascent = None if self.goes_on else self.pricer.climb(lead, share)
        return Lead(lead, share, bound, ascent, None)

    def _climb(self, goal: Goal, following: Tier | None, share: float) -> Ascent | None:
        """Return prices for the goal; None where coverage is flat and the next tier must lead."""
        may_be_flat = self.size is Size.LARGE and goal.is_coverage_alone and following is not None
        if may_be_flat and self.pricer.is_sampled and self.pricer.is_flat(goal, share):
            return None
        ascent = self.pricer.climb(goal, self.clock.split(share, 0.5))
        if may_be_flat and ascent.bound > (1 - FLAT) * self.prover.num_coverable:
            self.pricer.prices = None
            return None
        return ascent

    def _must_join(self, goal: Goal, following: Tier, tightened: Tightened | None) -> bool:
        """Whether another tier helps to lead.

        It does where coverage is flat, and where coverage comes next: what the first tier
        leaves open is decided while it is raised.
        """
        if tightened is None:
            return True
        return self.size is Size.LARGE and not goal.floors and following is Tier.COVERAGE
