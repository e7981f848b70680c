"""Runs in processes of their own: what comes back, and what is said when nothing does."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.measuring import measure_apart, read_subject
from benchmarks.peers.answer import Claim
from benchmarks.record import Verdict, read_records, write_records
from benchmarks.run import FOLDER, find_instance
from solver.policy import Tier
from tests.benchmarks.records import build_record

T1 = FOLDER / "market" / "T1.json.gz"


def test_record_of_a_child_is_complete() -> None:
    record = measure_apart(read_subject(T1), "greedy", seconds=5, workers=1)
    assert (record.instance, record.method, record.pairs) == ("T1", "greedy", 36)
    assert record.verdict is Verdict.CHECKED
    assert record.values[Tier.COVERAGE] == 12
    assert record.peak_mb is not None
    assert record.peak_mb > 10


def test_failure_of_a_child_is_told_with_its_error() -> None:
    record = measure_apart(read_subject(T1), "abacus", seconds=5, workers=1)
    assert (record.verdict, record.remark) == (Verdict.FAILED, "KeyError: 'abacus'")
    assert (record.method, record.pairs, record.values) == ("abacus", 36, {})


def test_records_survive_their_file(tmp_path: Path) -> None:
    claim = Claim(Tier.HOURS, 600, {Tier.COVERAGE: 90})
    records = [build_record(claims=(claim,), steps=((0.5, 90),)), build_record(coverage=None)]
    write_records(tmp_path / "records.jsonl", records)
    assert read_records(tmp_path / "records.jsonl") == records


def test_instance_is_found_by_name_or_path() -> None:
    assert find_instance("T1") == T1
    assert find_instance("chu1997_a05100").parent.name == "gap"
    assert find_instance(str(T1)) == T1


def test_unknown_instance_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="'Z9'"):
        find_instance("Z9")
