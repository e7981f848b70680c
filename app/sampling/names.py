"""Invented people: given and family names of many cultures, drawn apart and joined."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "invented" / "names.csv"

_PLAIN_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ß": "ss",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "'": "",
        "-": "",
        " ": "",
    }
)


@dataclass(frozen=True)
class Culture:
    """Names of one culture.

    family_first  written before the given name
    family        "" stands for people who carry one name only
    """

    family_first: bool
    given: tuple[str, ...]
    family: tuple[str, ...]


@cache
def load_cultures() -> Mapping[str, Culture]:
    """Return the cultures by the key that `places.COUNTRIES` uses."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return {
            row["culture"]: Culture(
                row["family_first"] == "true",
                tuple(row["given"].split("|")),
                tuple(row["family"].split("|")),
            )
            for row in csv.DictReader(stream)
        }


def join_name(culture: Culture, given: str, family: str) -> str:
    """Return the full name in the order of the culture."""
    parts = (family, given) if culture.family_first else (given, family)
    return " ".join(part for part in parts if part)


def fold_to_ascii(text: str) -> str:
    """Return `text` in small plain letters, for the left side of an e-mail address."""
    plain = text.lower().translate(_PLAIN_LETTERS)
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode("ascii")
