"""Tiny instances with rules between people, each against every plan there is."""

from __future__ import annotations

import numpy as np
import pytest

from solver.groups import NO_LEADS
from tests.solver.group_draws import draw_group_case
from tests.solver.oracle import Way, find_faults

_CASES = 100
_BLOCK = 25
_PARTS = 12


@pytest.mark.parametrize("first", range(0, _CASES, _BLOCK))
def test_solve_reaches_and_proves_what_brute_force_finds(first: int) -> None:
    _judge(range(first, first + _BLOCK), Way.WHOLE)


@pytest.mark.parametrize("first", range(0, _PARTS, _BLOCK // 2))
def test_neighbourhoods_stay_below_and_bounds_above_what_brute_force_finds(first: int) -> None:
    _judge(range(first, first + _BLOCK // 2), Way.LARGE)


@pytest.mark.parametrize("first", range(0, _PARTS, _BLOCK // 2))
def test_cores_prove_nothing_that_the_rules_between_people_forbid(first: int) -> None:
    _judge(range(first, first + _BLOCK // 2), Way.CORES)


def _judge(numbers: range, way: Way) -> None:
    faults = {number: find_faults(draw_group_case(number), way) for number in numbers}
    assert {number: found for number, found in faults.items() if found} == {}


def test_cases_hold_every_rule() -> None:
    instances = [draw_group_case(number).instance for number in range(_CASES)]
    groups = [one.groups for one in instances if one.groups is not None]
    found = {
        "teams": sum(bool((np.bincount(one.team + 1)[1:] > 1).any()) for one in groups),
        "fewest people": sum(bool((one.min_people > 1).any()) for one in groups),
        "leads": sum(bool((one.people_per_lead != NO_LEADS).any()) for one in groups),
        "people of today": sum(bool(one.people.any()) for one in groups),
        "who stays": sum(len(one.staying) > 0 for one in groups),
        "places of today": sum(len(one.today) > 0 for one in instances),
        "pins": sum(len(one.pins) > 0 and one.groups is not None for one in instances),
    }
    assert {name: number for name, number in found.items() if number < 10} == {}
