"""The loop over the tiers: each is raised as far as time allows, then held.

For one tier: prices give a bound and lead to a start plan; small problems go to CP-SAT by
cores, large ones neighbourhood by neighbourhood. With an earlier plan, the end is one step
back towards it. What comes out has passed the independent checker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from solver.checker import check
from solver.errors import PlanRejected
from solver.instance import Instance, IntArray
from solver.model.group_state import drop_unreachable
from solver.model.open_problem import OpenProblem, build_open_problem, select_pairs
from solver.policy import Policy, Tier
from solver.result import (
    Assignments,
    Control,
    Progress,
    Solution,
    SolveLimits,
    Status,
    StopReason,
    TierResult,
)
from solver.search.ascent import Goal
from solver.search.clock import Clock
from solver.search.huge import begin_huge, is_huge
from solver.search.ledger import Ledger
from solver.search.scoring import score
from solver.search.stability import keep_earlier
from solver.search.tier_search import TierSearch

UNWATCHED = Control()
_SHARES = (0.4, 0.9, 0.98)
"""Share of the time at which the first, second and third tier must be done."""


def solve(
    instance: Instance,
    policy: Policy,
    limits: SolveLimits,
    control: Control = UNWATCHED,
    *,
    baseline: Assignments | None = None,
) -> Solution:
    """Return the best plan found within the limits.

    baseline  an earlier plan to start from; among plans equal on the tiers it is preferred

    Raises PlanRejected when the checker refuses the plan, which is a bug of the search.
    """
    clock = Clock(limits, control.should_stop)
    pinned = dict(check(instance, _read_pins(instance)).values)
    search = _begin(instance, policy, clock, control, pinned=pinned, baseline=baseline)
    problem = search.problem
    earlier = None if baseline is None else _read_baseline(problem, baseline)
    results: list[TierResult] = []
    floors: dict[Tier, int] = {}
    for number, (tier, share) in enumerate(zip(policy.tiers, _SHARES, strict=True)):
        begun = clock.elapsed_s
        bound = search.raise_tier(
            Goal(tier, dict(floors)),
            share,
            baseline=earlier,
            report=_build_report(tier, clock, control),
            following=next(iter(policy.tiers[number + 1 :]), None),
        )
        bound += pinned[tier]
        reached = score(problem, search.hours)[tier] + pinned[tier]
        floors[tier] = policy.get_least_value(tier, reached) - pinned[tier]
        results.append(
            TierResult(
                tier=tier,
                reached=reached,
                value=None,
                bound=bound,
                status=Status.OPTIMAL if bound == reached else Status.FEASIBLE,
                stop_reason=find_stop_reason(reached, bound, clock, share),
                conditional=any(result.status is not Status.OPTIMAL for result in results),
                wall_s=clock.elapsed_s - begun,
            )
        )
    hours = search.hours
    if earlier is not None:
        hours = keep_earlier(problem, hours, earlier, clock)
    assignments = _build_assignments(problem, hours)
    return _build_checked_solution(instance, assignments, results, clock)


def _begin(
    instance: Instance,
    policy: Policy,
    clock: Clock,
    control: Control,
    *,
    pinned: dict[Tier, int],
    baseline: Assignments | None,
) -> TierSearch:
    """Return a search over all pairs, or from a plan on where these are too many."""
    if not is_huge(instance):
        return TierSearch(drop_unreachable(build_open_problem(instance)), clock, pinned)
    report = _build_report(policy.tiers[0], clock, control)
    return begin_huge(instance, policy.tiers, clock, pinned=pinned, report=report, earlier=baseline)


def _build_report(tier: Tier, clock: Clock, control: Control) -> Callable[[int, int], None]:
    def report(value: int, bound: int) -> None:
        control.on_progress(Progress(tier, value, bound, clock.elapsed_s))

    return report


def _build_checked_solution(
    instance: Instance, assignments: Assignments, results: list[TierResult], clock: Clock
) -> Solution:
    """Return the solution with the values that the checker found."""
    report = check(instance, assignments)
    if not report.ok:
        raise PlanRejected(tuple(violation.sentence for violation in report.violations))
    tiers = tuple(replace(result, value=report.values[result.tier]) for result in results)
    return Solution(assignments, tiers, clock.limits, clock.elapsed_s)


def find_stop_reason(value: int, bound: int, clock: Clock, share: float) -> StopReason:
    """Return why a tier ended at a value and a bound, a share of the time being its limit."""
    if value == bound:
        return StopReason.PROVED
    if clock.stopped:
        return StopReason.STOPPED
    if clock.is_out_of_memory:
        return StopReason.MEMORY_LIMIT
    if bound - value <= clock.limits.gap * abs(bound):
        return StopReason.GAP_REACHED
    return StopReason.TIME_LIMIT if clock.is_over(share) else StopReason.NOTHING_LEFT


def _read_pins(instance: Instance) -> Assignments:
    return Assignments.build([(one, other, hours) for one, other, hours in instance.pins.tolist()])


def _read_baseline(problem: OpenProblem, baseline: Assignments) -> IntArray:
    """Return int64[U]: as much of an earlier plan as is still possible."""
    pairs = problem.find_pairs(baseline.contractor, baseline.project)
    possible = pairs >= 0
    pairs, hours = pairs[possible], baseline.hours_per_week[possible]
    order = np.argsort(pairs)
    known = select_pairs(problem, pairs[order])
    ledger = Ledger(known)
    for pair, worked in enumerate(hours[order].tolist()):
        if worked >= known.min_hours[pair]:
            ledger.add_bundle([pair], [worked])
    plan = np.zeros(problem.num_pairs, dtype=np.int64)
    plan[pairs[order]] = ledger.get_plan()
    return plan


def _build_assignments(problem: OpenProblem, hours: IntArray) -> Assignments:
    """Return the pins and the plan of the rest."""
    used = np.flatnonzero(hours)
    rows = np.stack([problem.contractor[used], problem.project[used], hours[used]], axis=1)
    table = np.concatenate([problem.instance.pins, rows])
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    return Assignments(table[:, 0], table[:, 1], table[:, 2])
