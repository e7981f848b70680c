"""The calendar file, read back by a parser: days, instants, and what makes an entry the same."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from app.exports.calendar_file import DayEntry, Entry, MomentEntry, write_calendar

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))


def read(*entries: Entry) -> list[Any]:
    """Return the entries as the parser reads them; its types of values are too many to name."""
    content = write_calendar(entries, title="Work", page="https://redeploy.example", now=NOW)
    assert content.endswith(b"\r\n")
    # Lines are folded at 75 octets, whatever stands in them.
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    return list(Calendar.from_ical(content).walk("VEVENT"))


def test_days_end_on_the_day_after_the_last() -> None:
    (event,) = read(DayEntry("a", "Larch, 20 h a week", date(2026, 3, 2), date(2026, 5, 29)))
    assert event["dtstart"].dt == date(2026, 3, 2)
    assert event["dtend"].dt == date(2026, 5, 30)
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert event["status"] == "CONFIRMED"
    assert event["transp"] == "TRANSPARENT"
    assert "rrule" not in event


def test_days_without_an_end_go_on() -> None:
    (event,) = read(DayEntry("a", "Larch", date(2026, 3, 2), None))
    assert event["dtend"].dt == date(2026, 3, 3)
    assert event["rrule"].to_ical() == b"FREQ=DAILY"


def test_moment_is_the_same_instant_on_every_clock() -> None:
    at = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=1)))
    (event,) = read(MomentEntry("o", "Answer", at))
    assert event["dtstart"].dt == at
    assert event["dtstart"].to_ical() == b"20260329T013000Z"
    assert event["dtstamp"].dt == NOW
    assert event["dtstamp"].to_ical() == b"20260301T100000Z"


def test_cancelled_entry_says_so_and_counts_its_changes() -> None:
    entry = DayEntry("a", "Larch", date(2026, 3, 2), None, version=7, is_cancelled=True)
    (event,) = read(entry)
    assert (event["status"], event["sequence"]) == ("CANCELLED", 7)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60))
def test_words_come_back_as_they_were_and_add_no_line(words: str) -> None:
    (event,) = read(DayEntry("a;b,c", words, date(2026, 3, 2), None))
    assert event["summary"] == words
    assert event["uid"] == "a;b,c@redeploy"
