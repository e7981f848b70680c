"""Rows of delimited text."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exports.delimited import build_row

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@pytest.mark.parametrize(
    ("cells", "delimiter", "row"),
    [
        (["a", "", "b c"], ",", "a,,b c"),
        (["a,b", 'b"c', "d\ne", "f;g"], ",", '"a,b","b""c","d\ne",f;g'),
        (["7,50", "a;b"], ";", '7,50;"a;b"'),
    ],
)
def test_quotes_stand_where_the_format_needs_them(
    cells: list[str], delimiter: str, row: str
) -> None:
    assert build_row(cells, delimiter=delimiter) == row


@given(
    cells=st.lists(texts, min_size=2, max_size=5),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quote_all=st.booleans(),
)
def test_any_row_reads_back(cells: list[str], delimiter: str, quote_all: bool) -> None:
    row = build_row(cells, delimiter=delimiter, quote_all=quote_all)
    stream = io.StringIO(row, newline="")
    assert list(csv.reader(stream, delimiter=delimiter, strict=True)) == [cells]
