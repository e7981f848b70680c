"""Lists as files for people: harmless texts, plain numbers, days and instants."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.exports.cell_safety import is_formula_like
from app.exports.table_csv import build_table_csv


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_cells_read_as_they_are() -> None:
    moment = datetime(2026, 11, 22, 14, 5, 30, tzinfo=UTC)
    content = build_table_csv(("A", "B"), [("Zoë", -5), (date(2026, 11, 22), moment), (None, "")])
    assert content.startswith(b"\xef\xbb\xbfA,B\r\n")
    assert read(content)[1:] == [
        ["Zoë", "-5"],
        ["2026-11-22", "2026-11-22T14:05+00:00"],
        ["", ""],
    ]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_no_text_is_a_formula(text: str) -> None:
    (row,) = read(build_table_csv(("A",), [(f"x{text}",)]))[1:] or [[""]]
    assert row[0].lstrip("x") == text.replace("\0", "").lstrip("x")
    cells = [cell for row in read(build_table_csv(("A", "B"), [(text, 1)])) for cell in row]
    assert not any(is_formula_like(cell) for cell in cells)
