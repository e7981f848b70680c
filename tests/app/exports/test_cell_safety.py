"""Texts for people lose what a spreadsheet could run; ids for programs are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exports.cell_safety import is_safe_id, protect_text

STARTS = ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", " =", "\u00a0=", "\t=", "\r="]


@pytest.mark.parametrize("start", STARTS)
def test_formula_in_a_text_gets_an_apostrophe(start: str) -> None:
    """Check 13: each way that a formula begins."""
    text = protect_text(f"{start}SUM(A1)")
    assert text == f"'{start}SUM(A1)".replace("\t", " ").replace("\r", " ")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Zoë O'Connor", "Zoë O'Connor"),
        ("a;=1+1", "a;'=1+1"),
        ("a; -5", "a;' -5"),
        ("a\r\n=1+1\nb", "a =1+1 b"),
        ("\0=1+1", "'=1+1"),
        ("10 - 5, +49", "10 - 5, +49"),
        ("\u202egnp.exe\u202c \u05e9\u05e8\u05d4", "gnp.exe \u05e9\u05e8\u05d4"),
        ("\u2066=1+1", "'=1+1"),
    ],
)
def test_text_stays_readable(text: str, safe: str) -> None:
    assert protect_text(text) == safe


@pytest.mark.parametrize(
    "text",
    ["", *(f"{start}1" for start in STARTS), "1\n2", "1\x002", "a;=1", "a,+1", "a|@x", "a\u200bb"],
)
def test_id_that_a_program_could_misread_is_not_safe(text: str) -> None:
    assert not is_safe_id(text)


@pytest.mark.parametrize("text", ["00042", "A-1", "Zoë O'Connor", "a, b", "x;y"])
def test_usual_id_is_safe(text: str) -> None:
    assert is_safe_id(text)


@given(st.text(max_size=12))
def test_what_is_safe_for_programs_is_safe_for_people(text: str) -> None:
    if is_safe_id(text):
        assert protect_text(text) == text
