"""Guesses which column of a foreign header is which column of the format, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from types import MappingProxyType

from solver.roster import TABLES, Table

_LEAST_LIKENESS = 0.72

_OTHER_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "contractor_id": ("worker id", "person id", "freelancer id", "consultant id"),
        "client_id": ("customer id", "account id"),
        "competitor_id": ("rival id", "competing client id"),
        "name": ("full name", "display name", "client name", "contractor name"),
        "codename": ("project name", "project codename"),
        "email": ("e-mail address", "email address", "mail"),
        "pay_rate": ("hourly rate", "rate", "rate per hour"),
        "min_pay_rate": ("minimum rate", "lowest rate"),
        "max_weekly_hours": ("hours per week", "weekly hours", "capacity hours"),
        "hours_per_week": ("weekly hours", "hours"),
        "demand_hours": ("demand", "hours wanted"),
        "starts_on": ("start date", "start", "from"),
        "ends_on": ("end date", "end", "to", "until"),
        "skill": ("skill name", "capability"),
        "level": ("skill level", "proficiency"),
        "clearance_expires_on": ("clearance expiry", "clearance valid until"),
    }
)
"""What exports of other systems call a column."""


def fits_exactly(table: Table, header: Sequence[str]) -> bool:
    """Return whether the header has every required column of the table under its own name."""
    return all(column.name in header for column in table.columns if column.required)


def guess_table(file_name: str, header: Sequence[str]) -> Table:
    """Return the table that a file most likely holds: by its name, else by its columns."""
    stem = _simplify(file_name.rsplit(".", 1)[0])
    for name, table in TABLES.items():
        if stem == _simplify(name):
            return table
    return max(TABLES.values(), key=lambda table: _rate_table(table, stem, header))


def guess_columns(table: Table, header: Sequence[str]) -> dict[str, str]:
    """Return column of the format -> name in the header, for those with a likely one."""
    likeness = sorted(
        (
            (_compare(column.name, theirs), -place, column.name, theirs)
            for place, column in enumerate(table.columns)
            for theirs in dict.fromkeys(name for name in header if name)
        ),
        reverse=True,
    )
    found: dict[str, str] = {}
    for score, _place, ours, theirs in likeness:
        if score >= _LEAST_LIKENESS and ours not in found and theirs not in found.values():
            found[ours] = theirs
    return {column.name: found[column.name] for column in table.columns if column.name in found}


def _rate_table(table: Table, stem: str, header: Sequence[str]) -> tuple[float, float]:
    required = [column.name for column in table.columns if column.required]
    guessed = guess_columns(table, header)
    found = sum(name in guessed for name in required) / len(required)
    return found, _measure(_simplify(table.name), stem) + len(guessed) / 100


def _compare(ours: str, theirs: str) -> float:
    names = (ours, *_OTHER_NAMES.get(ours, ()))
    return max(_measure(_simplify(name), _simplify(theirs)) for name in names)


def _measure(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _simplify(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())


def list_missing(table: Table, columns: Iterable[str]) -> list[str]:
    """Return the required columns of the table that are not among `columns`."""
    known = set(columns)
    return [one.name for one in table.columns if one.required and one.name not in known]
