"""What ends a search: time, a person, or memory, and that it stays ended."""

from __future__ import annotations

import numpy as np
import pytest

from solver.checker import check
from solver.policy import PEOPLE_FIRST
from solver.result import SolveLimits, Status, StopReason
from solver.search import clock as clock_module
from solver.search import solve
from solver.search.clock import Clock
from solver.search.memory import measure_resident_mb
from tests.solver.search.test_solve import build_market


def never() -> bool:
    return False


def test_search_over_its_memory_ends_with_a_checked_plan_and_says_so() -> None:
    instance = build_market(200, 20)
    limits = SolveLimits(time_limit_s=600, gap=0.0, memory_limit_mb=1)
    solution = solve(instance, PEOPLE_FIRST, limits)
    assert solution.assignments is not None
    assert len(solution.assignments) > 0
    assert check(instance, solution.assignments).ok
    unproved = [row for row in solution.tiers if row.status is not Status.OPTIMAL]
    assert unproved
    for row in unproved:
        assert row.stop_reason is StopReason.MEMORY_LIMIT
        assert row.reached is not None
        assert row.reached <= row.bound


def test_memory_is_no_reason_without_a_limit_or_below_it() -> None:
    assert not Clock(SolveLimits(), never).should_stop()
    assert not Clock(SolveLimits(memory_limit_mb=10**6), never).should_stop()


def test_clock_stays_out_of_memory_when_some_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    held = iter([90.0, 101.0, 20.0])
    monkeypatch.setattr(clock_module, "measure_resident_mb", lambda: next(held))
    clock = Clock(SolveLimits(time_limit_s=600, memory_limit_mb=100), never)
    assert [clock.is_over(1.0) for _ in range(4)] == [False, True, True, True]
    assert clock.should_stop()
    assert not clock.stopped


def test_resident_memory_counts_what_is_held() -> None:
    before = measure_resident_mb()
    block = np.ones(64 * 1024 * 1024, dtype=np.int64)
    assert block.nbytes == 512 * 1024 * 1024
    assert measure_resident_mb() > before + 400
