"""The pay week: which seven days belong together, and when each of them begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models import Contractor, PayGroup, Timesheet

DAYS_A_WEEK = 7

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class PayWeek:
    """How weeks are cut.

    zone           IANA name; a day is a date there, 23 to 25 hours long
    first_weekday  0 = Monday to 6 = Sunday
    """

    zone: str
    first_weekday: int

    def get_first_day(self, day: date) -> date:
        """Return the first day of the week that holds `day`."""
        return day - timedelta(days=(day.weekday() - self.first_weekday) % DAYS_A_WEEK)


PLAIN_WEEK = PayWeek("UTC", 0)
"""Of everybody, until a pay group says otherwise."""


@dataclass(frozen=True)
class WeekBounds:
    """The days of one week, both included, and the zone in which they are dates."""

    starts_on: date
    ends_on: date
    zone: str

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the week, in order."""
        count = (self.ends_on - self.starts_on).days + 1
        return tuple(self.starts_on + timedelta(days=step) for step in range(count))


def find_pay_week(session: Session, contractor: Contractor) -> PayWeek:
    """Return the pay week of the contractor's group, else of the default group, else the plain."""
    is_mine = PayGroup.id == contractor.pay_group_id
    group = session.scalars(
        select(PayGroup)
        .where(or_(is_mine, PayGroup.is_default))
        .order_by(is_mine.desc().nulls_last())
    ).first()
    return PLAIN_WEEK if group is None else PayWeek(group.zone, group.first_weekday)


def find_bounds(session: Session, contractor: Contractor, day: date) -> WeekBounds:
    """Return the week that `day` belongs to.

    A week that has a sheet keeps its days and zone. After the pay week was moved, the week beside
    such a sheet is a short one: no day is in two weeks.
    """
    pay_week = find_pay_week(session, contractor)
    first = pay_week.get_first_day(day)
    last = first + timedelta(days=DAYS_A_WEEK - 1)
    sheets = session.execute(
        select(Timesheet.starts_on, Timesheet.ends_on, Timesheet.zone).where(
            Timesheet.contractor_id == contractor.contractor_id,
            Timesheet.starts_on <= last,
            Timesheet.ends_on >= first,
        )
    )
    for starts_on, ends_on, zone in sheets:
        if ends_on < day:
            first = max(first, ends_on + _ONE_DAY)
        elif starts_on > day:
            last = min(last, starts_on - _ONE_DAY)
        else:
            return WeekBounds(starts_on, ends_on, zone)
    return WeekBounds(first, last, pay_week.zone)


def get_date_in(zone: str, instant: datetime) -> date:
    """Return the date at an instant in a zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def get_day_span(day: date, zone: str) -> tuple[datetime, datetime]:
    """Return when a day begins and ends there, as instants in UTC.

    Where clocks skip midnight the day begins with the skip; a day that a zone left out has no
    length.
    """
    here = ZoneInfo(zone)
    begin, end = (
        datetime.combine(one, time(), here).astimezone(UTC) for one in (day, day + _ONE_DAY)
    )
    return begin, end


def format_instant(instant: datetime, zone: str) -> str:
    """Return an instant as people there write it: `2 Mar 2026, 09:00 CET`."""
    local = instant.astimezone(ZoneInfo(zone))
    name = f"{local:%Z}"
    return f"{local.day} {local:%b %Y, %H:%M} {name if name.isalpha() else f'UTC{name}'}"
