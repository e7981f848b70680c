"""The growth curve: what a size is measured by, and what is drawn and said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.exports.roster_folder import write_roster_folder
from benchmarks.growth import STAGES, measure_growth, run_growth
from benchmarks.growth_page import build_growth_chart, describe_growth, write_growth_table
from benchmarks.market import SIZES, draw_market
from solver.policy import Tier
from tests.benchmarks.records import build_growth


def test_stages_of_a_folder_add_up_to_the_whole_way(tmp_path: Path) -> None:
    write_roster_folder(draw_market(SIZES["T"], 1), tmp_path / "T")
    growth = measure_growth(tmp_path / "T", seconds=30, workers=1)
    assert (growth.size, growth.contractors, growth.projects) == ("T", 60, 10)
    assert tuple(growth.stages) == STAGES
    assert all(seconds >= 0 for seconds in growth.stages.values())
    assert growth.gaps[Tier.COVERAGE] == 0
    assert growth.good_s is not None
    assert growth.stages["read"] < growth.good_s <= growth.total_s


def test_size_is_measured_in_a_process_of_its_own() -> None:
    (growth,) = run_growth(["T"], workers=1)
    assert growth.size == "T"
    assert growth.peak_mb > 10


def test_size_without_a_good_plan_is_a_ring_at_its_end() -> None:
    chart = build_growth_chart([build_growth(), build_growth("L", pairs=9_000, good_s=None)])
    plans = chart.series[0]
    assert list(plans.dots) == [(1_000, 2.5)]
    assert list(plans.hollow) == [(9_000, 5.0)]


def test_growth_is_told_as_power_of_the_pairs() -> None:
    rows = [build_growth(), build_growth("L", pairs=100_000, stage_s=1_000.0, good_s=250.0)]
    text = describe_growth(rows)
    assert "From M to L, 100 times the pairs" in text
    assert "plan within 1 % 1.00, reading the CSV 1.50" in text


def test_one_size_alone_has_no_growth() -> None:
    assert not describe_growth([build_growth()])


@pytest.mark.parametrize(("good_s", "cell"), [(2.5, "| 2.50 s |"), (None, "| - |")])
def test_table_says_when_a_good_plan_came(good_s: float | None, cell: str) -> None:
    assert cell in write_growth_table([build_growth(good_s=good_s)])
