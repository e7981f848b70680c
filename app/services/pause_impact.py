"""What a pause would cost, before anyone confirms it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.services.horizon import build_plan_dates, get_pause_date
from app.services.pause_entries import find_entry_cuts
from app.services.pause_scope import EVERYBODY, PeopleScope, check_people, find_people, read_scope

if TYPE_CHECKING:
    from solver.roster import Roster

_TOP_SKILLS = 10


@dataclass(frozen=True)
class ImpactGroup:
    """Affected people who share something, and their lost hours a week."""

    label: str
    num_people: int
    hours_per_week: int


@dataclass(frozen=True)
class Money:
    """An amount in one currency."""

    currency: str
    cents: int


@dataclass(frozen=True)
class PausedProject:
    """A project of the scope: who works there and how many hours a week that is."""

    project_id: str
    codename: str
    num_people: int
    hours_per_week: int


@dataclass(frozen=True)
class PauseImpact:
    """What the plan of this pause would start from.

    num_affected    people who lose hours; num_away of them are on leave for the whole horizon
    hours_per_week  lost, capped as the data contract says
    pay_per_week    of the assignments in the scope, by currency
    by_country      most hours first; the label is "" where the country is unknown
    by_skill        the ten skills that most affected people hold
    num_hours_entries  entries of later time that the pause takes back or cuts
    """

    projects: tuple[PausedProject, ...]
    num_affected: int
    num_away: int
    hours_per_week: int
    pay_per_week: tuple[Money, ...]
    by_country: tuple[ImpactGroup, ...]
    by_skill: tuple[ImpactGroup, ...]
    num_hours_entries: int
    pause_date: date
    horizon_starts_on: date
    horizon_ends_on: date


def find_pause_impact(
    session: Session,
    *,
    project_ids: Sequence[str] = (),
    client_id: str | None = None,
    people: PeopleScope = EVERYBODY,
    effective_at: datetime,
    weeks: int = 8,
    now: datetime | None = None,
) -> PauseImpact:
    """Return what pausing these projects, or all of a client's, would do.

    `now` is an instant with its zone, None = this one.

    Raises what `open_pause` raises for a scope that cannot be paused.
    """
    # pandas takes a second to import; of all pages only this one needs it.
    from app.services.roster_loading import load_roster  # noqa: PLC0415
    from solver.affected import Scope, build_affected, build_horizon  # noqa: PLC0415

    check_people(people)
    scope = read_scope(session, project_ids, client_id, lock=False)
    scope_ids = scope.stopped
    people_ids = find_people(session, people, scope.project_ids, get_pause_date(effective_at))
    dates = build_plan_dates(effective_at, weeks, now=now or datetime.now(UTC))
    roster = load_roster(session)
    affected = build_affected(
        roster,
        Scope(scope_ids, None if people_ids is None else frozenset(people_ids)),
        dates.pause_date,
        build_horizon(dates.pause_date, weeks),
    )
    lost_by_id = dict(zip(affected.contractor_ids, affected.lost_hours.tolist(), strict=True))
    lost_by_id |= {person.contractor_id: person.lost_hours for person in affected.away}
    projects, pay = _sum_assignments(roster, scope_ids, lost_by_id, dates.pause_date)
    countries = dict(
        zip(roster.contractors["contractor_id"], roster.contractors["country"], strict=True)
    )
    skills = zip(
        roster.contractor_skills["contractor_id"], roster.contractor_skills["skill"], strict=True
    )
    return PauseImpact(
        projects=projects,
        num_affected=affected.num_affected,
        num_away=len(affected.away),
        hours_per_week=affected.total_lost_hours,
        pay_per_week=pay,
        by_country=_group(lost_by_id, ((person, countries[person]) for person in lost_by_id)),
        by_skill=_group(lost_by_id, skills)[:_TOP_SKILLS],
        num_hours_entries=len(
            find_entry_cuts(session, scope.project_ids, effective_at, people_ids)
        ),
        pause_date=dates.pause_date,
        horizon_starts_on=dates.horizon_starts_on,
        horizon_ends_on=dates.horizon_ends_on,
    )


def _sum_assignments(
    roster: Roster, scope_ids: tuple[str, ...], lost_by_id: dict[str, int], pause_date: date
) -> tuple[tuple[PausedProject, ...], tuple[Money, ...]]:
    """Add up the assignments of affected people in the scope that run on the pause date."""
    from solver.columns import get_day  # noqa: PLC0415 - see find_pause_impact
    from solver.staffing import build_staffing  # noqa: PLC0415

    staffing = build_staffing(roster)
    running = staffing.select(staffing.runs_on(get_day(pause_date)))
    ids, codenames = roster.projects["project_id"].tolist(), roster.projects["codename"].tolist()
    people_ids = roster.contractors["contractor_id"].tolist()
    currencies = roster.contractors["currency"].tolist()
    people: dict[str, set[str]] = {project_id: set() for project_id in scope_ids}
    hours: Counter[str] = Counter()
    pay: Counter[str] = Counter()
    for who, where, weekly, rate in zip(
        running.contractor_row.tolist(),
        running.project_row.tolist(),
        running.hours.tolist(),
        running.rate_cents.tolist(),
        strict=True,
    ):
        if ids[where] in people and people_ids[who] in lost_by_id:
            people[ids[where]].add(people_ids[who])
            hours[ids[where]] += weekly
            pay[currencies[who]] += weekly * rate
    names = dict(zip(ids, codenames, strict=True))
    projects = tuple(
        PausedProject(project_id, names[project_id], len(people[project_id]), hours[project_id])
        for project_id in scope_ids
    )
    return projects, tuple(Money(currency, cents) for currency, cents in sorted(pay.items()))


def _group(
    lost_by_id: dict[str, int], memberships: Iterable[tuple[str, str]]
) -> tuple[ImpactGroup, ...]:
    """Return the groups of affected people, most hours first."""
    num_people: Counter[str] = Counter()
    hours: Counter[str] = Counter()
    for contractor_id, label in memberships:
        if contractor_id in lost_by_id:
            num_people[label] += 1
            hours[label] += lost_by_id[contractor_id]
    return tuple(
        ImpactGroup(label, num_people[label], hours[label])
        for label in sorted(num_people, key=lambda label: (-hours[label], label))
    )
