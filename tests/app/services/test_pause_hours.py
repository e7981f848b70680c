"""The hours of a day that pauses leave."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.services.pause_hours import count_open_hours
from app.services.pause_intervals import PauseInterval

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


@given(
    st.lists(
        st.tuples(
            st.timedeltas(timedelta(days=-3), timedelta(days=3)).map(MIDNIGHT.__add__),
            st.none() | st.timedeltas(timedelta(0), timedelta(days=4)),
        ),
        max_size=4,
    ),
    st.sampled_from([None, 0.0, -10.0, 5.5, 5.75, 14.0]),
)
def test_count_open_hours_equals_counting_seconds(
    pauses: list[tuple[datetime, timedelta | None]], utc_offset: float | None
) -> None:
    intervals = [
        PauseInterval(number, start, None if length is None else start + length)
        for number, (start, length) in enumerate(pauses)
    ]
    begin = datetime(2026, 3, 2, tzinfo=UTC) - timedelta(hours=utc_offset or 0)
    cuts = {begin, begin + timedelta(days=1)}
    for pause in intervals:
        cuts |= {pause.effective_at, pause.resumed_at or begin + timedelta(days=1)}
    inside = sorted(cut for cut in cuts if begin <= cut <= begin + timedelta(days=1))
    free = timedelta(0)
    for first, last in pairwise(inside):
        if not any(
            pause.effective_at <= first and (pause.resumed_at is None or pause.resumed_at >= last)
            for pause in intervals
        ):
            free += last - first
    left = count_open_hours(date(2026, 3, 2), utc_offset, intervals)
    assert 0 <= Decimal(str(free.total_seconds())) / 3600 - left < Decimal("0.0103")
