"""A roster written as a CSV folder and read again."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from hypothesis import given, settings

from app.exports.roster_folder import format_cents, write_roster_folder
from app.importing import read_folder
from solver.roster import Roster
from tests.app.roster_strategy import rosters


def assert_rosters_equal(one: Roster, other: Roster) -> None:
    for name, frame in one.frames().items():
        pd.testing.assert_frame_equal(frame, other.frames()[name])


@given(roster=rosters())
@settings(max_examples=25, deadline=None)
def test_round_trip_gives_the_same_roster(roster: Roster) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_roster_folder(roster, folder)
        result = read_folder(folder)
    assert_rosters_equal(roster, result.roster)
    assert result.warnings == ()


@given(roster=rosters())
@settings(max_examples=10, deadline=None)
def test_same_roster_gives_the_same_bytes(roster: Roster) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        for folder in (Path(one), Path(other)):
            write_roster_folder(roster, folder)
        files = sorted(path.name for path in Path(one).iterdir())
        assert len(files) == 8
        for file in files:
            assert (Path(one) / file).read_bytes() == (Path(other) / file).read_bytes()


def test_cents_are_written_with_two_decimals() -> None:
    assert [format_cents(cents) for cents in (0, 5, 1250, -5, -1250)] == [
        "0.00",
        "0.05",
        "12.50",
        "-0.05",
        "-12.50",
    ]
