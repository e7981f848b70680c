"""Numbers, money, dates and spans as the pages show them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.formatting import (
    MINUS,
    count_of,
    format_day,
    format_duration,
    format_moment,
    format_money,
    format_number,
    format_offset,
    format_span,
    make_sentence,
    pluralise,
)

NOW = datetime(2026, 11, 22, 14, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (format_number(1234567), "1,234,567"),
        (format_number(Decimal("7.50"), 2), "7.5"),
        (format_number(100, 1), "100"),
        (format_number(-3.25, 1), f"{MINUS}3.2"),
        (format_money(123456, "USD"), "1,234.56 USD"),
        (format_money(-5, "EUR"), f"{MINUS}0.05 EUR"),
        (format_money(150, "USD", whole=True), "2 USD"),
        (format_day(date(2026, 3, 1)), "Sun 1 Mar 2026"),
        (format_span(date(2026, 11, 23), date(2026, 11, 29)), "Mon 23 to Sun 29 Nov 2026"),
        (format_span(date(2026, 11, 30), date(2026, 12, 6)), "Mon 30 Nov to Sun 6 Dec 2026"),
        (format_span(date(2026, 12, 28), date(2027, 1, 3)), "Mon 28 Dec 2026 to Sun 3 Jan 2027"),
        (format_moment(NOW), "22 Nov 2026, 14:05 UTC"),
        (format_offset(None), "UTC"),
        (format_offset(5.5), "UTC+5:30"),
        (format_offset(-3), f"UTC{MINUS}3"),
        (format_duration(8.9), "8 s"),
        (format_duration(125), "2 min 5 s"),
        (format_duration(3780), "1 h 3 min"),
        (make_sentence("one more seat"), "One more seat."),
        (make_sentence("2744.00 USD more"), "2,744.00 USD more."),
        (make_sentence(""), ""),
        (pluralise(1, "person", "people"), "1 person"),
        (pluralise(1204, "line"), "1,204 lines"),
        (count_of(1, "pauses"), "1 pause"),
        (count_of(1, "people"), "1 person"),
        (count_of(2300, "people"), "2,300 people"),
    ],
)
def test_formatting(shown: str, expected: str) -> None:
    assert shown == expected


@given(st.integers(-(10**12), 10**12))
def test_money_reads_back_to_the_same_cents(cents: int) -> None:
    text = format_money(cents).replace(",", "").replace(MINUS, "-")
    assert Decimal(text) * 100 == cents
