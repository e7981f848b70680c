"""Keeps spreadsheets from running what stands in a cell (CSV injection).

A text that a spreadsheet would take for a formula gets a leading apostrophe in files for
people. Numbers stay numbers, and ids in files for programs are refused rather than changed:
an apostrophe would break the match on the other side.
"""

from __future__ import annotations

import re
import unicodedata

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

_SEPARATORS = re.compile("[,;|]")
"""What a spreadsheet may split a line at, whatever the file was written with."""

_PLAIN = re.compile("[A-Za-z0-9][A-Za-z0-9 ._'-]*")
"""Texts that need no closer look; most of them, in files of 100,000 lines."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that nobody sees: control, format, and line separators."""


def is_formula_like(text: str) -> bool:
    """Return whether a spreadsheet may take `text` for a formula, full-width signs included."""
    # NFKC turns the full-width forms of = + - @ into the plain ones.
    plain = unicodedata.normalize("NFKC", text).lstrip(" ")
    return plain.startswith(_FORMULA_STARTS)


def protect_text(text: str) -> str:
    """Return `text` fit for a cell that a person opens: no formula, no NUL."""
    text = text.replace("\0", "")
    return f"'{text}" if is_formula_like(text) else text


def is_safe_id(text: str) -> bool:
    """Return whether an id can stand in a file for programs as it is.

    A safe id has something in it, no character that nobody sees, and no formula at its start
    or behind a separator.
    """
    if _PLAIN.fullmatch(text):
        return True
    if not text or any(is_formula_like(part) for part in _SEPARATORS.split(text)):
        return False
    return not any(unicodedata.category(character) in _UNSEEN for character in text)
