"""`redeploy plan`, from the CSV folder to the plan folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.exports.plan_folder import PLAN_FILES
from solver.instance import Instance
from solver.policy import Policy
from solver.result import Solution, SolveLimits, Status, StopReason, TierResult

SAMPLES = Path(__file__).parents[3] / "sample_data"
TINY = SAMPLES / "tiny"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["plan", *map(str, arguments)])


def run_tiny(out: Path, *more: object) -> Result:
    return run(TINY, "--pause", "Chordus", "--on", "2026-11-23", "--workers", 1, "-o", out, *more)


def test_tiny_roster_gives_the_plan_solved_by_hand(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run_tiny(out)
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == PLAN_FILES
    for name in ("proposals.csv", "unplaced.csv"):
        assert (out / name).read_text("utf-8") == (TINY / "expected" / name).read_text("utf-8")
    certificate = json.loads((out / "certificate.json").read_text("utf-8"))
    assert [tier["value"] for tier in certificate["tiers"]] == [6, 18_580, 519_580]
    assert [tier["status"] for tier in certificate["tiers"]] == ["OPTIMAL"] * 3


def test_summary_says_what_a_manager_asks(tmp_path: Path) -> None:
    result = run_tiny(tmp_path / "out")
    assert "Affected contractors   10\n" in result.stdout
    assert "Keep their floor       6 of 10 (60.0 %)\n" in result.stdout
    assert "Hours a week restored  154 of 308 (50.0 %)\n" in result.stdout
    assert "New assignments        6\n" in result.stdout
    assert "coverage  6 contractors, at most 6 contractors; gap 0.0 %; proved" in result.stdout
    assert "capacity" in result.stdout
    assert "Verified" in result.stdout


def test_standard_error_says_how_files_were_read_and_how_the_solve_goes(tmp_path: Path) -> None:
    result = run_tiny(tmp_path / "out")
    assert "Read contractors.csv: 10 rows, UTF-8, separated by commas" in result.stderr
    assert "s  coverage 6 contractors" in result.stderr
    assert "Read " not in result.stdout


def test_whole_client_can_be_paused(tmp_path: Path) -> None:
    by_client = run(
        TINY, "--pause-client", "K1", "--on", "2026-11-23", "--workers", 1, "-o", tmp_path / "out"
    )
    assert by_client.exit_code == 0
    assert "Affected contractors   10\n" in by_client.stdout


def test_pause_that_touches_nobody_says_why(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(TINY, "--pause", "Chordus", "--on", "2020-01-01", "--weeks", 1, "-o", out)
    assert result.exit_code == 0
    assert "Horizon 2020-01-06 to 2020-01-12 (1 week)," in result.stdout
    assert "no active contractor has an active assignment on P1 on 2020-01-01" in result.stdout
    assert (out / "unplaced.csv").read_text("utf-8").count("\n") == 1


def test_earlier_plan_is_replaced(tmp_path: Path) -> None:
    run_tiny(tmp_path / "out")
    first = (tmp_path / "out" / "proposals.csv").read_bytes()
    assert run_tiny(tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "proposals.csv").read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    result = run_tiny(tmp_path)
    assert result.exit_code == 2
    assert "thesis.txt" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_output_below_a_file_is_refused_before_the_work_bug(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    result = run_tiny(tmp_path / "letter.txt" / "out")
    assert result.exit_code == 2
    assert "letter.txt is a file" in result.stderr
    assert "Read " not in result.stderr


def test_broken_folder_names_its_fault_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(SAMPLES / "broken" / "bad_email", "--pause", "Chordus", "-o", out)
    assert result.exit_code == 2
    assert "contractors.csv, line 4, column email: 'meixin at example.org'" in result.stderr
    assert not out.exists()


def test_unknown_codename_suggests_the_near_ones(tmp_path: Path) -> None:
    result = run(TINY, "--pause", "Chords", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "did you mean 'Chordus'" in result.stderr


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--weeks", "0"),
        ("--weeks", "105"),
        ("--time-limit", "0"),
        ("--time-limit", "nan"),
        ("--time-limit", "inf"),
        ("--gap", "-0.1"),
        ("--gap", "nan"),
        ("--workers", "0"),
        ("--memory-limit", "0"),
        ("--seed", "-1"),
        ("--policy", "money-first"),
        ("--on", "23.11.2026"),
    ],
)
def test_option_out_of_range_is_refused_by_name(tmp_path: Path, option: str, value: str) -> None:
    result = run(TINY, "--pause", "Chordus", "-o", tmp_path / "out", option, value)
    assert result.exit_code == 2
    assert option in result.stderr


def test_pause_of_nothing_is_refused(tmp_path: Path) -> None:
    result = run(TINY, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "--pause CODENAME or --pause-client CLIENT_ID" in result.stderr


def test_no_plan_in_time_is_said_with_its_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_nothing(
        _instance: Instance, policy: Policy, limits: SolveLimits, *_more: object, **_options: object
    ) -> Solution:
        tiers = tuple(
            TierResult(
                tier=tier,
                reached=None,
                value=None,
                bound=50,
                status=Status.NO_SOLUTION_FOUND,
                stop_reason=StopReason.TIME_LIMIT,
                conditional=False,
                wall_s=60.0,
            )
            for tier in policy.tiers
        )
        return Solution(None, tiers, limits, 60.0)

    monkeypatch.setattr("solver.planning.solve", find_nothing)
    result = run_tiny(tmp_path / "out")
    assert result.exit_code == 1
    assert "coverage  no plan found, at most 50 contractors; time limit" in result.stdout
    assert "no plan was found in time" in result.stderr
    assert not (tmp_path / "out").exists()
