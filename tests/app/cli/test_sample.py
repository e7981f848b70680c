"""`redeploy sample`."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from app.cli import main
from app.importing import read_folder
from solver.roster import TABLES

CHORDUS = Path(__file__).parents[3] / "sample_data" / "chordus"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["sample", *map(str, arguments)])


def test_sample_writes_the_committed_folder_again(tmp_path: Path) -> None:
    out = tmp_path / "roster"
    result = run("--size", "S", "--seed", 8, "--starting", "2026-11-23", "-o", out)
    assert result.exit_code == 0
    assert "900 contractors, 41 projects and 12 clients" in result.stdout
    for name in TABLES:
        assert (out / f"{name}.csv").read_bytes() == (CHORDUS / f"{name}.csv").read_bytes()


def test_sample_replaces_an_earlier_roster(tmp_path: Path) -> None:
    for seed in (1, 2):
        assert run("--seed", seed, "--starting", "2026-11-23", "-o", tmp_path / "x").exit_code == 0
    names = read_folder(tmp_path / "x").roster.contractors["name"].tolist()
    run("--seed", 2, "--starting", "2026-11-23", "-o", tmp_path / "y")
    assert read_folder(tmp_path / "y").roster.contractors["name"].tolist() == names


def test_sample_leaves_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    result = run("-o", tmp_path)
    assert result.exit_code == 2
    assert "letter.txt" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_sample_of_unknown_size_is_refused(tmp_path: Path) -> None:
    result = run("--size", "XXL", "-o", tmp_path / "x")
    assert result.exit_code == 2
    assert "--size" in result.stderr


def test_sample_below_a_file_is_refused_bug(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    result = run("-o", tmp_path / "letter.txt" / "roster")
    assert result.exit_code == 2
    assert "letter.txt is a file" in result.stderr
