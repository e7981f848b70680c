"""Start plans: from prices to a plan of everybody, part by part where the problem is large."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solver.instance import IntArray
from solver.model.open_problem import reserve, select_pairs
from solver.search.ascent import Goal
from solver.search.clock import Clock
from solver.search.cp_run import RunLimits
from solver.search.group_repair import repair
from solver.search.ledger import Ledger
from solver.search.neighbourhood import Task, solve_neighbourhood
from solver.search.prices import Prices, Resources
from solver.search.rounding import round_rest, take_in_turn
from solver.search.scoring import score
from solver.search.tightening import Tightened, get_worth

_MOST_SETS, _SECONDS, _WORK = 1_000, 2.5, 1.0
"""Project sets for those whom the master problem splits, and time or work for them."""


def complete(
    resources: Resources,
    goal: Goal,
    tightened: Tightened,
    clock: Clock,
    share: float,
    *,
    on_plan: Callable[[IntArray], None] = lambda _hours: None,
) -> IntArray:
    """Return int64[U]: what the master problem chose as a whole, and CP-SAT's for the others.

    on_plan  hears of the quick plan that CP-SAT starts from
    """
    problem = resources.problem
    if tightened.columns is None or tightened.answer is None:
        return np.zeros(problem.num_pairs, dtype=np.int64)
    chosen = tightened.columns.get_hours(tightened.answer.is_chosen)
    hours = take_in_turn(problem, tightened.settled + chosen)
    served = np.zeros(len(problem.projects_left), dtype=np.bool_)
    served[problem.contractor[hours > 0]] = True
    alone = Goal(goal.tier, {})
    hours = round_rest(problem, alone, tightened.prices, hours, lambda: clock.is_over(share))
    on_plan(hours)
    seconds = max(0.1, clock.get_seconds_left(1.0 if clock.counts_work else share))
    task = Task(
        goal=alone,
        free=~served[problem.contractor],
        slack={},
        worth=get_worth(resources, tightened.prices),
        most_sets=_MOST_SETS,
        limits=RunLimits(
            seconds=seconds if clock.counts_work else min(_SECONDS, seconds),
            work=_WORK if clock.counts_work else None,
            seed=clock.limits.seed,
        ),
    )
    result = solve_neighbourhood(problem, hours, task, should_stop=clock.should_stop)
    clock.add_work(result.work)
    if result.hours is not None:
        hours[result.pairs] = result.hours
    return hours


def fill(resources: Resources, goal: Goal, prices: Prices, hours: IntArray) -> IntArray:
    """Return int64[U], the plan with more hours where it has assignments, then with more of these.

    The plan itself where that would cost the goal or one of its floors something.
    """
    problem = resources.problem
    gain = resources.get_gain(prices)
    used = np.flatnonzero(hours)
    ledger = Ledger(select_pairs(problem, used))
    for pair, worked in enumerate(hours[used].tolist()):
        ledger.add(pair, worked)
    ledger.fill(np.argsort(-gain[used], kind="stable"))
    more = np.zeros(problem.num_pairs, dtype=np.int64)
    more[used] = ledger.get_plan()
    left, pairs = reserve(problem, more, more == 0)
    ledger = Ledger(left)
    ledger.fill(np.argsort(-gain[pairs], kind="stable"))
    more[pairs] = ledger.get_plan()
    filled = repair(problem, more)
    before, after = score(problem, hours), score(problem, filled)
    # Hours that help one tier can cost another one, through the switching cost.
    is_kept = all(after[tier] >= floor for tier, floor in goal.floors.items())
    return filled if is_kept and after[goal.tier] >= before[goal.tier] else hours
