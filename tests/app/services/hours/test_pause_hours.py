"""The hours of a day that pauses leave."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.services.hours.pause_hours import count_open_hours
from app.services.hours.pay_weeks import get_day_span
from app.services.pauses.pause_intervals import PauseInterval


@given(
    st.lists(
        st.tuples(
            st.timedeltas(timedelta(days=-3), timedelta(days=3)),
            st.none() | st.timedeltas(timedelta(0), timedelta(days=4)),
        ),
        max_size=4,
    ),
    st.sampled_from(
        [
            "UTC",
            "Etc/GMT+12",
            "Asia/Kathmandu",
            "Pacific/Kiritimati",
            "Europe/Berlin",
            "Africa/Cairo",
        ]
    ),
    st.sampled_from([date(2026, 3, 2), date(2026, 3, 29), date(2026, 4, 24), date(2026, 10, 25)]),
)
def test_count_open_hours_equals_counting_seconds(
    pauses: list[tuple[timedelta, timedelta | None]], zone: str, day: date
) -> None:
    intervals = [
        PauseInterval(number, start, None if length is None else start + length)
        for number, (shift, length) in enumerate(pauses)
        for start in [datetime.combine(day, time(), UTC) + shift]
    ]
    begin, end = get_day_span(day, zone)
    cuts = {begin, end}
    for pause in intervals:
        cuts |= {pause.effective_at, pause.resumed_at or end}
    inside = sorted(cut for cut in cuts if begin <= cut <= end)
    free = timedelta(0)
    for first, last in pairwise(inside):
        if not any(
            pause.effective_at <= first and (pause.resumed_at is None or pause.resumed_at >= last)
            for pause in intervals
        ):
            free += last - first
    free = min(free, timedelta(hours=24))  # a day of 25 hours takes 24
    left = count_open_hours(day, zone, intervals)
    assert 0 <= Decimal(str(free.total_seconds())) / 3600 - left < Decimal("0.0103")
