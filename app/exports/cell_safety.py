"""Keeps spreadsheets from running what stands in a cell (CSV injection).

A text that a spreadsheet would take for a formula gets an apostrophe before it in files for
people. Numbers stay numbers, and ids in files for programs are refused rather than changed:
an apostrophe would break the match on the other side.
"""

from __future__ import annotations

import re
import unicodedata

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

_CONTROLS = re.compile("\r\n|[\x01-\x1f\x7f-\x9f\u2028\u2029]")

_DIRECTION_MARKS = dict.fromkeys(
    map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)
"""Characters that nobody sees and that turn the direction of what follows them."""

_SEPARATORS = re.compile("[,;|]")
"""What a spreadsheet may split a line at, whatever the file was written with."""

PLAIN_ID = "[A-Za-z0-9][A-Za-z0-9 ._'-]*"
"""Ids that need no closer look, as a regular expression of the whole; PostgreSQL reads it too."""

_PLAIN = re.compile(PLAIN_ID)

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that nobody sees: control, format, and line separators."""


def is_formula_like(text: str) -> bool:
    """Return whether a spreadsheet may take `text` for a formula, full-width signs included."""
    # NFKC turns the full-width forms of = + - @ into the plain ones. Quotes go where a
    # spreadsheet splits at another separator than the file's.
    plain = unicodedata.normalize("NFKC", text).lstrip(' "')
    return plain.startswith(_FORMULA_STARTS)


def drop_direction_marks(text: str) -> str:
    """Return `text` without the marks that would let a name turn round the words beside it.

    Letters of scripts that run from right to left stay, and find their direction without marks.
    """
    return text if text.isascii() else text.translate(_DIRECTION_MARKS)


def protect_text(text: str) -> str:
    """Return `text` fit for a cell that a person opens: on one line, no formula anywhere in it.

    A spreadsheet that splits at semicolons finds no quotes where commas put them: there a line
    break or a semicolon starts a cell of its own, whose formula is disarmed as well.
    """
    text = drop_direction_marks(_CONTROLS.sub(" ", text.replace("\0", "")))
    parts = text.split(";")
    return ";".join(f"'{part}" if is_formula_like(part) else part for part in parts)


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
