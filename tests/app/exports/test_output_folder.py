"""Putting a folder in place whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.exports.output_folder import (
    OccupiedFolder,
    UnusableOutput,
    check_output_place,
    replacing_folder,
)

FILES = {"a.csv", "b.csv"}


def write(out: Path, text: str, *, fail: bool = False) -> None:
    with replacing_folder(out, FILES) as fresh:
        (fresh / "a.csv").write_text(text)
        if fail:
            raise OSError("disk full")


def test_folder_appears_with_its_files_and_nothing_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "deep" / "out", "new")
    assert (tmp_path / "deep" / "out" / "a.csv").read_text() == "new"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


def test_earlier_output_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "b.csv").write_text("old")
    write(out, "new")
    assert [path.name for path in out.iterdir()] == ["a.csv"]


def test_failure_leaves_what_was_there(tmp_path: Path) -> None:
    """Check 28: an output folder."""
    out = tmp_path / "out"
    write(out, "old")
    with pytest.raises(OSError, match="disk full"):
        write(out, "new", fail=True)
    assert (out / "a.csv").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_relative_path_is_taken_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("out"), "new")
    assert (tmp_path / "out" / "a.csv").exists()


def test_folder_with_anything_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OccupiedFolder, match=r"notes\.txt"):
        write(tmp_path, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_file_in_the_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OccupiedFolder, match="a file"):
        write(tmp_path / "out", "new")


def test_place_below_a_file_is_refused_bug(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UnusableOutput, match=r"letter\.txt is a file"):
        write(tmp_path / "letter.txt" / "deep" / "out", "new")


def test_place_without_permission_is_refused_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real thing can't be had as root, who may write anywhere.
    monkeypatch.setattr("os.access", lambda path, _mode: path != tmp_path)
    check_output_place(tmp_path.parent / "out")
    with pytest.raises(UnusableOutput, match="no permission"):
        check_output_place(tmp_path / "deep" / "out")


def test_folder_that_exists_stays_the_same_folder_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The working folder had been taken away from under the user's shell."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link", "first")
    assert (tmp_path / "link").is_symlink()
    monkeypatch.chdir(tmp_path / "real")
    write(Path(), "second")
    assert Path("a.csv").read_text() == "second"
    assert [path.name for path in (tmp_path / "real").iterdir()] == ["a.csv"]
