"""Every folder of `sample_data/broken` holds one fault and says which."""

from pathlib import Path

import pytest

from app.importing import CellProblem, FolderRejected, read_folder

BROKEN = Path(__file__).parents[3] / "sample_data" / "broken"
FOLDERS = sorted(path for path in BROKEN.iterdir() if path.is_dir())


def read_expected(folder: Path) -> CellProblem:
    lines = (folder / "expected.txt").read_text(encoding="utf-8").splitlines()
    entries = dict(line.split(":", 1) for line in lines)
    text = {name: value.strip() for name, value in entries.items()}
    return CellProblem(
        file=text["file"],
        line=int(text["line"]) if text["line"] else None,
        column=text["column"] or None,
        value=text["value"].replace("\\0", "\0"),
        expected=text["expected"],
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_broken_folder_reports_exactly_its_fault(folder: Path) -> None:
    with pytest.raises(FolderRejected) as caught:
        read_folder(folder)
    assert caught.value.problems == (read_expected(folder),)
    assert caught.value.omitted == 0


def test_broken_folders_cover_many_faults() -> None:
    assert len(FOLDERS) >= 30
