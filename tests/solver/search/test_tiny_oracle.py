"""A thousand numbered tiny instances: every tier, order, tolerance and rule, every plan tried.

`python -m tests.solver.long_oracle` goes through as many more as there is time for.
"""

from __future__ import annotations

import numpy as np
import pytest

from solver.instance import NO_LIMIT
from solver.policy import Tier
from tests.solver.oracle import Way, find_faults
from tests.solver.tiny_draws import draw_case

_CASES = 1_000
_BLOCK = 25
_PARTS = 18
"""Cases that are sent the way of larger problems too, which takes longer."""


@pytest.mark.parametrize("first", range(0, _CASES, _BLOCK))
def test_solve_reaches_and_proves_what_brute_force_finds(first: int) -> None:
    _judge(range(first, first + _BLOCK), Way.WHOLE)


@pytest.mark.parametrize("first", range(0, _PARTS, _BLOCK // 2))
def test_cores_reach_and_prove_what_brute_force_finds(first: int) -> None:
    _judge(range(first, first + _BLOCK // 2), Way.CORES)


@pytest.mark.parametrize("first", range(0, _PARTS, _BLOCK // 2))
def test_neighbourhoods_stay_below_and_bounds_above_what_brute_force_finds(first: int) -> None:
    _judge(range(first, first + _BLOCK // 2), Way.LARGE)


@pytest.mark.parametrize("first", range(0, _PARTS, _BLOCK // 2))
def test_shortlists_stay_below_and_bounds_of_all_pairs_above_what_brute_force_finds(
    first: int,
) -> None:
    _judge(range(first, first + _BLOCK // 2), Way.HUGE)


def _judge(numbers: range, way: Way) -> None:
    faults = {number: find_faults(draw_case(number), way) for number in numbers}
    assert {number: found for number, found in faults.items() if found} == {}


def test_cases_hold_every_rule_order_and_tolerance() -> None:
    cases = [draw_case(number) for number in range(_CASES)]
    assert len({case.policy.tiers for case in cases}) == 6
    for tier in Tier:
        assert any(case.policy.tolerance_of(tier) for case in cases)
    instances = [case.instance for case in cases]
    found: dict[str, list[bool]] = {
        "seats": [bool((one.seats != NO_LIMIT).any()) for one in instances],
        "budgets": [bool((one.weekly_budget_cents < NO_LIMIT).any()) for one in instances],
        "walls": [len(one.walls) > 0 for one in instances],
        "leave": [bool((one.avail_days < 5).any()) for one in instances],
        "uneven weeks": [bool((np.diff(one.open_hours) != 0).any()) for one in instances],
        "part time": [not bool(one.active.all()) for one in instances],
        "two pins": [len(one.pins) > 1 for one in instances],
        "negative fit": [bool((one.pair_fit < 0).any()) for one in instances],
        "switching cost": [one.switch_cost > 0 for one in instances],
        "more than three projects": [bool((one.max_projects > 3).any()) for one in instances],
    }
    assert {name: sum(holds) for name, holds in found.items() if sum(holds) < 20} == {}
