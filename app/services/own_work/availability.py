"""What contractors enter of themselves: hours and rate they want, and own leave.

The next plan keeps to it; work that goes on already is left as it is.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import Availability, Contractor, TimeOff
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.transaction import retried, transaction

MOST_DAYS = 366
"""Days of one leave."""

_MOST_LEAVES = 50
_MAX_RATE_CENTS = 100_000_000


@retried
def set_availability(
    session: Session, *, actor: Actor, hours_per_week: int | None, least_rate_cents: int | None
) -> bool:
    """Set what the actor wants to work and for how much; return whether anything changed.

    hours_per_week    from 0 to what the roster allows, None = as much as it allows
    least_rate_cents  an hour, None = as the roster says

    Raises InvalidValue.
    """
    require(actor, Permission.EDIT_OWN_AVAILABILITY)
    with transaction(session):
        contractor = _lock_own(session, actor)
        most = contractor.max_weekly_hours
        if hours_per_week is not None and not 0 <= hours_per_week <= most:
            raise InvalidValue("hours_per_week", hours_per_week, f"a number from 0 to {most}")
        if least_rate_cents is not None and not 0 <= least_rate_cents <= _MAX_RATE_CENTS:
            raise InvalidValue("least_rate_cents", least_rate_cents, "a rate up to 1,000,000")
        row = session.get(Availability, contractor.contractor_id, populate_existing=True)
        before = (None, None) if row is None else (row.hours_per_week, row.least_rate_cents)
        if before == (hours_per_week, least_rate_cents):
            return False
        if row is None:
            row = Availability(contractor_id=contractor.contractor_id)
            session.add(row)
        row.hours_per_week, row.least_rate_cents = hours_per_week, least_rate_cents
        row.changed_at = datetime.now(UTC)
        record(
            session,
            actor=actor,
            action="availability.changed",
            subject=("contractor", contractor.contractor_id),
            before={"hours_per_week": before[0], "least_rate_cents": before[1]},
            after={"hours_per_week": hours_per_week, "least_rate_cents": least_rate_cents},
        )
    return True


@retried
def add_time_off(
    session: Session, *, actor: Actor, starts_on: date, ends_on: date, today: date
) -> bool:
    """Add own leave, both days included; return whether it is new.

    Raises InvalidValue for days in the wrong order, over already, or more than MOST_DAYS, and
    Refused (`too_many`).
    """
    require(actor, Permission.EDIT_OWN_AVAILABILITY)
    if ends_on < starts_on:
        raise InvalidValue("ends_on", ends_on, "a day from the first one on")
    if ends_on < today:
        raise InvalidValue("ends_on", ends_on, "a day that is not over")
    if (ends_on - starts_on).days >= MOST_DAYS:
        raise InvalidValue("ends_on", ends_on, f"at most {MOST_DAYS} days")
    with transaction(session):
        mine = _lock_own(session, actor).contractor_id
        same = select(TimeOff.id).where(
            TimeOff.contractor_id == mine,
            TimeOff.starts_on == starts_on,
            TimeOff.ends_on == ends_on,
        )
        if session.scalars(same).first() is not None:
            return False
        count = select(func.count()).where(TimeOff.contractor_id == mine, TimeOff.ends_on >= today)
        if (session.scalar(count) or 0) >= _MOST_LEAVES:
            raise Refused("too_many", f"{_MOST_LEAVES} leaves ahead are the most.")
        session.add(TimeOff(contractor_id=mine, starts_on=starts_on, ends_on=ends_on, is_own=True))
        _record_leave(session, actor, "time_off.added", mine, (starts_on, ends_on))
    return True


@retried
def remove_time_off(session: Session, *, actor: Actor, time_off_id: int) -> None:
    """Take own leave back; raises NotFound for any that the actor did not enter."""
    require(actor, Permission.EDIT_OWN_AVAILABILITY)
    with transaction(session):
        mine = _lock_own(session, actor).contractor_id
        row = session.get(TimeOff, time_off_id, with_for_update=True, populate_existing=True)
        if row is None or row.contractor_id != mine or not row.is_own:
            raise NotFound("time off", time_off_id)
        session.delete(row)
        _record_leave(session, actor, "time_off.removed", mine, (row.starts_on, row.ends_on))


def _lock_own(session: Session, actor: Actor) -> Contractor:
    """Return the actor's contractor, its row locked so that own entries take turns."""
    row = None
    if actor.contractor_id is not None:
        row = session.get(
            Contractor,
            actor.contractor_id,
            with_for_update={"key_share": True},
            populate_existing=True,
        )
    if row is None:
        raise NotFound("contractor", "of this account")
    return row


def _record_leave(
    session: Session, actor: Actor, action: str, contractor_id: str, days: tuple[date, date]
) -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject=("contractor", contractor_id),
        after={"starts_on": days[0], "ends_on": days[1]},
    )
