"""Rules of the CSV folder that look at more than one cell: keys, references, order of dates."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.importing.cells import CellValue
from app.importing.problems import ProblemLog
from app.importing.typed_table import TypedTable
from solver.instance import BoolArray, IntArray
from solver.roster import TABLES


@dataclass(frozen=True)
class RowRule:
    """A rule between `column` and `other` of a row; `breaks` compares the two, row by row."""

    table: str
    column: str
    other: str
    needs: tuple[str, ...]
    breaks: Callable[[pd.Series, pd.Series], pd.Series]
    expected: str


def _dates_in_order(table: str) -> RowRule:
    needs = ("starts_on", "ends_on")
    return RowRule(table, "ends_on", "starts_on", needs, operator.lt, "a day on or after starts_on")


ROW_RULES = (
    RowRule(
        "projects",
        "max_hours",
        "min_hours",
        (),
        operator.lt,
        "a whole number not below min_hours",
    ),
    _dates_in_order("projects"),
    _dates_in_order("time_off"),
    _dates_in_order("assignments"),
    RowRule(
        "walls",
        "competitor_id",
        "client_id",
        ("client_id", "competitor_id"),
        operator.eq,
        "another client than client_id",
    ),
)
"""Every rule inside a row; `needs` names the columns that must hold a good value."""

UNIQUE_TEXTS = (
    ("projects", "codename"),
    ("contractors", "email"),
    ("contractors", "payroll_id"),
)
"""Columns beside the keys in which no two rows may agree; capital letters do not count."""


@dataclass(frozen=True)
class Targets:
    """What rows may refer to.

    known   by table, keys that exist beside the files; None = a reference needs a file
    unread  tables whose file could not be read: nothing can be said of references to them
    """

    tables: Mapping[str, TypedTable]
    known: Mapping[str, Set[str]] | None = None
    unread: frozenset[str] = frozenset()

    def find_keys(self, name: str) -> Set[CellValue] | None:
        """Return the keys that a reference to the table may hold; None when that can't be said."""
        (key,) = TABLES[name].key
        typed = self.tables.get(name)
        # A target that could not be read to its end would make every row look wrong.
        if name in self.unread or (typed is not None and not _is_whole(typed, key)):
            return None
        if self.known is None and typed is None:
            return None
        keys: set[CellValue] = set() if self.known is None else set(self.known[name])
        return keys if typed is None else keys.union(typed.columns[key].values)

    def describe(self, name: str) -> str:
        """Return what a reference to the table must be."""
        (key,) = TABLES[name].key
        beside = "" if self.known is None else ", or one that is there already"
        return f"a {key} of {name}.csv{beside}"


def _is_whole(typed: TypedTable, key: str) -> bool:
    return typed.raw.complete and key in typed.raw.columns


def check_tables(tables: Mapping[str, TypedTable], targets: Targets, log: ProblemLog) -> None:
    """Note every breach of keys, references and rules between cells in `log`."""
    for typed in tables.values():
        _check_key(typed, log)
        _check_references(typed, targets, log)
    for name, column in UNIQUE_TEXTS:
        if name in tables:
            _check_unique_text(tables[name], column, log)
    for rule in ROW_RULES:
        if rule.table in tables:
            _check_row_rule(tables[rule.table], rule, log)
    if "walls" in tables:
        _check_mirrored_walls(tables["walls"], log)


def _check_key(typed: TypedTable, log: ProblemLog) -> None:
    names = typed.table.key
    if names:
        words = " and ".join(names)
        _check_duplicates(typed, _number_rows(typed, names), names, f"each {words} once", log)


def _check_unique_text(typed: TypedTable, column: str, log: ProblemLog) -> None:
    found = typed.columns[column]
    keys = _number([str(value).lower() for value in found.values])[found.codes]
    _check_duplicates(typed, keys, (column,), f"each {column} once", log)


def _check_mirrored_walls(typed: TypedTable, log: ProblemLog) -> None:
    """A wall counts both ways, so the same two clients the other way round say it twice."""
    names = ("client_id", "competitor_id")
    one, other = (typed.columns[name] for name in names)
    numbers = _number([*one.values, *other.values])
    ends = np.column_stack([numbers[one.codes], numbers[other.codes + len(one.values)]])
    keys = ends.min(axis=1, initial=len(numbers)) * len(numbers) + ends.max(axis=1, initial=0)
    # Rows that also agree in their order are duplicate keys, noted as such.
    fresh = ~pd.Series(_number_rows(typed, names)).duplicated().to_numpy()
    expected = "each two clients once, in either order"
    _check_duplicates(typed, keys, names, expected, log, among=fresh)


def _number(values: Sequence[CellValue]) -> IntArray:
    """Return a number below their count for each value, the same for values that are equal."""
    numbers = {value: place for place, value in enumerate(values)}
    return np.fromiter(map(numbers.__getitem__, values), np.int64, len(values))


def _number_rows(typed: TypedTable, names: Sequence[str]) -> IntArray:
    """Return int64[N], the same for rows that agree in all these columns."""
    keys = np.zeros(len(typed.raw.lines), dtype=np.int64)
    for column in (typed.columns[name] for name in names):
        keys = keys * len(column.values) + _number(column.values)[column.codes]
    return keys


def _check_duplicates(
    typed: TypedTable,
    keys: IntArray,
    names: tuple[str, ...],
    expected: str,
    log: ProblemLog,
    *,
    among: BoolArray | None = None,
) -> None:
    """Note rows whose key stands on an earlier row; only those whose `names` are good count."""
    given = [typed.columns[name].valid for name in names]
    rows = np.flatnonzero(np.logical_and.reduce(given if among is None else [*given, among]))
    keys = keys[rows]
    later = np.flatnonzero(pd.Series(keys).duplicated())
    if not len(later):
        return
    distinct, first = np.unique(keys, return_index=True)
    first_lines = typed.raw.lines[rows[first[np.searchsorted(distinct, keys[later])]]]
    sentences = [f"{expected} (first on line {line})" for line in first_lines.tolist()]
    typed.log_rows(log, rows[later], names[-1], sentences)


def _check_references(typed: TypedTable, targets: Targets, log: ProblemLog) -> None:
    for column in typed.table.columns:
        if column.refers_to is None:
            continue
        keys = targets.find_keys(column.refers_to)
        if keys is None:
            continue
        found = typed.columns[column.name]
        known = np.fromiter(map(keys.__contains__, found.values), np.bool_, len(found.values))
        rows = np.flatnonzero(~known[found.codes] & found.valid)
        typed.log_rows(log, rows, column.name, targets.describe(column.refers_to))


def _check_row_rule(typed: TypedTable, rule: RowRule, log: ProblemLog) -> None:
    usable = ~typed.raw.ragged
    for name in rule.needs:
        usable = usable & typed.columns[name].valid
    column, other = typed.columns[rule.column].series, typed.columns[rule.other].series
    breaks = rule.breaks(column, other).to_numpy(dtype=np.bool_, na_value=False)
    typed.log_rows(log, np.flatnonzero(breaks & usable), rule.column, rule.expected)
