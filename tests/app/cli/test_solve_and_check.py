"""`redeploy solve` and `redeploy check` on instance files."""

from __future__ import annotations

import errno
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import main

INSTANCE: dict[str, Any] = {
    "format": "redeploy-instance",
    "version": 1,
    "name": "two people, one project",
    "weeks": 2,
    "contractors": [
        {"id": "c1", "lost_hours": 40, "floor_hours": 20},
        {"id": "c2", "lost_hours": 30, "floor_hours": 20},
    ],
    "projects": [{"id": "p1", "open_hours": 50}],
    "pairs": [[0, 0, 90, 3000], [1, 0, 50, 2000]],
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def instance_file(tmp_path: Path) -> Path:
    path = tmp_path / "instance.json"
    path.write_text(json.dumps(INSTANCE))
    return path


@pytest.fixture
def solution_file(tmp_path: Path, instance_file: Path) -> Path:
    path = tmp_path / "solution.json"
    result = run("solve", instance_file, "--workers", 1, "-o", path)
    assert result.exit_code == 0, result.output
    return path


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_solve_finds_and_proves_the_best_plan(solution_file: Path) -> None:
    document = json.loads(solution_file.read_text())
    # Both floors first, all 50 hours next, and the better fit takes what is left.
    assert document["assignments"] == [[0, 0, 30], [1, 0, 20]]
    assert [tier["status"] for tier in document["certificate"]["tiers"]] == ["OPTIMAL"] * 3
    assert [tier["value"] for tier in document["certificate"]["tiers"]] == [2, 1500, 37_000]


def test_solve_over_its_memory_says_so_and_keeps_a_plan_that_checks(
    tmp_path: Path, instance_file: Path
) -> None:
    path = tmp_path / "solution.json"
    result = run("solve", instance_file, "--memory-limit", 1, "-o", path)
    assert result.exit_code == 0
    assert "memory limit after" in result.stdout
    certificate = json.loads(path.read_text())["certificate"]
    assert certificate["limits"]["memory_limit_mb"] == 1
    assert "memory limit" in {tier["stop_reason"] for tier in certificate["tiers"]}
    assert run("check", instance_file, path).exit_code == 0


def test_solve_makes_the_folders_above_the_solution_bug(
    tmp_path: Path, instance_file: Path
) -> None:
    path = tmp_path / "new" / "deep" / "solution.json"
    assert run("solve", instance_file, "--workers", 1, "-o", path).exit_code == 0
    assert run("check", instance_file, path).exit_code == 0


def test_solve_below_a_file_is_refused_before_the_work_bug(instance_file: Path) -> None:
    result = run("solve", instance_file, "-o", instance_file / "solution.json")
    assert result.exit_code == 2
    assert "instance.json is a file" in result.stderr
    assert result.stdout == ""


def test_empty_certificate_claims_nothing_bug(instance_file: Path, solution_file: Path) -> None:
    """A solution copied from the data format page had been refused for its `{}`."""
    change(solution_file, certificate={})
    result = run("check", instance_file, solution_file)
    assert result.exit_code == 0
    assert "no certificate to compare" in result.stdout


def test_full_disk_is_one_message_bug(
    tmp_path: Path, instance_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("app.cli.solve.write_solution", fail)
    result = run("solve", instance_file, "--workers", 1, "-o", tmp_path / "solution.json")
    assert result.exit_code == 1
    assert "Error: [Errno 28] No space left on device" in result.stderr


def test_solve_prints_each_goal_with_its_bound(tmp_path: Path, instance_file: Path) -> None:
    result = run("solve", instance_file, "-o", tmp_path / "out.json")
    assert "coverage  2 contractors, at most 2 contractors; gap 0.0 %; proved" in result.stdout
    assert "2 assignments written" in result.stdout


def test_solve_reads_and_writes_gzip(tmp_path: Path) -> None:
    packed = tmp_path / "instance.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(INSTANCE).encode()))
    out = tmp_path / "solution.json.gz"
    assert run("solve", packed, "-o", out).exit_code == 0
    assert len(json.loads(gzip.decompress(out.read_bytes()))["assignments"]) == 2
    assert run("check", packed, out).exit_code == 0


def test_solve_names_the_faults_of_an_instance(tmp_path: Path, instance_file: Path) -> None:
    change(instance_file, weeks=0, pairs=[[7, 0, 1, 1]])
    result = run("solve", instance_file, "-o", tmp_path / "out.json")
    assert result.exit_code == 2
    assert "weeks" in result.stderr
    assert "pairs" in result.stderr
    assert not (tmp_path / "out.json").exists()


def test_check_confirms_a_good_solution(instance_file: Path, solution_file: Path) -> None:
    result = run("check", instance_file, solution_file)
    assert result.exit_code == 0
    assert "coverage: 2\nhours: 1500\nfit: 37000\n" in result.stdout
    assert "2 assignments keep every constraint; the certificate holds." in result.stdout


def test_check_names_every_violation(instance_file: Path, solution_file: Path) -> None:
    change(solution_file, assignments=[[0, 0, 41], [1, 0, 3]])
    result = run("check", instance_file, solution_file)
    assert result.exit_code == 1
    assert "c1" in result.stdout
    assert "c2" in result.stdout
    assert "violations" in result.stderr


def test_check_finds_a_certificate_that_claims_too_much(
    instance_file: Path, solution_file: Path
) -> None:
    certificate = json.loads(solution_file.read_text())["certificate"]
    certificate["tiers"][1]["value"] += 1
    change(solution_file, certificate=certificate)
    result = run("check", instance_file, solution_file)
    assert result.exit_code == 1
    assert "hours" in result.stdout


def test_check_without_a_certificate_says_so(instance_file: Path, solution_file: Path) -> None:
    document = json.loads(solution_file.read_text())
    del document["certificate"]
    solution_file.write_text(json.dumps(document))
    result = run("check", instance_file, solution_file)
    assert result.exit_code == 0
    assert "no certificate to compare" in result.stdout
