"""The whole problem in one CP-SAT model: for small ones, with a proof in whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from solver.instance import IntArray
from solver.model.constraints import add_shared_rules
from solver.model.objectives import build_tier
from solver.model.open_problem import OpenProblem
from solver.model.project_sets import MAX_SET_SIZE, count_project_sets
from solver.model.set_uses import Coverage
from solver.model.variables import Variables, build_variables
from solver.search.ascent import Goal
from solver.search.clock import Clock
from solver.search.cp_run import LED_BY_RELAXATION, Outcome, RunLimits, run_model
from solver.search.neighbourhood import find_coverage, trim

_TINY, _SMALL = 600, 15_000
"""Most project sets of a problem of that size."""


class Size(Enum):
    """How CP-SAT takes a problem: at once, after a search for a start, or never whole."""

    TINY = "tiny"
    SMALL = "small"
    LARGE = "large"


def find_size(problem: OpenProblem) -> Size:
    """Return the size of a problem, by the number of project sets."""
    sizes = range(1, MAX_SET_SIZE + 1)
    sets = sum(count_project_sets(problem, size) for size in sizes)
    if sets <= _TINY:
        return Size.TINY
    return Size.SMALL if sets <= _SMALL else Size.LARGE


def solve_whole(
    problem: OpenProblem,
    hours: IntArray,
    goal: Goal,
    clock: Clock,
    *,
    share: float,
    gap: float,
    on_event: Callable[[int | None, int | None], None],
) -> Outcome:
    """Raise the goal's tier from `hours`, int64[U], on, until a share of the time is used.

    gap  relative gap at which to stop
    """
    variables = build_variables(problem, find_coverage(problem, goal))
    add_rules(variables, goal)
    return run_goal(variables, hours, goal, clock, share=share, gap=gap, on_event=on_event)


def add_rules(variables: Variables, goal: Goal) -> None:
    """Add the rules that tie contractors together, and the floors of the goal."""
    add_shared_rules(variables)
    for tier, floor in goal.floors.items():
        variables.model.add(build_tier(variables, tier) >= floor)


def run_goal(
    variables: Variables,
    hours: IntArray,
    goal: Goal,
    clock: Clock,
    *,
    share: float,
    gap: float,
    on_event: Callable[[int | None, int | None], None],
    subsolvers: tuple[str, ...] = LED_BY_RELAXATION,
) -> Outcome:
    """Raise the goal's tier in a complete model, from `hours`, int64[U], on; book the work."""
    limits = RunLimits(
        seconds=clock.get_seconds_left(1.0 if clock.counts_work else share),
        work=clock.get_work_left(share),
        gap=gap,
        workers=clock.limits.workers,
        seed=clock.limits.seed,
        subsolvers=subsolvers,
    )
    is_alone = find_coverage(variables.problem, goal) is Coverage.ALONE
    outcome = run_model(
        variables,
        build_tier(variables, goal.tier),
        trim(variables.problem, hours) if is_alone else hours,
        limits,
        should_stop=clock.should_stop,
        on_event=on_event,
    )
    clock.add_work(outcome.work)
    return outcome
