"""Instances whose optimum is known; the full list is in benchmarks/run_published.py."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event

import pytest

from solver.instance_file import read_instance
from solver.policy import Tier
from solver.result import Control, Progress, SolveLimits, Status
from solver.search import solve

FOLDER = Path(__file__).parents[3] / "benchmarks" / "instances"
LIMITS = SolveLimits(time_limit_s=120, gap=0.0, workers=2)


@pytest.mark.parametrize("name", ["cattrysse1994_gap1-0", "cattrysse1994_gap5-2", "chu1997_a05100"])
def test_published_optimum_is_proved_on_every_tier(name: str) -> None:
    instance, policy = read_instance(FOLDER / "gap" / f"{name}.json.gz")
    expected = json.loads((FOLDER / "gap" / "expected.json").read_text())[name]
    solution = solve(instance, policy, LIMITS)
    assert solution.status is Status.OPTIMAL
    assert {row.tier: row.value for row in solution.tiers} == {
        tier: expected[tier.value] for tier in Tier
    }


@pytest.mark.parametrize(
    ("name", "values"), [("T1", (16, 21_762, 428_264)), ("T2", (31, 55_103, 1_164_442))]
)
def test_small_market_is_proved_on_every_tier(name: str, values: tuple[int, ...]) -> None:
    instance, policy = read_instance(FOLDER / "market" / f"{name}.json.gz")
    solution = solve(instance, policy, LIMITS)
    assert solution.status is Status.OPTIMAL
    assert tuple(row.value for row in solution.tiers) == values


def test_middle_market_is_within_a_percent_on_coverage() -> None:
    instance, policy = read_instance(FOLDER / "market" / "S3.json.gz")
    is_over = Event()

    def note(progress: Progress) -> None:
        if progress.tier is not Tier.COVERAGE:
            is_over.set()

    limits = SolveLimits(time_limit_s=20, gap=0.01, workers=2)
    solution = solve(instance, policy, limits, Control(note, is_over.is_set))
    coverage = solution.tiers[0]
    assert coverage.tier is Tier.COVERAGE
    assert coverage.gap is not None
    assert coverage.gap <= 0.01
    assert coverage.bound >= 230
