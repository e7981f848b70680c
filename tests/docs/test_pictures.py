"""The pictures of the documentation: each is taken by the script, shown on a page, and small."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser.pictures import FOLDER, PICTURES

ROOT = Path(__file__).parents[2]
MOST_BYTES = 260_000
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


def list_shown() -> dict[Path, list[str]]:
    """Every picture that a page of the documentation shows, with its alternative texts."""
    shown: dict[Path, list[str]] = {}
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for words, target in _IMAGE.findall(page.read_text()):
            shown.setdefault((page.parent / target).resolve(), []).append(words)
    return shown


def test_shown_pictures_exist_and_say_what_they_show() -> None:
    shown = list_shown()
    assert [path for path in shown if not path.is_file()] == []
    assert [path for path, texts in shown.items() if not all(texts)] == []


def test_script_takes_what_the_pages_show() -> None:
    taken = {FOLDER / f"{picture.name}.png" for picture in PICTURES}
    assert taken == {path for path in list_shown() if path.suffix == ".png"}
    assert set(FOLDER.glob("*.png")) == taken


def test_pictures_are_small() -> None:
    assert {path.name for path in FOLDER.glob("*.png") if path.stat().st_size > MOST_BYTES} == set()
