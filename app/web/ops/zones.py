"""The time zones that the pause desk offers, and instants as they read on a clock there."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.web.formatting import format_moment
from app.web.ops.blueprint import blueprint

ZONES = (
    "UTC",
    "America/Los_Angeles",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Toronto",
    "America/Mexico_City",
    "America/Bogota",
    "America/Sao_Paulo",
    "America/Buenos_Aires",
    "Europe/London",
    "Europe/Lisbon",
    "Europe/Berlin",
    "Europe/Paris",
    "Europe/Madrid",
    "Europe/Warsaw",
    "Europe/Athens",
    "Europe/Kyiv",
    "Europe/Istanbul",
    "Africa/Lagos",
    "Africa/Nairobi",
    "Africa/Johannesburg",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Dhaka",
    "Asia/Jakarta",
    "Asia/Singapore",
    "Asia/Manila",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
)
"""From west to east; a service takes any zone of the time zone database."""


class SkippedMinute(Exception):
    """A minute that no clock of the zone shows: it went forward then."""


def read_instant(text: str, zone: str) -> datetime:
    """Return the instant of a wall clock's minute in UTC; an offset in the text counts first.

    A minute that a clock shows twice is the first of the two: a pause begins rather too
    early. Raises ValueError, OverflowError, or SkippedMinute.
    """
    written = datetime.fromisoformat(text)
    if written.tzinfo is not None:
        return written.astimezone(UTC)
    instant = written.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != written:
        raise SkippedMinute
    return instant


def format_clock(instant: datetime, zone: str) -> str:
    """Return what the clock shows, as a field of a form takes it: `2026-11-22T14:05`."""
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def name_zone(zone: str) -> str:
    """Return how people call a zone: by its city."""
    return zone.rpartition("/")[2].replace("_", " ")


@blueprint.app_template_filter("moment_in")
def format_moment_in(instant: datetime, zone: str) -> str:
    """Return an instant as `22 Nov 2026, 15:05 Berlin (14:05 UTC)`."""
    if zone == "UTC":
        return format_moment(instant)
    local, utc = instant.astimezone(ZoneInfo(zone)), instant.astimezone(UTC)
    there = f"{local.day} {local:%b %Y, %H:%M} {name_zone(zone)}"
    day = "" if utc.date() == local.date() else f"{utc.day} {utc:%b}, "
    return f"{there} ({day}{utc:%H:%M} UTC)"
