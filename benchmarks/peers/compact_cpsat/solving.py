"""The compact model solved tier by tier: sound for small instances, and the yardstick."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from benchmarks.peers.compact_cpsat.constraints import add_constraints
from benchmarks.peers.compact_cpsat.objectives import OBJECTIVES
from benchmarks.peers.compact_cpsat.variables import Variables, build_variables, read_plan, set_hint
from solver.checker import check
from solver.errors import PlanRejected
from solver.instance import Instance
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

_SHARE_OF_TIME_LEFT = (0.5, 0.6, 1.0)
_POLL_S = 0.05


@dataclass(frozen=True)
class _Outcome:
    plan: Assignments | None
    bound: int
    stopped: bool


class _Watcher(cp_model.CpSolverSolutionCallback):
    """Reports values and bounds as they come."""

    def __init__(self, tier: Tier, control: Control, started_s: float) -> None:
        super().__init__()
        self._tier, self._control, self._started_s = tier, control, started_s
        self._value: int | None = None
        self.has_bound = False

    def on_bound(self, bound: float) -> None:
        """Called for every bound that the search proves."""
        self.has_bound = True
        self.report(bound)

    def on_solution_callback(self) -> None:
        self._value = round(self.objective_value)
        self.report(self.best_objective_bound)

    def report(self, bound: float) -> None:
        elapsed_s = time.monotonic() - self._started_s
        self._control.on_progress(
            Progress(self._tier, self._value, math.floor(bound + 1e-6), elapsed_s)
        )


def solve_compact(
    instance: Instance,
    policy: Policy,
    limits: SolveLimits,
    control: Control,
    *,
    baseline: Assignments | None = None,
) -> Solution:
    """Return the best plan that the compact model finds within the limits."""
    started_s = time.monotonic()
    variables = build_variables(instance)
    add_constraints(variables)
    objectives = {tier: OBJECTIVES[tier](variables) for tier in policy.tiers}
    tiers: list[TierResult] = []
    plan, found, stopped = baseline, False, False
    for tier, share in zip(policy.tiers, _SHARE_OF_TIME_LEFT, strict=True):
        tier_started_s = time.monotonic()
        left_s = max(0.0, limits.time_limit_s - (tier_started_s - started_s)) * share
        variables.model.maximize(objectives[tier])
        if plan is not None:
            set_hint(variables, plan)
        watcher = _Watcher(tier, control, started_s)
        outcome = _search(variables, replace(limits, time_limit_s=left_s), control, watcher)
        stopped = stopped or outcome.stopped
        plan, found = (outcome.plan, True) if outcome.plan is not None else (plan, found)
        reached = check(instance, plan).values[tier] if found and plan is not None else None
        conditional = any(earlier.status is not Status.OPTIMAL for earlier in tiers)
        tiers.append(
            TierResult(
                tier=tier,
                reached=reached,
                value=None,
                bound=outcome.bound,
                status=_get_status(outcome, reached),
                stop_reason=_get_stop_reason(outcome, reached, limits, stopped=stopped),
                conditional=conditional,
                wall_s=time.monotonic() - tier_started_s,
            )
        )
        if reached is not None:
            given_back = math.floor(abs(reached) * policy.tolerance_of(tier))
            variables.model.add(objectives[tier] >= reached - given_back)
    return _finish(instance, plan if found else None, tiers, limits, started_s)


def _search(
    variables: Variables, limits: SolveLimits, control: Control, watcher: _Watcher
) -> _Outcome:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limits.time_limit_s
    solver.parameters.relative_gap_limit = limits.gap
    solver.parameters.num_workers = limits.workers
    solver.parameters.random_seed = limits.seed
    # The handler of OR-Tools aborts the process when a thread solves; `control` stops it.
    solver.parameters.catch_sigint_signal = False
    solver.best_bound_callback = watcher.on_bound
    done = threading.Event()
    stopped = threading.Event()

    def stop_when_told() -> None:
        while not done.wait(_POLL_S):
            if control.should_stop():
                stopped.set()
                solver.stop_search()

    guard = threading.Thread(target=stop_when_told, daemon=True)
    guard.start()
    status = solver.solve(variables.model, watcher)
    done.set()
    guard.join()
    has_plan = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    # The inner bound is an exact integer; the objective is minimised inside. A search cut
    # off before its first bound leaves a 0 there, which is none.
    bound = (
        -solver.response_proto.inner_objective_lower_bound
        if watcher.has_bound or status == cp_model.OPTIMAL
        else _bound_by_ranges(variables.model)
    )
    return _Outcome(
        read_plan(variables, solver) if has_plan else None,
        bound,
        stopped.is_set(),
    )


def _bound_by_ranges(model: cp_model.CpModel) -> int:
    """Return what the objective could reach if every variable chose alone."""
    objective, variables = model.proto.objective, model.proto.variables
    least = 0
    for idx, coefficient in zip(objective.vars, objective.coeffs, strict=True):
        domain = list(variables[idx].domain)  # the proto's own list knows no index -1
        least += min(coefficient * domain[0], coefficient * domain[-1])
    return -least


def _get_status(outcome: _Outcome, reached: int | None) -> Status:
    if reached is None:
        return Status.NO_SOLUTION_FOUND
    return Status.OPTIMAL if outcome.bound <= reached else Status.FEASIBLE


def _get_stop_reason(
    outcome: _Outcome, reached: int | None, limits: SolveLimits, *, stopped: bool
) -> StopReason:
    if reached is not None and outcome.bound <= reached:
        return StopReason.PROVED
    if stopped:
        return StopReason.STOPPED
    if reached is not None and outcome.bound - reached <= limits.gap * abs(outcome.bound):
        return StopReason.GAP_REACHED
    return StopReason.TIME_LIMIT


def _finish(
    instance: Instance,
    plan: Assignments | None,
    tiers: list[TierResult],
    limits: SolveLimits,
    started_s: float,
) -> Solution:
    """Return the solution, its values recomputed by the checker."""
    if plan is None:
        return Solution(None, tuple(tiers), limits, time.monotonic() - started_s)
    report = check(instance, plan)
    if not report.ok:
        raise PlanRejected(tuple(violation.sentence for violation in report.violations))
    final = tuple(replace(tier, value=report.values[tier.tier]) for tier in tiers)
    return Solution(plan, final, limits, time.monotonic() - started_s)
