"""The table names every tier's value, bounds and gaps, in a terminal and on a page."""

from __future__ import annotations

from benchmarks.comparison import Comparison
from benchmarks.peers.answer import Claim
from benchmarks.record import Verdict
from benchmarks.table import HEADER, build_rows, write_markdown, write_plain
from solver.policy import Tier
from tests.benchmarks.records import build_record


def test_row_names_own_and_best_bound() -> None:
    loose = build_record("cpsat", coverage=90, claims=(Claim(Tier.COVERAGE, 120, {}),))
    tight = build_record(coverage=90, claims=(Claim(Tier.COVERAGE, 100, {}),))
    row = dict(zip(HEADER, build_rows(Comparison([loose, tight]))[0], strict=True))
    assert (row["value"], row["own bound"], row["own gap"]) == ("90", "120", "25.00 %")
    assert (row["best bound"], row["gap"]) == ("100", "10.00 %")


def test_first_row_of_a_method_tells_of_the_whole_run() -> None:
    record = build_record(claims=(Claim(Tier.COVERAGE, 90, {}),), steps=((0.5, 90),))
    rows = build_rows(Comparison([record]))
    assert [row[0] for row in rows] == ["Redeploy", "", ""]
    assert rows[0][-4:] == ("12.5", "0.50 s", "150", "checked")


def test_run_without_a_plan_shows_no_numbers() -> None:
    record = build_record(coverage=None, verdict=Verdict.FAILED, remark="out of memory")
    row = build_rows(Comparison([record]))[0]
    assert row[2:8] == ("-", "-", "-", "-", "-", "12.5")
    assert row[-1] == "failed: out of memory"


def test_refuted_bound_says_so() -> None:
    record = build_record(coverage=90, claims=(Claim(Tier.COVERAGE, 80, {}),))
    assert build_rows(Comparison([record]))[0][3] == "80 (refuted)"


def test_tiny_gap_does_not_read_as_none() -> None:
    record = build_record(hours=9_999_999, claims=(Claim(Tier.HOURS, 10_000_000, {}),))
    assert build_rows(Comparison([record]))[1][4] == "1e-05 %"


def test_plain_table_lines_up() -> None:
    _, *lines = write_plain(build_rows(Comparison([build_record(hours=1_234_567)]))).splitlines()
    cells = ("90", "1,234,567", "7")
    ends = [line.index(cell) + len(cell) for line, cell in zip(lines, cells, strict=True)]
    assert len(set(ends)) == 1


def test_markdown_escapes_what_would_end_a_cell() -> None:
    record = build_record(verdict=Verdict.REFUSED, remark="a|b")
    lines = write_markdown(build_rows(Comparison([record]))).splitlines()
    assert len(lines) == 5
    assert lines[2].endswith("| refused: a\\|b |")
    assert lines[1].count("|") == len(HEADER) + 1
