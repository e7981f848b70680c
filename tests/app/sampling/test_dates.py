"""Moving a roster in time."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from app.sampling import SampleSize, build_sample_roster, get_whole_weeks, shift_dates
from solver.roster import TABLES, Kind

SMALL = SampleSize(contractors=60, projects=12, clients=5, skills_each=5)


def test_shift_moves_every_date_and_nothing_else() -> None:
    roster = build_sample_roster(SMALL, seed=1, starting=date(2026, 11, 23))
    moved = shift_dates(roster, 70)
    for name, table in TABLES.items():
        before, after = roster.frames()[name], moved.frames()[name]
        pd.testing.assert_series_equal(before.dtypes, after.dtypes)
        for column in table.columns:
            old, new = before[column.roster_name], after[column.roster_name]
            if column.kind is Kind.DATE:
                assert (new.dropna() - old.dropna() == pd.Timedelta(days=70)).all()
                assert (new.isna() == old.isna()).all()
            else:
                pd.testing.assert_series_equal(old, new)


def test_shift_back_and_forth_changes_nothing() -> None:
    roster = build_sample_roster(SMALL, seed=1, starting=date(2026, 11, 23))
    back = shift_dates(shift_dates(roster, 35), -35)
    for name, frame in roster.frames().items():
        pd.testing.assert_frame_equal(frame, back.frames()[name])


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (date(2026, 11, 23), 0),
        (date(2026, 11, 29), 0),
        (date(2026, 11, 30), 7),
        (date(2027, 11, 23), 364),
        (date(2026, 11, 22), -7),
    ],
)
def test_whole_weeks_reach_today_or_the_days_before(today: date, days: int) -> None:
    assert get_whole_weeks(date(2026, 11, 23), today) == days
