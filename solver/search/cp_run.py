"""One run of CP-SAT, with its limits, its ways to be stopped and an answer without traps."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from ortools.sat.python import cp_model

from solver.instance import IntArray
from solver.model.hints import add_hint
from solver.model.variables import Variables

_POLL_S = 0.1
LED_BY_RELAXATION = ("reduced_costs", "max_lp")
"""What works best on bundles: search led by the relaxation, and a second, tighter one."""


@dataclass(frozen=True)
class RunLimits:
    """When a run ends: wall seconds, deterministic work (None: no limit), relative gap.

    subsolvers  what several workers run; none = CP-SAT's own choice
    """

    seconds: float
    work: float | None = None
    gap: float = 0.0
    workers: int = 1
    seed: int = 1
    subsolvers: tuple[str, ...] = LED_BY_RELAXATION


@dataclass(frozen=True, eq=False)
class Outcome:
    """hours  int64[U], best found, None without any
    value  its objective
    bound  no plan of the model has more
    work   deterministic time used
    """

    hours: IntArray | None
    value: int | None
    bound: int | None
    proved: bool
    work: float


def run_model(
    variables: Variables,
    objective: cp_model.LinearExprT,
    hint: IntArray | None,
    limits: RunLimits,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_event: Callable[[int | None, int | None], None] = lambda _value, _bound: None,
) -> Outcome:
    """Maximise `objective`, from the plan `hint`, int64[U], on if there is one.

    objective  without a constant: the exact bound is read off CP-SAT's inner one
    on_event  hears of every better value and bound
    """
    variables.model.maximize(objective)
    variables.model.clear_hints()
    if hint is not None:
        add_hint(variables, hint)
    solver = _build_solver(limits)
    events = _Events(objective, on_event)
    solver.best_bound_callback = events.hear_bound
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(solver, should_stop, done))
    watcher.start()
    try:
        status = solver.solve(variables.model, events)
    finally:
        done.set()
        watcher.join()
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    # Values and bounds read without a solution are garbage.
    hours = variables.read_hours(solver) if found else None
    response = solver.response_proto
    # Doubles lose units above 2^53; these two are whole numbers all the way.
    value = int(solver.value(objective)) if found else None
    bound = -response.inner_objective_lower_bound if found else events.bound
    work = response.deterministic_time
    return Outcome(hours, value, bound, status == cp_model.OPTIMAL, work)


def _build_solver(limits: RunLimits) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.max_time_in_seconds = max(0.01, limits.seconds)
    if limits.work is not None:
        parameters.max_deterministic_time = max(0.001, limits.work)
    parameters.relative_gap_limit = limits.gap
    parameters.random_seed = limits.seed
    # The handler of OR-Tools aborts the process when a thread solves; `control` stops it.
    parameters.catch_sigint_signal = False
    parameters.num_workers = limits.workers
    if limits.workers == 1:
        parameters.linearization_level = 2
        parameters.search_branching = parameters.LP_SEARCH
    else:
        parameters.subsolvers.extend(limits.subsolvers)
    return solver


class _Events(cp_model.CpSolverSolutionCallback):
    def __init__(
        self,
        objective: cp_model.LinearExprT,
        on_event: Callable[[int | None, int | None], None],
    ) -> None:
        super().__init__()
        self._objective = objective
        self._on_event = on_event
        self.best: int | None = None
        self.bound: int | None = None

    def on_solution_callback(self) -> None:
        self.best = int(self.value(self._objective))
        self._on_event(self.best, self.bound)

    def hear_bound(self, bound: float) -> None:
        self.bound = _floor(bound)
        self._on_event(self.best, self.bound)


def _watch(
    solver: cp_model.CpSolver, should_stop: Callable[[], bool], done: threading.Event
) -> None:
    while not done.wait(_POLL_S):
        if should_stop():
            solver.stop_search()


def _floor(bound: float) -> int:
    """Return the whole number that a bound on whole numbers stands for.

    CP-SAT's bounds are whole inside and exact as floats up to 2^53; above, its scaling
    and offset lose several units in the last place, and the margin keeps them valid.
    """
    margin = abs(bound) * 2.0**-48 if abs(bound) > 2.0**52 else 1e-6
    return math.floor(bound + margin)
