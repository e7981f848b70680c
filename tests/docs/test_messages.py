"""docs/messages.md names every kind of message, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from app.services.messages.message_kinds import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "messages.md"
ROW = re.compile(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|", re.MULTILINE)


def test_messages_page_lists_every_kind() -> None:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    documented = [code.strip("`") for row in rows for code in row.split(", ")]
    assert sorted(documented) == sorted(KINDS)
