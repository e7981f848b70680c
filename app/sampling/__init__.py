"""Invented rosters drawn from real skill profiles and wages, for demos, tests and benchmarks."""

from app.sampling.dates import CHORDUS_PAUSE_DATE, get_whole_weeks, shift_dates
from app.sampling.generator import SIZES, SampleSize, build_sample_roster

__all__ = [
    "CHORDUS_PAUSE_DATE",
    "SIZES",
    "SampleSize",
    "build_sample_roster",
    "get_whole_weeks",
    "shift_dates",
]
