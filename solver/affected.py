"""Whom a pause touches and what it costs them (data-format.md, section 2).

The impact page and the optimiser both read `build_affected`, so the numbers a
manager confirms are the numbers that the plan starts from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from fractions import Fraction

import numpy as np

from solver.columns import divide_half_up, get_day, read_whole
from solver.errors import InvalidInput, Problem, UnknownScope
from solver.instance import BoolArray, IntArray
from solver.roster import Roster
from solver.staffing import (
    DAYS_PER_WEEK,
    Staffing,
    build_avail_days,
    build_staffing,
    find_surviving,
    sum_weekly,
)

DEFAULT_WEEKS = 8
MAX_WEEKS = 104


@dataclass(frozen=True)
class Scope:
    """The paused projects, in the roster's order, each once."""

    project_ids: tuple[str, ...]


@dataclass(frozen=True)
class Horizon:
    """The whole weeks that a plan covers.

    starts_on  the first Monday on or after the pause date
    weeks      1..104
    """

    starts_on: date
    weeks: int

    @property
    def ends_on(self) -> date:
        """The last day, a Sunday, included."""
        return self.starts_on + timedelta(days=self.weeks * DAYS_PER_WEEK - 1)

    @property
    def mondays(self) -> tuple[date, ...]:
        """The first day of every week."""
        return tuple(
            self.starts_on + timedelta(days=week * DAYS_PER_WEEK) for week in range(self.weeks)
        )


@dataclass(frozen=True)
class AwayContractor:
    """An affected contractor on leave on every workday of the horizon: listed, not planned.

    lost_hours, floor_hours  per week, as for every affected contractor
    from_projects            the paused project ids, in the roster's order
    """

    contractor_id: str
    lost_hours: int
    floor_hours: int
    from_projects: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Affected:
    """The affected contractors that can be planned, in the roster's order, and those away.

    contractor_ids   C texts
    contractor_row   int64[C], rows of `roster.contractors`
    lost_hours       int64[C], per week, >= 0: the hours on paused projects, capped at
                     max_weekly_hours minus the surviving hours
    floor_hours      int64[C], per week, 0..lost_hours; blank = half of the lost hours, rounded up
    avail_days       int64[C, W], workdays not on leave, 0..5, one above 0 in every row
    paid_hours       int64[C], per week, >= 1: the hours on paused projects before the cap
    paid_cents       int64[C], per week, >= 0: those hours at the rates they were paid;
                     paid_cents / paid_hours is the hours-weighted lost rate, exactly
    from_projects    C tuples of paused project ids, in the roster's order
    away             affected contractors on leave for the whole horizon
    """

    contractor_ids: tuple[str, ...]
    contractor_row: IntArray
    lost_hours: IntArray
    floor_hours: IntArray
    avail_days: IntArray
    paid_hours: IntArray
    paid_cents: IntArray
    from_projects: tuple[tuple[str, ...], ...]
    away: tuple[AwayContractor, ...]

    @property
    def num_contractors(self) -> int:
        """How many can be planned: C."""
        return len(self.contractor_ids)

    @property
    def num_affected(self) -> int:
        """All affected contractors, those away included."""
        return len(self.contractor_ids) + len(self.away)

    @property
    def total_lost_hours(self) -> int:
        """Lost hours per week of all affected contractors, those away included."""
        return int(self.lost_hours.sum()) + sum(person.lost_hours for person in self.away)

    def get_lost_rate(self, contractor_idx: int) -> Fraction:
        """Return the hours-weighted lost rate in cents per hour, exactly."""
        return Fraction(int(self.paid_cents[contractor_idx]), int(self.paid_hours[contractor_idx]))

    @property
    def lost_rate_cents(self) -> IntArray:
        """int64[C]: the lost rate in cents per hour, rounded half up, for people to read."""
        rounded = [
            divide_half_up(cents, hours)
            for cents, hours in zip(self.paid_cents.tolist(), self.paid_hours.tolist(), strict=True)
        ]
        return np.array(rounded, dtype=np.int64)


def build_scope(
    roster: Roster, *, codenames: Sequence[str] = (), client_id: str | None = None
) -> Scope:
    """Return the scope of a pause: the projects of these codenames and all of the client's.

    Raises UnknownScope, with the names that come near, for a codename or client that
    the roster does not hold, for a client without projects, and when nothing is named.
    """
    projects = roster.projects
    paused = np.zeros(len(projects), dtype=np.bool_)
    for codename in codenames:
        named = projects["codename"].eq(codename).to_numpy(dtype=np.bool_)
        if not named.any():
            raise UnknownScope("project", codename, _near(codename, projects["codename"].tolist()))
        paused |= named
    if client_id is not None:
        clients = roster.clients["client_id"].tolist()
        if client_id not in clients:
            raise UnknownScope("client", client_id, _near(client_id, clients))
        owned = projects["client_id"].eq(client_id).to_numpy(dtype=np.bool_)
        if not owned.any():
            raise UnknownScope("project of client", client_id, ())
        paused |= owned
    if not paused.any():
        raise UnknownScope("project", "", ())
    return Scope(tuple(projects["project_id"][paused].tolist()))


def _near(name: str, known: list[str]) -> tuple[str, ...]:
    """Return up to three known names that look like `name`, whatever the case."""
    by_folded = {text.casefold(): text for text in known}
    return tuple(by_folded[text] for text in get_close_matches(name.casefold(), by_folded, n=3))


def build_horizon(pause_date: date, weeks: int = DEFAULT_WEEKS) -> Horizon:
    """Return `weeks` whole weeks from the first Monday on or after the pause date.

    Raises InvalidInput unless 1 <= weeks <= 104, and for a pause so late that the horizon
    would pass the last day of the calendar.
    """
    if not 1 <= weeks <= MAX_WEEKS:
        raise InvalidInput([Problem("weeks", str(weeks), f"a number from 1 to {MAX_WEEKS}")])
    latest = date.max - timedelta(days=(weeks + 1) * DAYS_PER_WEEK)
    if pause_date > latest:
        raise InvalidInput([Problem("pause date", str(pause_date), f"a day until {latest}")])
    return Horizon(pause_date + timedelta(days=-pause_date.weekday() % DAYS_PER_WEEK), weeks)


def find_paused(roster: Roster, scope: Scope) -> BoolArray:
    """bool[P]: the projects of the roster inside the scope."""
    return roster.projects["project_id"].isin(scope.project_ids).to_numpy(dtype=np.bool_)


def build_affected(roster: Roster, scope: Scope, pause_date: date, horizon: Horizon) -> Affected:
    """Return who loses hours by the pause and how many.

    Affected = status active, with an assignment active on the pause date on a paused
    project. The cap on the lost hours takes the week of the horizon with most surviving
    hours, so that new work fits beside them in every week.
    """
    paused = find_paused(roster, scope)
    staffing = build_staffing(roster)
    contractors = roster.contractors
    is_active = contractors["status"].eq("active").to_numpy(dtype=np.bool_)
    lost = staffing.select(
        staffing.runs_on(get_day(pause_date))
        & paused[staffing.project_row]
        & is_active[staffing.contractor_row]
    )
    rows = np.unique(lost.contractor_row)
    num = len(contractors)
    paid_hours = sum_weekly(lost.contractor_row, lost.hours, num)[rows]
    room = (
        read_whole(contractors["max_weekly_hours"], 0)[rows]
        - _peak_surviving_hours(roster, find_surviving(roster, staffing, paused), horizon)[rows]
    )
    lost_hours = np.clip(np.minimum(paid_hours, room), 0, None)
    own_floor = read_whole(contractors["floor_hours"], -1)[rows]
    floor_hours = np.where(own_floor < 0, (lost_hours + 1) // 2, np.minimum(own_floor, lost_hours))
    return _split_away(
        Affected(
            tuple(contractors["contractor_id"].to_numpy()[rows].tolist()),
            rows,
            lost_hours,
            floor_hours,
            build_avail_days(roster, rows, get_day(horizon.starts_on), horizon.weeks),
            paid_hours,
            sum_weekly(lost.contractor_row, lost.hours * lost.rate_cents, num)[rows],
            _list_from_projects(roster, lost, rows),
            (),
        )
    )


def _peak_surviving_hours(roster: Roster, surviving: Staffing, horizon: Horizon) -> IntArray:
    """int64[contractors]: the surviving hours of the horizon's fullest week."""
    num = len(roster.contractors)
    peak = np.zeros(num, dtype=np.int64)
    for monday in horizon.mondays:
        runs = surviving.select(surviving.runs_in_week(get_day(monday)))
        peak = np.maximum(peak, sum_weekly(runs.contractor_row, runs.hours, num))
    return peak


def _list_from_projects(
    roster: Roster, lost: Staffing, rows: IntArray
) -> tuple[tuple[str, ...], ...]:
    """Return the paused project ids of each contractor row, each once."""
    pairs = np.unique(np.stack([lost.contractor_row, lost.project_row], axis=1), axis=0)
    ids = roster.projects["project_id"].to_numpy()[pairs[:, 1]].tolist()
    bounds = np.searchsorted(pairs[:, 0], np.append(rows, np.iinfo(np.int64).max)).tolist()
    return tuple(tuple(ids[bounds[i] : bounds[i + 1]]) for i in range(len(rows)))


def _split_away(everyone: Affected) -> Affected:
    """Return the affected with those never at work in the horizon moved to `away`."""
    works = everyone.avail_days.any(axis=1)
    kept = np.flatnonzero(works).tolist()
    away = tuple(
        AwayContractor(
            everyone.contractor_ids[idx],
            int(everyone.lost_hours[idx]),
            int(everyone.floor_hours[idx]),
            everyone.from_projects[idx],
        )
        for idx in np.flatnonzero(~works).tolist()
    )
    return Affected(
        tuple(everyone.contractor_ids[idx] for idx in kept),
        everyone.contractor_row[works],
        everyone.lost_hours[works],
        everyone.floor_hours[works],
        everyone.avail_days[works],
        everyone.paid_hours[works],
        everyone.paid_cents[works],
        tuple(everyone.from_projects[idx] for idx in kept),
        away,
    )
