"""Just inside the limits an instance solves, with whole and right numbers; just outside not."""

from __future__ import annotations

import numpy as np
import pytest

from solver.checker import check
from solver.errors import InvalidInput
from solver.instance import Instance
from solver.instance_overflow import MAX_SUM, MAX_WEIGHT
from solver.policy import BEST_FIT, PEOPLE_FIRST, Policy, Tier
from solver.result import SolveLimits, Status
from solver.search import solve
from tests.solver.instances import Contractor, Project, build_instance

MAX_FIT = 2**31 - 1
MAX_CENTS = 10**15
TWO_WEEKS_DAYS = 10


def build_heavy(num_heavy: int, *, hours: int, fit: int = MAX_FIT, rate: int = 1) -> Instance:
    """Return people of whom `num_heavy` can each weigh `fit` x 10 workdays x `hours`."""
    others = 3
    return build_instance(
        [Contractor(lost_hours=hours)] * (num_heavy + others),
        [Project(max_hours=hours, open_hours=(10**9, 10**9))],
        [
            (idx, 0, fit if idx < num_heavy else 0, rate if idx < num_heavy else 0)
            for idx in range(num_heavy + others)
        ],
    )


def test_assignment_just_inside_is_taken_and_just_outside_refused_by_name() -> None:
    most = MAX_WEIGHT // (TWO_WEEKS_DAYS * MAX_FIT)
    assert build_heavy(1, hours=most).num_pairs == 4
    with pytest.raises(InvalidInput, match=r"contractor c0 on project p0.*for one assignment"):
        build_heavy(1, hours=most + 1)


def test_cost_just_inside_is_taken_and_just_outside_refused_by_name() -> None:
    most = MAX_WEIGHT // MAX_FIT
    assert build_heavy(1, hours=most, fit=1, rate=MAX_FIT).num_pairs == 4
    with pytest.raises(InvalidInput, match="rate_cents x hours of contractor c0 on project p0"):
        build_heavy(1, hours=most + 1, fit=1, rate=MAX_FIT)


@pytest.mark.parametrize("fit", [MAX_FIT, -MAX_FIT - 1])
def test_sum_is_refused_by_its_terms_and_not_by_its_simple_bound(fit: int) -> None:
    hours = MAX_WEIGHT // (TWO_WEEKS_DAYS * 2**31)
    most = MAX_SUM // (TWO_WEEKS_DAYS * hours * 2**31)
    assert build_heavy(most, hours=hours, fit=fit).num_pairs == most + 3
    with pytest.raises(InvalidInput, match="a sum of at most"):
        build_heavy(most + 2, hours=hours, fit=fit)


def test_every_overflow_is_named_in_one_pass() -> None:
    with pytest.raises(InvalidInput) as refusal:
        build_heavy(2_000, hours=10**6, fit=-MAX_FIT, rate=MAX_FIT)
    places = [problem.place for problem in refusal.value.problems]
    assert places == [
        "pairs: fit x workdays x hours of contractor c0 on project p0",
        "pairs: fit x workdays x hours",
        "pairs: rate_cents x hours of contractor c0 on project p0",
        "pairs: rate_cents x hours",
    ]


def build_heaviest(weeks: int = 2) -> Instance:
    """Return people and projects whose every number is as large as it may be."""
    hours = MAX_WEIGHT // (5 * weeks * 2**31) - 1
    random = np.random.default_rng(weeks)
    pairs = [
        (one, other, MAX_FIT - int(random.integers(0, 999)), int(random.integers(1, 9)) * 10**6)
        for one in range(20)
        for other in range(10)
    ]
    return build_instance(
        [Contractor(hours, hours // 2, avail_days=(5,) * weeks)] * 20,
        [
            Project(
                open_hours=(10**12,) * weeks,
                active=(True,) * weeks,
                seats=3 if place % 2 else 10**9,
                max_hours=hours,
                budget_cents=hours * 10**7 if place % 3 else MAX_CENTS,
                priority=5,
            )
            for place in range(10)
        ],
        pairs,
        switch_cost=MAX_FIT,
    )


@pytest.mark.parametrize("policy", [PEOPLE_FIRST, BEST_FIT])
@pytest.mark.parametrize("weeks", [1, 2, 104])
def test_heaviest_instance_solves_with_bounds_above_its_values(weeks: int, policy: Policy) -> None:
    instance = build_heaviest(weeks)
    solution = solve(instance, policy, SolveLimits(time_limit_s=6, gap=0.001))
    assert solution.assignments is not None
    assert check(instance, solution.assignments).ok
    for row in solution.tiers:
        assert row.value is not None
        assert row.reached is not None
        assert row.value <= row.bound or row.conditional
        assert row.reached <= row.bound
    by_tier = {row.tier: row for row in solution.tiers}
    assert by_tier[policy.tiers[0]].gap is not None
    assert by_tier[Tier.COVERAGE].reached == 20


def test_value_beyond_what_doubles_hold_is_proved_to_the_last_unit() -> None:
    hours = MAX_WEIGHT // (TWO_WEEKS_DAYS * 2**31)
    fits = [MAX_FIT - place for place in range(600)]
    instance = build_instance(
        [Contractor(lost_hours=hours, floor_hours=1)] * 600,
        [Project(max_hours=hours, open_hours=(10**12, 10**12), seats=399)],
        [(one, 0, fit, 1) for one, fit in enumerate(fits)],
        switch_cost=1,
    )
    solution = solve(instance, BEST_FIT, SolveLimits(time_limit_s=60, gap=0.0))
    best = sum(fits[:399]) * TWO_WEEKS_DAYS * hours - 399
    assert best > 2**53
    assert int(float(best)) != best
    assert solution.tiers[0].reached == solution.tiers[0].bound == best
    assert solution.tiers[0].status is Status.OPTIMAL
