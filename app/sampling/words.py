"""Invented codenames and clients; none is meant to be a real company or project."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from itertools import product
from pathlib import Path

_FILE = Path(__file__).parent / "invented" / "words.csv"


def list_codenames(count: int) -> list[str]:
    """Return `count` different single words; the first is Chordus."""
    words = _load_words()
    made = (a + b for b, a in product(words["codename_end"], words["codename_start"]))
    return list(dict.fromkeys([*words["codename"], *made]))[:count]


def list_clients(count: int) -> list[str]:
    """Return `count` different names of invented clients."""
    words = _load_words()
    made = (f"{a} {b}" for b, a in product(words["client_end"], words["client_start"]))
    return [*words["client"], *made][:count]


@cache
def _load_words() -> Mapping[str, list[str]]:
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return {row["use"]: row["words"].split("|") for row in csv.DictReader(stream)}
