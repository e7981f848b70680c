"""A calendar as an iCalendar file (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

_REFRESH = timedelta(hours=1)


@dataclass(frozen=True)
class DayEntry:
    """Whole days, the same on every clock, from `first` to `last`, both included.

    key      tells the entry from all others, today and on every later reading
    last     None = no end
    version  counts the changes of the entry
    """

    key: str
    words: str
    first: date
    last: date | None
    version: int = 1
    is_cancelled: bool = False


@dataclass(frozen=True)
class MomentEntry:
    """One instant, with its zone; calendars show it on their own clock."""

    key: str
    words: str
    at: datetime


Entry = DayEntry | MomentEntry


def write_calendar(entries: Iterable[Entry], *, title: str, page: str, now: datetime) -> bytes:
    """Return the file.

    page  the address that entries lead to, "" = none
    now   when the file is made, an instant with its zone
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Redeploy//Assignments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        event = _build_days(entry) if isinstance(entry, DayEntry) else _build_moment(entry)
        event.add("uid", f"{entry.key}@redeploy")
        event.add("summary", entry.words)
        event.add("dtstamp", now.astimezone(UTC))
        event.add("class", "PRIVATE")
        # Work of some hours a week does not fill the days between.
        event.add("transp", "TRANSPARENT")
        if page:
            event.add("url", page)
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _build_days(entry: DayEntry) -> Event:
    event = Event()
    event.add("dtstart", entry.first)
    if entry.last is None:
        # An event has an end; without one, each day is an event of its own.
        event.add("dtend", entry.first + timedelta(days=1))
        event.add("rrule", {"freq": "daily"})
    else:
        event.add("dtend", entry.last + timedelta(days=1))
    event.add("sequence", entry.version)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    return event


def _build_moment(entry: MomentEntry) -> Event:
    event = Event()
    # Without an end it ends when it begins.
    event.add("dtstart", entry.at.astimezone(UTC))
    event.add("status", "CONFIRMED")
    return event
