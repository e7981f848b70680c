"""Which suspended assignments can go on when their pause ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

INACTIVE = "inactive"
OVER = "over"
WALL = "wall"
NO_ROOM = "no_room"


@dataclass(frozen=True)
class Work:
    """An assignment of one person; `ends_on` is the last day, `date.max` without an end.

    is_placed  made by approving a proposal
    """

    assignment_id: str
    client_id: str
    hours_per_week: int
    starts_on: date
    ends_on: date
    is_placed: bool


@dataclass(frozen=True)
class Person:
    """Whose assignments they are."""

    is_active: bool
    max_weekly_hours: int


Barriers = Mapping[frozenset[str], int]
"""Days that must lie between work for two competing clients, by their two ids."""


def choose_ended(
    person: Person,
    suspended: Sequence[Work],
    active: Collection[Work],
    barriers: Barriers,
    today: date,
    *,
    seen: Sequence[Work] = (),
) -> dict[str, str]:
    """Return why each suspended assignment that cannot go on ends, by its id.

    seen  work that is over, by its last day or by another pause, whose cooling-off may not be

    The oldest comes first and stands in the way of the next. A wall is never overridden.
    Hours are asked only on days with a place that a plan gave: somebody whom the roster had
    over the maximum already keeps what the pause interrupted.
    """
    kept = list(active)
    ended: dict[str, str] = {}
    for work in sorted(suspended, key=lambda work: (work.starts_on, work.assignment_id)):
        rest = replace(work, starts_on=max(work.starts_on, today))
        reason = _find_obstacle(person, rest, kept, seen, barriers)
        if reason is None:
            kept.append(rest)
        else:
            ended[work.assignment_id] = reason
    return ended


def _find_obstacle(
    person: Person,
    rest: Work,
    others: Sequence[Work],
    seen: Sequence[Work],
    barriers: Barriers,
) -> str | None:
    if not person.is_active:
        return INACTIVE
    if rest.ends_on < rest.starts_on:
        return OVER
    if any(_is_walled(rest, other, barriers) for other in (*others, *seen)):
        return WALL
    return None if _has_room(person, rest, others) else NO_ROOM


def _is_walled(rest: Work, other: Work, barriers: Barriers) -> bool:
    days = barriers.get(frozenset({rest.client_id, other.client_id}))
    if days is None:
        return False
    first, last = sorted((rest, other), key=lambda work: work.starts_on)
    return last.starts_on - first.ends_on <= timedelta(days=days)


def _has_room(person: Person, rest: Work, others: Sequence[Work]) -> bool:
    """Whether no day with a placed assignment has more hours a week than the maximum.

    Hours rise only on the first day of an assignment, so those days are enough.
    """
    beside = [
        other
        for other in others
        if other.starts_on <= rest.ends_on and other.ends_on >= rest.starts_on
    ]
    for day in {rest.starts_on, *(max(other.starts_on, rest.starts_on) for other in beside)}:
        load = [rest, *(other for other in beside if other.starts_on <= day <= other.ends_on)]
        if any(work.is_placed for work in load):
            hours = sum(work.hours_per_week for work in load)
            if hours > person.max_weekly_hours:
                return False
    return True
