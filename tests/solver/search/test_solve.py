"""How a solve behaves: limits, events, ends, earlier plans, odd inputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solver.checker import check
from solver.instance import Instance
from solver.policy import BEST_FIT, CLIENTS_FIRST, PEOPLE_FIRST, Policy, Tier
from solver.result import (
    Assignments,
    Control,
    Progress,
    Solution,
    SolveLimits,
    Status,
    StopReason,
)
from solver.search import solve
from solver.search.clock import Clock
from solver.search.lexicographic import find_stop_reason
from tests.solver.instances import Contractor, Project, build_instance, build_plan

LIMITS = SolveLimits(time_limit_s=60, gap=0.0, workers=1)


def build_market(num_contractors: int = 40, num_projects: int = 8, seed: int = 1) -> Instance:
    """Return a random market with more demand for seats than there is."""
    random = np.random.default_rng(seed)
    contractors = [
        Contractor(
            lost_hours=int(random.integers(8, 41)),
            floor_hours=int(random.integers(4, 9)),
            avail_days=(5, int(random.integers(3, 6))),
        )
        for _ in range(num_contractors)
    ]
    projects = [
        Project(
            open_hours=(int(random.integers(20, 90)), int(random.integers(20, 90))),
            min_hours=int(random.integers(2, 8)),
            max_hours=int(random.integers(15, 41)),
            priority=int(random.integers(1, 6)),
        )
        for _ in range(num_projects)
    ]
    pairs = [
        (one, other, int(random.integers(10, 101)), 5_000)
        for one in range(num_contractors)
        for other in range(num_projects)
        if random.random() < 0.4
    ]
    return build_instance(contractors, projects, pairs, switch_cost=100)


def get_values(solution: Solution) -> dict[Tier, int | None]:
    return {row.tier: row.value for row in solution.tiers}


def test_one_worker_and_a_seed_reproduce_the_plan() -> None:
    """Check 34: the same rows."""
    instance = build_market()
    limits = SolveLimits(time_limit_s=600, workers=1, seed=5, work_limit=0.5)
    first = solve(instance, PEOPLE_FIRST, limits).assignments
    second = solve(instance, PEOPLE_FIRST, limits).assignments
    assert first is not None
    assert second is not None
    assert first.rows() == second.rows()


def test_time_limit_keeps_the_plan_with_its_gap() -> None:
    instance = build_market(200, 20)
    solution = solve(instance, PEOPLE_FIRST, SolveLimits(time_limit_s=1.0, gap=0.0, workers=2))
    assert solution.assignments is not None
    assert check(instance, solution.assignments).ok
    for row in solution.tiers:
        assert row.reached is not None
        assert row.bound >= row.reached
        assert (row.status is Status.OPTIMAL) == (row.bound == row.reached)
        assert (row.stop_reason is StopReason.PROVED) == (row.status is Status.OPTIMAL)


def test_tiers_after_an_unproved_one_are_conditional() -> None:
    solution = solve(
        build_market(200, 20), BEST_FIT, SolveLimits(time_limit_s=1.0, gap=0.0, workers=2)
    )
    proved = [row.status is Status.OPTIMAL for row in solution.tiers]
    for place, row in enumerate(solution.tiers):
        assert row.conditional == (not all(proved[:place]))


def test_stop_keeps_what_there_is_and_says_so() -> None:
    events: list[Progress] = []
    control = Control(on_progress=events.append, should_stop=lambda: bool(events))
    solution = solve(build_market(200, 20), PEOPLE_FIRST, LIMITS, control)
    assert solution.assignments is not None
    reasons = {row.stop_reason for row in solution.tiers if row.status is not Status.OPTIMAL}
    assert reasons == {StopReason.STOPPED}


def test_progress_rises_and_ends_at_the_result() -> None:
    events: list[Progress] = []
    limits = replace(LIMITS, time_limit_s=5)
    solution = solve(build_market(), PEOPLE_FIRST, limits, Control(on_progress=events.append))
    for row in solution.tiers:
        own = [event for event in events if event.tier is row.tier]
        values = [event.value for event in own if event.value is not None]
        bounds = [event.bound for event in own if event.bound is not None]
        assert values == sorted(values)
        assert bounds == sorted(bounds, reverse=True)
        assert values[-1] == row.reached
        assert bounds[-1] == row.bound


def test_gap_is_good_enough() -> None:
    instance = build_market(60, 10)
    solution = solve(instance, CLIENTS_FIRST, replace(LIMITS, gap=0.5))
    hours = solution.tiers[0]
    assert hours.gap is not None
    assert hours.gap <= 0.5
    assert hours.stop_reason in {StopReason.GAP_REACHED, StopReason.PROVED}


@pytest.mark.parametrize(
    ("value", "share", "gap", "reason"),
    [
        (100, 1.0, 0.0, StopReason.PROVED),
        (99, 1.0, 0.01, StopReason.GAP_REACHED),
        (98, 1.0, 0.01, StopReason.NOTHING_LEFT),
        (98, 0.0, 0.01, StopReason.TIME_LIMIT),
    ],
)
def test_reason_is_what_ended_the_tier(
    value: int, share: float, gap: float, reason: StopReason
) -> None:
    clock = Clock(SolveLimits(time_limit_s=600, gap=gap), lambda: False)
    assert find_stop_reason(value, 100, clock, share) is reason


def test_pins_stay_and_their_values_count() -> None:
    instance = build_instance(
        [Contractor(lost_hours=10, floor_hours=5)] * 2,
        [Project(open_hours=(10, 10)), Project(open_hours=(3, 3))],
        pins=[(1, 0, 7)],
    )
    solution = solve(instance, PEOPLE_FIRST, LIMITS)
    assert solution.status is Status.OPTIMAL
    assert solution.assignments is not None
    assert (1, 0, 7) in solution.assignments.rows()
    assert get_values(solution)[Tier.HOURS] == 10 * (7 + 3 + 3)


def test_tolerance_lets_later_tiers_take_back() -> None:
    instance = build_instance(
        [Contractor(lost_hours=10, floor_hours=10), Contractor(lost_hours=10, floor_hours=5)],
        [Project(open_hours=(10, 10))],
        [(0, 0, 9, 1), (1, 0, 1, 1)],
    )
    strict = solve(instance, Policy("strict", CLIENTS_FIRST.tiers), LIMITS)
    assert get_values(strict) == {Tier.HOURS: 100, Tier.COVERAGE: 1, Tier.FIT: 900}
    tiers = (Tier.FIT, Tier.COVERAGE, Tier.HOURS)
    loose = Policy("loose", tiers, tolerances={Tier.FIT: 0.9})
    solution = solve(instance, loose, LIMITS)
    assert solution.tiers[0].reached == 900
    assert solution.tiers[0].value is not None
    assert solution.tiers[0].value >= 90


def test_earlier_plan_is_a_start() -> None:
    instance = build_market(60, 10)
    best = solve(
        instance, CLIENTS_FIRST, SolveLimits(time_limit_s=60, workers=1, work_limit=0.5)
    ).assignments
    assert best is not None
    stop_at_once = Control(should_stop=lambda: True)
    again = solve(instance, CLIENTS_FIRST, LIMITS, stop_at_once, baseline=best)
    assert again.tiers[0].reached == check(instance, best).values[Tier.HOURS]


def test_earlier_plan_may_hold_what_is_no_longer_possible() -> None:
    instance = build_instance([Contractor(lost_hours=4, floor_hours=4)], [Project(), Project()])
    baseline = build_plan((0, 0, 9), (0, 1, 2))
    solution = solve(instance, PEOPLE_FIRST, LIMITS, baseline=baseline)
    assert solution.status is Status.OPTIMAL
    assert get_values(solution)[Tier.HOURS] == 40


POISON = {
    "nobody": build_instance([], []),
    "no project": build_instance([Contractor()], []),
    "no pair": build_instance([Contractor()], [Project()], []),
    "no demand": build_instance([Contractor()], [Project(open_hours=(0, 0))]),
    "no seat": build_instance([Contractor()], [Project(seats=0)]),
    "no money": build_instance([Contractor()], [Project(budget_cents=0)]),
    "nothing lost": build_instance([Contractor(lost_hours=0, floor_hours=0)], [Project()]),
    "no project allowed": build_instance([Contractor(max_projects=0)], [Project()]),
    "always away": build_instance([Contractor(avail_days=(0, 0))], [Project()]),
    "one giant seat": build_instance(
        [Contractor(lost_hours=10**6, floor_hours=10**6)],
        [Project(open_hours=(10**12, 10**12), seats=1, max_hours=10**6)],
    ),
    "extreme fit": build_instance(
        [Contractor()] * 3,
        [Project(open_hours=(20, 20))] * 2,
        [(one, other, (-1) ** one * (2**31 - 1), 1) for one in range(3) for other in range(2)],
        switch_cost=2**31 - 1,
    ),
    "dear": build_instance(
        [Contractor()] * 3,
        [Project(budget_cents=10**15)],
        [(one, 0, 1, 2**31 - 1) for one in range(3)],
    ),
    "many projects allowed": build_instance(
        [Contractor(lost_hours=40, floor_hours=30, max_projects=9)] * 4,
        [Project(open_hours=(12, 12), max_hours=6)] * 12,
    ),
    "identical people": build_instance(
        [Contractor()] * 300, [Project(open_hours=(400, 400), min_hours=3)] * 4
    ),
}


@pytest.mark.parametrize("policy", [PEOPLE_FIRST, BEST_FIT])
@pytest.mark.parametrize("name", POISON)
def test_odd_input_ends_in_a_checked_plan_with_a_bound(name: str, policy: Policy) -> None:
    limits = SolveLimits(time_limit_s=4, gap=0.001, workers=2)
    solution = solve(POISON[name], policy, limits)
    assert isinstance(solution.assignments, Assignments)
    for row in solution.tiers:
        assert row.value is not None
        assert row.bound >= row.value
    if name not in {"identical people", "many projects allowed"}:
        assert solution.status is Status.OPTIMAL
