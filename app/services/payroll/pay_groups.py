"""Pay groups: whose pay week has which zone and first day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from zoneinfo import available_timezones

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import Contractor, PayGroup
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.hours.pay_weeks import DAYS_A_WEEK
from app.services.keys import is_among
from app.services.transaction import retried, transaction

MAX_NAME = 60
"""Characters of a name."""


@dataclass(frozen=True)
class GroupSettings:
    """What a pay group says; `first_weekday` 0 = Monday, as in `app.models.PayGroup`."""

    name: str
    zone: str
    first_weekday: int
    is_default: bool


@dataclass(frozen=True)
class GroupRow:
    """A pay group in a list, and how many active contractors are in it."""

    group_id: int
    settings: GroupSettings
    num_people: int


def list_groups(session: Session) -> list[GroupRow]:
    """Return every pay group, the default one first."""
    counts = (
        select(Contractor.pay_group_id, func.count().label("num_people"))
        .where(Contractor.status == "active")
        .group_by(Contractor.pay_group_id)
        .subquery()
    )
    rows = session.execute(
        select(PayGroup, func.coalesce(counts.c.num_people, 0))
        .outerjoin(counts, counts.c.pay_group_id == PayGroup.id)
        .order_by(PayGroup.is_default.desc(), func.lower(PayGroup.name))
        .execution_options(populate_existing=True)
    )
    return [GroupRow(group.id, _read(group), num_people) for group, num_people in rows]


@retried
def save_group(
    session: Session, *, actor: Actor, settings: GroupSettings, group_id: int | None = None
) -> int:
    """Add a pay group, or change one; return its id. Weeks that have begun stay as they are.

    Raises InvalidValue, NotFound, or Refused (`name_taken`).
    """
    require(actor, Permission.SET_PAY_WEEKS)
    _check(settings)
    with transaction(session):
        # Few groups, seldom changed: one at a time, so that one is the default and names differ.
        session.execute(text("LOCK TABLE pay_groups IN SHARE ROW EXCLUSIVE MODE"))
        group = PayGroup() if group_id is None else session.get(PayGroup, group_id)
        if group is None:
            raise NotFound("pay group", group_id)
        before = None if group_id is None else asdict(_read(group))
        same_name = func.lower(PayGroup.name) == settings.name.lower()
        others = select(PayGroup.id).where(same_name, PayGroup.id.is_distinct_from(group_id))
        if session.scalars(others).first() is not None:
            raise Refused("name_taken", f"There is a pay group called {settings.name} already.")
        if settings.is_default:
            session.execute(update(PayGroup).where(PayGroup.is_default).values(is_default=False))
        for name, value in asdict(settings).items():
            setattr(group, name, value)
        session.add(group)
        session.flush()
        record(
            session,
            actor=actor,
            action="pay_group.saved",
            subject=("pay_group", group.id),
            before=before,
            after=asdict(settings),
        )
        return group.id


@retried
def move_people(
    session: Session, *, actor: Actor, group_id: int | None, contractor_ids: Sequence[str]
) -> int:
    """Put contractors into a pay group, None = out of any; return how many moved.

    Raises NotFound, or InvalidValue naming every id that is no contractor's.
    """
    require(actor, Permission.SET_PAY_WEEKS)
    wanted = list(dict.fromkeys(contractor_ids))
    with transaction(session):
        if group_id is not None and session.get(PayGroup, group_id) is None:
            raise NotFound("pay group", group_id)
        rows = session.execute(
            select(Contractor.contractor_id, Contractor.pay_group_id)
            .where(is_among(Contractor.contractor_id, wanted))
            .order_by(Contractor.contractor_id)
            .with_for_update(key_share=True)
        ).all()
        unknown = sorted(set(wanted) - {row.contractor_id for row in rows})
        if unknown or not wanted:
            raise InvalidValue("contractors", ", ".join(unknown), "ids of contractors")
        moving = [row.contractor_id for row in rows if row.pay_group_id != group_id]
        if moving:
            session.execute(
                update(Contractor)
                .where(is_among(Contractor.contractor_id, moving))
                .values(pay_group_id=group_id)
            )
            record(
                session,
                actor=actor,
                action="pay_group.people_moved",
                subject=("pay_group", group_id),
                after={"contractor_ids": moving},
            )
    return len(moving)


def _check(settings: GroupSettings) -> None:
    if not 0 < len(settings.name.strip()) <= MAX_NAME:
        raise InvalidValue("name", settings.name, f"1 to {MAX_NAME} characters")
    if settings.zone not in available_timezones():
        raise InvalidValue("zone", settings.zone, "the name of a time zone, such as Europe/Berlin,")
    if settings.first_weekday not in range(DAYS_A_WEEK):
        raise InvalidValue("first_weekday", settings.first_weekday, "0 (Monday) to 6 (Sunday)")


def _read(group: PayGroup) -> GroupSettings:
    return GroupSettings(group.name, group.zone, group.first_weekday, group.is_default)
