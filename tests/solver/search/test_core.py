"""A core answers for the whole problem: what it leaves out is in no better plan."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.instance import Instance
from solver.model.open_problem import build_open_problem
from solver.policy import Tier
from solver.result import SolveLimits
from solver.search.ascent import Goal
from solver.search.clock import Clock
from solver.search.core import find_core, solve_core
from solver.search.dual_bound import scale_prices
from solver.search.prices import Prices, Resources
from tests.solver.instances import Contractor, Project, build_instance
from tests.solver.search.test_dual_bound import find_best, unpinned


def never() -> bool:
    return False


@settings(max_examples=120)
@given(instance=unpinned, data=st.data())
def test_core_with_what_it_leaves_out_bounds_every_plan(
    instance: Instance, data: st.DataObject
) -> None:
    problem = build_open_problem(instance)
    if not problem.num_pairs:
        return
    tier = data.draw(st.sampled_from(list(Tier)))
    goal = Goal(tier, {})
    random = np.random.default_rng(data.draw(st.integers(0, 9)))
    shape = problem.hour_days.shape
    size = data.draw(st.sampled_from([0.0, 0.1, 3.0]))
    prices = Prices(
        random.random(shape) * size,
        random.random(shape[:1]) * size,
        random.random(shape[:1]) * size,
        dict.fromkeys(Tier, 0.0) | {tier: 1.0},
    )
    resources = Resources(problem)
    core = find_core(resources, scale_prices(resources, prices, goal), goal, never)
    assert core is not None
    losses = sorted({-1, *np.concatenate(core.losses).tolist()})
    limit = data.draw(st.sampled_from([*losses, core.find_limit(0, 3)]))
    outside = core.bound_outside(limit)
    outcome = solve_core(
        core,
        np.zeros(problem.num_pairs, dtype=np.int64),
        goal,
        limit,
        Clock(SolveLimits(time_limit_s=30, gap=0), never),
        share=1.0,
        on_value=lambda _value: None,
    )
    assert outcome.value is not None
    shift = int((problem.days_needed <= 0).sum()) if tier is Tier.COVERAGE else 0
    best = find_best(instance, goal)
    assert best is not None
    assert outcome.value <= best - shift
    # What is left out at this limit cannot beat nothing at all, or is bounded by `outside`.
    assert best - shift <= max(outcome.value, 0 if outside is None else outside)


def test_core_takes_in_all_that_may_beat_a_value() -> None:
    instance = build_instance(
        [Contractor(lost_hours=10, floor_hours=5)],
        [Project(max_hours=10), Project(max_hours=10), Project(max_hours=10)],
        [(0, 0, 9, 0), (0, 1, 5, 0), (0, 2, 1, 0)],
    )
    problem = build_open_problem(instance)
    resources, goal = Resources(problem), Goal(Tier.FIT, {})
    prices = Prices(
        np.zeros(problem.hour_days.shape),
        np.zeros(len(problem.seats)),
        np.zeros(len(problem.seats)),
        dict.fromkeys(Tier, 0.0) | {Tier.FIT: 1.0},
    )
    core = find_core(resources, scale_prices(resources, prices, goal), goal, never)
    assert core is not None
    best = core.total // core.scale
    assert core.find_limit(best - 1, 10**9) == 0
    assert core.bound_outside(core.find_limit(best - 1, 10**9)) is not None
    assert core.bound_outside(core.total) is None
