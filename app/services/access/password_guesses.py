"""How many guesses a password is made of: words, walks over the keyboard, sequences, repeats.

Whoever guesses passwords does not try letters but parts: `Summer2026!` is a word, a year and a
sign, three parts however many characters it has. A list of breached passwords knows the ones of
yesterday; the parts are what they have in common with those of tomorrow.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from app.services.access.password_words import COMMON_WORDS

_LONGEST_WORD = max(map(len, COMMON_WORDS))
_SHORTEST_RUN = 3

_YEAR = re.compile("(19|20)[0-9]{2}")

_AS_LETTERS = tuple(
    str.maketrans(f"@4031{one}5$7+", f"aaoei{one}sstt") | {ord("!"): one, ord("1"): one}
    for one in "il"
)
"""Signs that are typed for letters; 1 and ! stand for i or for l."""

_KEYBOARDS = (
    ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"),
    ("1234567890", "qwertzuiop", "asdfghjkl", "yxcvbnm"),
    ("1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn"),
)


def count_parts(password: str) -> int:
    """Return the fewest parts that make the password; upper case and repeats count nothing.

    A part is a common word, a walk over neighbouring keys, a sequence such as `4567` or `dcba`,
    a year, or any other character.
    """
    text = unicodedata.normalize("NFKC", password).casefold()
    spellings = [text, *(text.translate(table) for table in _AS_LETTERS)]
    fewest = [0]
    for end in range(1, len(text) + 1):
        starts = [end - 1, *_list_runs(text, end), *_list_words(spellings, end)]
        parts = min(fewest[start] for start in starts) + 1
        repeated = [fewest[end - size] for size in _list_repeats(text, end)]
        fewest.append(min(parts, *repeated) if repeated else parts)
    return fewest[-1]


def _list_words(spellings: list[str], end: int) -> list[int]:
    """Return where words and years begin that end there."""
    starts = [
        start
        for spelt in spellings
        for start in range(max(0, end - _LONGEST_WORD), end - 2)
        if spelt[start:end] in COMMON_WORDS
    ]
    if _YEAR.fullmatch(spellings[0][max(0, end - 4) : end]):
        starts.append(end - 4)
    return starts


def _list_runs(text: str, end: int) -> range:
    """Return where walks and sequences begin that end there."""
    first = end - 1
    for step in (1, -1):
        start = end - 1
        while start and ord(text[start]) - ord(text[start - 1]) == step:
            start -= 1
        first = min(first, start)
    start = end - 1
    while start and text[start - 1] in _list_neighbours(text[start]):
        start -= 1
    return range(min(first, start), end - _SHORTEST_RUN + 1)


def _list_repeats(text: str, end: int) -> list[int]:
    """Return the sizes of blocks that end there and say again what stands before them."""
    return [
        size
        for size in range(1, end // 2 + 1)
        if text[end - size : end] == text[end - 2 * size : end - size]
    ]


@cache
def _list_neighbours(key: str) -> frozenset[str]:
    """Return the keys beside, above and below a key, of each keyboard that has it."""
    found: set[str] = set()
    for rows in _KEYBOARDS:
        for row_number, row in enumerate(rows):
            place = row.find(key)
            if place < 0:
                continue
            for near in range(max(0, row_number - 1), min(len(rows), row_number + 2)):
                # Each row is moved to the right by half a key.
                shift = row_number - near
                places = {place - 1, place + 1} if not shift else {place, place + shift}
                found.update(rows[near][one] for one in places if 0 <= one < len(rows[near]))
    return frozenset(found)
