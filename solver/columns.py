"""Roster columns as plain integer arrays, so that every rule compares integers."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from solver.instance import IntArray

FOREVER_DAY = 2**40
"""Day number of a date that never comes: an end or an expiry left blank."""

LONG_AGO_DAY = -(2**40)
"""Day number of a start left blank."""

_SECONDS_PER_HOUR = 3600


def read_whole(column: pd.Series, missing: int) -> IntArray:
    """Return an int64 copy of a WHOLE or MONEY column; blank cells become `missing`."""
    return column.fillna(missing).to_numpy(dtype=np.int64)


def read_days(column: pd.Series, missing: int) -> IntArray:
    """Return a DATE column as int64 day numbers (0 = 1970-01-01); blank becomes `missing`."""
    blank = column.isna().to_numpy()
    days = column.to_numpy(dtype="datetime64[D]").astype(np.int64)
    return np.where(blank, missing, days)


def read_seconds(column: pd.Series, missing: int) -> IntArray:
    """Return a DECIMAL column of hours as whole int64 seconds; blank becomes `missing`.

    Seconds hold quarter hours and two-decimal hours exactly, which floats do not.
    """
    blank = column.isna().to_numpy()
    hours = np.where(blank, 0.0, column.to_numpy(dtype=np.float64))
    return np.where(blank, missing, np.rint(hours * _SECONDS_PER_HOUR).astype(np.int64))


def get_day(day: date) -> int:
    """Return the day number of `day` (0 = 1970-01-01)."""
    return int(np.datetime64(day, "D").astype(np.int64))


def get_date(day: int) -> date:
    """Return the date of a day number."""
    return date.fromordinal(day + date(1970, 1, 1).toordinal())


def locate(keys: pd.Series, wanted: pd.Series) -> IntArray:
    """Return int64[len(wanted)], the row of each wanted id in the unique `keys`; -1 if absent."""
    rows: IntArray = pd.Index(keys).get_indexer(pd.Index(wanted)).astype(np.int64)
    return rows


def split_list(cell: str) -> frozenset[str]:
    """Return the parts of a LIST cell; a blank cell has none."""
    return frozenset(cell.split("|")) if cell else frozenset()


def divide_half_up(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded half up; the denominator is above 0."""
    return (2 * numerator + denominator) // (2 * denominator)
