"""Lists as files for people: harmless texts, plain numbers, days and instants."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

from hypothesis import given

from app.exports.table_csv import build_table_csv
from tests.app.exports.payroll_formats.lines import list_formulas, names


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


@given(text=names)
def test_no_text_becomes_a_formula_whatever_splits_the_lines(text: str) -> None:
    """Check 13: lists."""
    assert list_formulas(build_table_csv(("A", "B", "C"), [(text, -5, text)])) == []
