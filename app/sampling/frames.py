"""Small tools of the generator: typed frames from drawn columns, and one random stream a part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.sampling.occupations import FloatArray
from solver.instance import IntArray
from solver.roster import TABLES, get_dtype

DayArray = npt.NDArray[np.datetime64]

CENTS_STEP = {"USD": 25, "EUR": 25, "INR": 500}
"""Rates are agreed in quarters of a dollar or euro, and in five rupees."""


class Part(IntEnum):
    """A part of the sample; each draws from a stream of its own, so one leaves the others alone."""

    MARKET = 1
    PEOPLE = 2
    SKILLS = 3
    WORK = 4
    DEMAND = 5


def make_stream(seed: int, part: Part) -> np.random.Generator:
    """Return the random stream of one part of the sample."""
    return np.random.default_rng([seed, part])


def build_frame(name: str, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a roster frame of table `name`; a column not given holds its default."""
    rows = len(next(iter(columns.values())))
    filled: dict[str, Any] = {}
    dtypes: dict[str, str] = {}
    for column in TABLES[name].columns:
        key = column.roster_name
        dtypes[key] = get_dtype(column)
        blank = "" if dtypes[key] == "str" else None
        filled[key] = columns.get(key, [blank if column.default is None else column.default] * rows)
    return pd.DataFrame(filled).astype(dtypes)


def add_days(starting: date, days: IntArray) -> DayArray:
    """Return datetime64[s] days counted from `starting`."""
    return (np.datetime64(starting, "D") + days.astype("timedelta64[D]")).astype("datetime64[s]")


def keep_some(
    rng: np.random.Generator, values: npt.NDArray[Any], share: float, blank: object
) -> npt.NDArray[np.object_]:
    """Return the values as objects, each kept with probability `share`, else `blank`."""
    kept: npt.NDArray[np.object_] = values.astype(object)
    kept[rng.random(len(values)) >= share] = blank
    return kept


def keep_some_days(rng: np.random.Generator, days: DayArray, share: float) -> DayArray:
    """Return the days, each kept with probability `share`, else missing."""
    kept = days.copy()
    kept[rng.random(len(days)) >= share] = np.datetime64("NaT")
    return kept


def round_to_step(amount: FloatArray, currencies: npt.NDArray[np.object_]) -> IntArray:
    """Return amounts of money in cents, rounded to the step of their currency."""
    steps = np.array([CENTS_STEP[currency] for currency in currencies.tolist()], dtype=np.int64)
    return np.maximum(1, np.rint(amount * 100 / steps)).astype(np.int64) * steps
