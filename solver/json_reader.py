"""Reads values out of parsed JSON, collecting every fault with its place.

A faulty value is replaced by a harmless one so that reading goes on; whoever
uses a reader must call `raise_problems`, or look at `problems`, before trusting
what was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from solver.errors import InvalidInput, Problem
from solver.instance import IntArray

REQUIRED = object()
"""Default of a key that must be there."""

_INT64 = np.iinfo(np.int64)


class JsonReader:
    """Typed access to one document; `problems` holds what was wrong so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def fail(self, place: str, value: str, expected: str) -> None:
        """Note a fault."""
        self.problems.append(Problem(place, value, expected))

    def raise_problems(self) -> None:
        """Raise InvalidInput if anything was wrong."""
        if self.problems:
            raise InvalidInput(self.problems)

    def read_object(self, value: object, place: str, keys: Sequence[str]) -> dict[str, object]:
        """Return `value` as an object that has no other keys than `keys`."""
        if not isinstance(value, dict):
            self.fail(place, show(value), "an object")
            return {}
        for key in value:
            if key not in keys:
                self.fail(f"{place}.{key}", show(value[key]), "no key of that name")
        return value

    def read_list(self, owner: Mapping[str, object], key: str, default: object) -> list[object]:
        """Return the list under `key`."""
        value = owner.get(key, default)
        if value is REQUIRED:
            self.fail(key, "nothing", "a list")
            return []
        if not isinstance(value, list):
            self.fail(key, show(value), "a list")
            return []
        return value

    def read_text(self, owner: Mapping[str, object], key: str, place: str, default: object) -> str:
        """Return the text under `key`."""
        value = owner.get(key, default)
        if not isinstance(value, str):
            self.fail(f"{place}{key}", show(value), "a text")
            return ""
        return value

    def read_whole(
        self, owner: Mapping[str, object], key: str, place: str, default: object, fallback: int = 0
    ) -> int:
        """Return the whole number under `key`, `fallback` where there is none to read."""
        return self.read_whole_value(owner.get(key, default), f"{place}{key}", fallback)

    def read_whole_value(self, value: object, place: str, fallback: int = 0) -> int:
        """Return `value` when it is a whole number of 64 bits; true and 1.0 are none."""
        if type(value) is int and _INT64.min <= value < _INT64.max:
            return value
        self.fail(place, show(value), "a whole number")
        return fallback

    def read_weekly(self, value: object, place: str, weeks: int, fallback: int = 0) -> list[int]:
        """Return one number a week from a number for all weeks or a list of them."""
        if not isinstance(value, list):
            return [self.read_whole_value(value, place, fallback)] * weeks
        if len(value) != weeks:
            self.fail(place, f"{len(value)} numbers", f"one number or {weeks}, one a week")
            return [fallback] * weeks
        return [
            self.read_whole_value(one, f"{place}[{week}]", fallback)
            for week, one in enumerate(value)
        ]

    def read_table(self, rows: list[object], key: str, width: int) -> IntArray:
        """Return int64[N, width] of a list of rows; a faulty row stands as zeros."""
        if _is_clean(rows, width):
            return np.array(rows, dtype=np.int64).reshape(-1, width)
        table = np.zeros((len(rows), width), dtype=np.int64)
        for idx, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != width:
                self.fail(f"{key}[{idx}]", show(row), f"a list of {width} whole numbers")
                continue
            table[idx] = [
                self.read_whole_value(cell, f"{key}[{idx}][{column}]")
                for column, cell in enumerate(row)
            ]
        return table


def _is_clean(rows: list[object], width: int) -> bool:
    """Whether a large table needs no look at its single cells."""
    return all(
        isinstance(row, list)
        and len(row) == width
        and all(type(cell) is int and _INT64.min <= cell < _INT64.max for cell in row)
        for row in rows
    )


def show(value: object) -> str:
    """Return a short form of a value for a message."""
    if value is REQUIRED:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
