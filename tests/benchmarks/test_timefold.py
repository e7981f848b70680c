"""Timefold runs where its package and Java are, and elsewhere the table says why it does not."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from benchmarks.child import measure
from benchmarks.comparison import Comparison, group_by_instance
from benchmarks.measuring import measure_apart, read_subject
from benchmarks.peers.timefold.method import find_obstacle
from benchmarks.plots import build_seconds_chart
from benchmarks.record import Record, Verdict
from benchmarks.run import FOLDER
from benchmarks.table import HEADER, build_rows
from solver.policy import PEOPLE_FIRST
from solver.result import SolveLimits
from tests.benchmarks.records import build_record
from tests.solver.instances import Contractor, Project, build_instance


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make everything look installed; returns the folder of the one `java` on the path."""
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.touch(mode=0o755)
    monkeypatch.setattr(sys, "version_info", (3, 12, 0))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: ModuleSpec(name, None))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(java.parent))
    return tmp_path


def test_nothing_is_missing_where_all_is_there(complete: Path) -> None:
    assert find_obstacle() is None


def test_newer_python_is_named(complete: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 13, 1))
    assert find_obstacle() == "its package runs on Python up to 3.12, this is 3.13"


def test_missing_package_is_named(complete: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert find_obstacle() == "its package is not installed; `make timefold` installs it"


def test_missing_java_is_named(complete: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(complete))
    assert find_obstacle() == "Java 17 or later was not found on PATH or in JAVA_HOME"


def test_java_is_found_by_its_home(complete: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("JAVA_HOME", str(complete))
    assert find_obstacle() is None


def measure_without_package(monkeypatch: pytest.MonkeyPatch) -> Record:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    instance = build_instance([Contractor()], [Project()])
    return measure("timefold", instance, PEOPLE_FIRST, SolveLimits(time_limit_s=1))


def test_left_out_method_has_one_row_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    record = measure_without_package(monkeypatch)
    assert record.verdict is Verdict.LEFT_OUT
    (row,) = build_rows(Comparison([record]))
    cells = dict(zip(HEADER, row, strict=True))
    assert (cells["method"], cells["seconds"]) == ("Timefold", "-")
    assert cells["verdict"].startswith("left out: its package is not installed")


def test_left_out_method_is_in_no_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [build_record(steps=((1.0, 90),)), measure_without_package(monkeypatch)]
    names = [series.name for series in build_seconds_chart(group_by_instance(records)).series]
    assert names == ["Redeploy"]


def test_plan_is_checked_or_the_reason_told() -> None:
    subject = read_subject(FOLDER / "market" / "T1.json.gz")
    record = measure_apart(subject, "timefold", seconds=2, workers=1)
    assert record.verdict in {Verdict.CHECKED, Verdict.LEFT_OUT}, record.remark
    assert bool(record.values) is (record.verdict is Verdict.CHECKED)
    assert bool(record.remark) is (record.verdict is Verdict.LEFT_OUT)
