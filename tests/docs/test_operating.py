"""docs/operating.md names every setting with its default, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from app.config import SETTINGS

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"
ROW = re.compile(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\|", re.MULTILINE)


def test_operating_page_lists_every_setting_with_its_default() -> None:
    documented = dict(ROW.findall(PAGE.read_text(encoding="utf-8")))
    assert documented == {setting.name: setting.default for setting in SETTINGS}
