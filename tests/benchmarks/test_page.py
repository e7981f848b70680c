"""The page shows every chart that is written, and says what it ran on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from benchmarks.comparison import group_by_instance
from benchmarks.growth import Growth
from benchmarks.machine import Machine, Setting, read_machine
from benchmarks.page import write_page
from benchmarks.peers.answer import Claim
from benchmarks.plots import build_gap_chart, build_seconds_chart
from benchmarks.record import Record, Verdict
from solver.policy import Tier
from tests.benchmarks.records import build_growth, build_record

COVERAGE_100 = Claim(Tier.COVERAGE, 100, {})
BUSY = Machine("A processor", 2, 8, "Linux 6", (("Python", "3.11"),), date(2026, 11, 22), 3.2)


def build_records() -> list[Record]:
    return [
        build_record(claims=(COVERAGE_100,), steps=((1.0, 80), (3.0, 99)), pairs=1_000),
        build_record("greedy", steps=((0.2, 60),), pairs=1_000),
        build_record(instance="M9", claims=(COVERAGE_100,), steps=((2.0, 100),), pairs=9_000),
        build_record("scip", instance="M9", coverage=None, pairs=9_000, verdict=Verdict.NO_PLAN),
    ]


def write(folder: Path, machine: Machine = BUSY, growth: Sequence[Growth] = ()) -> str:
    write_page(folder, group_by_instance(build_records()), Setting(machine, 20, 2), growth)
    return (folder / "benchmarks.md").read_text("utf-8")


def test_every_chart_is_on_the_page(tmp_path: Path) -> None:
    linked = re.findall(r"\(images/(.+?)\)", write(tmp_path))
    assert sorted(linked) == sorted(path.name for path in (tmp_path / "images").iterdir())
    assert "bench-gap-M9.svg" in linked


def test_page_says_what_it_ran_on(tmp_path: Path) -> None:
    text = write(tmp_path)
    for part in ("2026-11-22", "A processor", "2 cores", "Python 3.11", "20 seconds"):
        assert part in text
    assert "The machine was shared" in text


def test_growth_has_a_chart_and_a_table(tmp_path: Path) -> None:
    text = write(tmp_path, growth=[build_growth("M", pairs=1_000), build_growth("L", pairs=4_000)])
    assert "(images/bench-growth.svg)" in text
    assert "| L | 100 | 10 | 4,000 | 1.00 |" in text
    assert (tmp_path / "images" / "bench-growth.svg").is_file()


def test_page_without_growth_says_nothing_of_it(tmp_path: Path) -> None:
    assert "## Growth" not in write(tmp_path)


def test_method_without_a_plan_has_no_line() -> None:
    _, large = group_by_instance(build_records())
    assert [series.name for series in build_gap_chart(large, 20).series] == ["Redeploy"]


def test_run_without_a_good_plan_is_a_ring() -> None:
    chart = build_seconds_chart(group_by_instance(build_records()))
    by_name = {series.name: series for series in chart.series}
    assert list(by_name["Redeploy"].dots) == [(1_000, 3.0), (9_000, 2.0)]
    assert list(by_name["best fit first"].hollow) == [(1_000, 12.5)]


def test_line_goes_through_the_mean_of_each_size() -> None:
    records = [
        build_record(instance="A", claims=(COVERAGE_100,), steps=((2.0, 100),), pairs=100),
        build_record(instance="B", claims=(COVERAGE_100,), steps=((8.0, 100),), pairs=400),
    ]
    (line,) = build_seconds_chart(group_by_instance(records)).series
    assert len(line.points) == 1
    assert line.points[0] == pytest.approx((200, 4))


def test_machine_is_described() -> None:
    machine = read_machine()
    assert machine.cores >= 1
    assert dict(machine.versions)["OR-Tools"]


def test_idle_machine_is_not_called_shared(tmp_path: Path) -> None:
    text = write(tmp_path, replace(BUSY, load=0.1))
    assert "otherwise idle (load average 0.1" in text
    assert "was shared" not in text
