"""Pay periods: which days payroll pays together, and when they are closed for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import PayPeriod
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.transaction import retried, transaction

MAX_PERIOD_DAYS = 62
"""Two months: the longest period."""

CLOSED_SENTENCE = "The pay period is closed: tell payroll what is late or wrong."
"""Why hours of a closed period can't be entered or changed."""

_USUAL_DAYS = 14
_DAYS_TAKEN = "23P01"
"""SQLSTATE of an exclusion constraint: another period holds one of the days."""


@dataclass(frozen=True)
class PeriodBounds:
    """The days of a period, both included, and the zone in which they are dates."""

    starts_on: date
    ends_on: date
    zone: str


def is_in_closed_period(day: InstrumentedAttribute[date]) -> ColumnElement[bool]:
    """Return the condition that a day lies in a closed pay period."""
    return exists().where(
        PayPeriod.closed_at.is_not(None), day.between(PayPeriod.starts_on, PayPeriod.ends_on)
    )


def find_closed_days(session: Session, starts_on: date, ends_on: date) -> frozenset[date]:
    """Return the days from `starts_on` to `ends_on`, both included, that closed periods hold."""
    closed = session.execute(
        select(PayPeriod.starts_on, PayPeriod.ends_on).where(
            PayPeriod.closed_at.is_not(None),
            PayPeriod.starts_on <= ends_on,
            PayPeriod.ends_on >= starts_on,
        )
    ).all()
    days = (starts_on + timedelta(days=step) for step in range((ends_on - starts_on).days + 1))
    return frozenset(
        day for day in days if any(one.starts_on <= day <= one.ends_on for one in closed)
    )


def is_closed_day(session: Session, day: date) -> bool:
    """Return whether the hours of a day can't change any more because its period is closed.

    The period stays as it is until the end of the transaction.
    """
    closed_at = session.scalars(
        select(PayPeriod.closed_at)
        .where(PayPeriod.starts_on <= day, PayPeriod.ends_on >= day)
        .with_for_update(read=True)
    ).one_or_none()
    return closed_at is not None


def propose_period(session: Session, *, now: datetime | None = None) -> PeriodBounds:
    """Return the period that would come next: after the last one, as long, in its zone.

    Without any period the two weeks that ended last Sunday.
    """
    last = session.scalars(select(PayPeriod).order_by(PayPeriod.starts_on.desc()).limit(1)).first()
    if last is None:
        today = (now or datetime.now(UTC)).date()
        monday = today - timedelta(days=today.weekday() + _USUAL_DAYS)
        return PeriodBounds(monday, monday + timedelta(days=_USUAL_DAYS - 1), "UTC")
    length = last.ends_on - last.starts_on
    starts_on = last.ends_on + timedelta(days=1)
    return PeriodBounds(starts_on, starts_on + length, last.zone)


@retried
def create_period(
    session: Session, *, actor: Actor, starts_on: date, ends_on: date, zone: str
) -> int:
    """Open a pay period and return its id; the same one again returns the one there is.

    Raises InvalidValue, or Refused (`overlaps`).
    """
    require(actor, Permission.EXPORT_PAYROLL)
    _check_bounds(starts_on, ends_on, zone)
    try:
        with transaction(session):
            same = session.scalars(
                select(PayPeriod).where(
                    PayPeriod.starts_on == starts_on, PayPeriod.ends_on == ends_on
                )
            ).one_or_none()
            if same is not None and same.zone == zone:
                return same.id
            period = PayPeriod(
                starts_on=starts_on, ends_on=ends_on, zone=zone, created_by=actor.user_id
            )
            session.add(period)
            session.flush()
            record(
                session,
                actor=actor,
                action="pay_period.created",
                subject=("pay_period", period.id),
                after={"starts_on": starts_on, "ends_on": ends_on, "zone": zone},
            )
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != _DAYS_TAKEN:
            raise
        raise Refused(
            "overlaps", f"Days from {starts_on} to {ends_on} are in another pay period."
        ) from error
    return period.id


def get_locked_period(session: Session, period_id: int, *, read: bool) -> PayPeriod:
    """Return the period, locked against closing (`read`) or for closing; raises NotFound."""
    period = session.scalars(
        select(PayPeriod)
        .where(PayPeriod.id == period_id)
        .with_for_update(read=read)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if period is None:
        raise NotFound("pay period", period_id)
    return period


def get_period(session: Session, period_id: int) -> PayPeriod:
    """Return the period; raises NotFound."""
    period = session.get(PayPeriod, period_id, populate_existing=True)
    if period is None:
        raise NotFound("pay period", period_id)
    return period


def is_over(period: PayPeriod, now: datetime) -> bool:
    """Return whether the last day is over where the period is."""
    return now.astimezone(ZoneInfo(period.zone)).date() > period.ends_on


def _check_bounds(starts_on: date, ends_on: date, zone: str) -> None:
    if ends_on < starts_on:
        raise InvalidValue("ends_on", ends_on, f"{starts_on} or later")
    if (ends_on - starts_on).days >= MAX_PERIOD_DAYS:
        latest = starts_on + timedelta(days=MAX_PERIOD_DAYS - 1)
        raise InvalidValue("ends_on", ends_on, f"{latest} or earlier ({MAX_PERIOD_DAYS} days)")
    if zone not in available_timezones():
        raise InvalidValue("zone", zone, "the name of a time zone, such as Europe/Berlin,")
