from __future__ import annotations

from datetime import date
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.columns import (
    divide_half_up,
    get_date,
    get_day,
    locate,
    read_days,
    read_seconds,
    read_whole,
    split_list,
)


def test_whole_blank_becomes_the_missing_value() -> None:
    assert read_whole(pd.Series([3, None], dtype="Int64"), -1).tolist() == [3, -1]


def test_days_count_from_1970() -> None:
    column = pd.Series(["1970-01-02", "1969-12-31", None], dtype="datetime64[s]")

    assert read_days(column, 99).tolist() == [1, -1, 99]


@given(st.dates())
def test_day_and_date_are_inverse(day: date) -> None:
    assert get_date(get_day(day)) == day


@pytest.mark.parametrize(("hours", "seconds"), [(5.75, 20_700), (-3.5, -12_600), (0.01, 36)])
def test_seconds_of_hours_are_exact(hours: float, seconds: int) -> None:
    assert read_seconds(pd.Series([hours, None], dtype="float64"), 7).tolist() == [seconds, 7]


def test_locate_gives_rows_and_minus_1() -> None:
    keys, wanted = pd.Series(["b", "a"], dtype="str"), pd.Series(["a", "x", "b"], dtype="str")

    assert locate(keys, wanted).tolist() == [1, -1, 0]


def test_list_of_a_blank_cell_is_empty() -> None:
    assert (split_list(""), split_list("a|b")) == (frozenset(), frozenset({"a", "b"}))


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_divide_half_up_rounds_halves_up(numerator: int, denominator: int) -> None:
    rounded = divide_half_up(numerator, denominator)

    assert rounded - Fraction(1, 2) <= Fraction(numerator, denominator) < rounded + Fraction(1, 2)
