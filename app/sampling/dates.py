"""Moves a roster in time, so that data drawn for one day can be shown on another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from solver.roster import TABLES, Kind, Roster

CHORDUS_PAUSE_DATE = date(2026, 11, 23)
"""The Monday for which `sample_data/chordus` was drawn."""

_DAYS_A_WEEK = 7


def shift_dates(roster: Roster, days: int) -> Roster:
    """Return the roster with every date moved by `days`; whole weeks keep the weekdays."""
    shift = pd.Timedelta(days=days)
    moved: dict[str, pd.DataFrame] = {}
    for name, frame in roster.frames().items():
        dates = [column.name for column in TABLES[name].columns if column.kind is Kind.DATE]
        moved[name] = frame.assign(
            **{column: (frame[column] + shift).astype("datetime64[s]") for column in dates}
        )
    return replace(roster, **moved)


def get_whole_weeks(drawn_for: date, today: date) -> int:
    """Return the days to shift so that `drawn_for` falls on `today` or up to six days before."""
    return (today - drawn_for).days // _DAYS_A_WEEK * _DAYS_A_WEEK
