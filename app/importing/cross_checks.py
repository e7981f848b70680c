"""Rules of the CSV folder that look at more than one cell: keys, references, order of dates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.importing.problems import ProblemLog
from app.importing.typed_table import TypedTable
from solver.instance import BoolArray
from solver.roster import TABLES


@dataclass(frozen=True)
class RowRule:
    """A rule between the cells of one row; `breaks` gives bool[N] over the frame's rows."""

    table: str
    column: str
    needs: tuple[str, ...]
    breaks: Callable[[pd.DataFrame], BoolArray]
    expected: str


def _dates_in_order(table: str) -> RowRule:
    return RowRule(
        table,
        "ends_on",
        ("starts_on", "ends_on"),
        lambda frame: (frame["ends_on"] < frame["starts_on"]).to_numpy(dtype=np.bool_),
        "a day on or after starts_on",
    )


ROW_RULES = (
    RowRule(
        "projects",
        "max_hours",
        (),
        lambda frame: (frame["max_hours"] < frame["min_hours"]).to_numpy(
            dtype=np.bool_, na_value=False
        ),
        "a whole number not below min_hours",
    ),
    _dates_in_order("projects"),
    _dates_in_order("time_off"),
    _dates_in_order("assignments"),
    RowRule(
        "walls",
        "competitor_id",
        ("client_id", "competitor_id"),
        lambda frame: (frame["client_id"] == frame["competitor_id"]).to_numpy(dtype=np.bool_),
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
    known: Mapping[str, pd.Index] | None = None
    unread: frozenset[str] = frozenset()

    def find_keys(self, name: str) -> pd.Series | pd.Index | None:
        """Return the keys that a reference to the table may hold; None when that can't be said."""
        (key,) = TABLES[name].key
        typed = self.tables.get(name)
        # A target that could not be read to its end would make every row look wrong.
        if name in self.unread or (typed is not None and not _is_whole(typed, key)):
            return None
        if self.known is None:
            return None if typed is None else typed.frame[key]
        known = self.known[name]
        return known if typed is None else known.append(pd.Index(typed.frame[key]))

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
        _check_duplicates(typed, typed.frame[list(names)], names, f"each {words} once", log)


def _check_unique_text(typed: TypedTable, column: str, log: ProblemLog) -> None:
    folded = pd.DataFrame({column: typed.frame[column].str.lower()})
    _check_duplicates(typed, folded, (column,), f"each {column} once", log)


def _check_mirrored_walls(typed: TypedTable, log: ProblemLog) -> None:
    """A wall counts both ways, so the same two clients the other way round say it twice."""
    ends = typed.frame[["client_id", "competitor_id"]].to_numpy(dtype=object)
    straight = ends[:, 0] <= ends[:, 1]
    pairs = pd.DataFrame(np.where(straight[:, None], ends, ends[:, ::-1]), columns=["one", "other"])
    # Rows that also agree in their order are duplicate keys, noted as such.
    pairs = pairs[~typed.frame.duplicated(["client_id", "competitor_id"]).to_numpy()]
    _check_duplicates(
        typed, pairs, ("client_id", "competitor_id"), "each two clients once, in either order", log
    )


def _check_duplicates(
    typed: TypedTable, keys: pd.DataFrame, names: tuple[str, ...], expected: str, log: ProblemLog
) -> None:
    """Note rows whose `keys` stand on an earlier row; index of `keys` = row positions."""
    usable = np.logical_and.reduce([typed.valid[name] for name in names])
    keys = keys[usable[keys.index.to_numpy()]]
    if not keys.duplicated().any():
        return
    group = keys.groupby(list(keys.columns), sort=False).ngroup().to_numpy()
    rows = keys.index.to_numpy()
    _, first = np.unique(group, return_index=True)
    later = np.flatnonzero(keys.duplicated().to_numpy())
    first_lines = typed.raw.lines[rows[first[group[later]]]]
    sentences = [f"{expected} (first on line {line})" for line in first_lines.tolist()]
    typed.log_rows(log, rows[later], names[-1], sentences)


def _check_references(typed: TypedTable, targets: Targets, log: ProblemLog) -> None:
    for column in typed.table.columns:
        if column.refers_to is None:
            continue
        keys = targets.find_keys(column.refers_to)
        if keys is None:
            continue
        known = typed.frame[column.name].isin(keys).to_numpy()
        rows = np.flatnonzero(~known & typed.valid[column.name])
        typed.log_rows(log, rows, column.name, targets.describe(column.refers_to))


def _check_row_rule(typed: TypedTable, rule: RowRule, log: ProblemLog) -> None:
    usable = ~typed.raw.ragged
    for name in rule.needs:
        usable = usable & typed.valid[name]
    rows = np.flatnonzero(rule.breaks(typed.frame) & usable)
    typed.log_rows(log, rows, rule.column, rule.expected)
