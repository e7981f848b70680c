"""Whom a pause touches and what it costs them (data-format.md, section 2).

The impact page and the optimiser both read `build_affected`, so the numbers a
manager confirms are the numbers that the plan starts from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

import numpy as np

from solver.affected_people import Affected, assemble_affected, sum_by_contractor
from solver.columns import get_day
from solver.errors import InvalidInput, Problem, UnknownScope
from solver.instance import BoolArray
from solver.roster import Roster
from solver.staffing import DAYS_PER_WEEK, Staffing, build_staffing

DEFAULT_WEEKS = 8
MAX_WEEKS = 104


@dataclass(frozen=True)
class Scope:
    """The paused projects, in the roster's order, each once, and for whom they are paused.

    contractor_ids  the only ones whose work there stops; None = everybody's. Nobody affected
                    returns to a project of the scope
    """

    project_ids: tuple[str, ...]
    contractor_ids: frozenset[str] | None = None


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


def find_stopped(roster: Roster, scope: Scope, staffing: Staffing) -> BoolArray:
    """bool[A]: the assignments of the roster that the scope stops, whatever their dates."""
    stopped = find_paused(roster, scope)[staffing.project_row]
    if scope.contractor_ids is None:
        return stopped
    inside = roster.contractors["contractor_id"].isin(scope.contractor_ids)
    mine: BoolArray = stopped & inside.to_numpy(dtype=np.bool_)[staffing.contractor_row]
    return mine


def build_affected(roster: Roster, scope: Scope, pause_date: date, horizon: Horizon) -> Affected:
    """Return who loses hours by the pause and how many.

    Affected = status active, with an assignment active on the pause date on a paused
    project. The cap on the lost hours takes the week of the horizon with most surviving
    hours, so that new work fits beside them in every week.
    """
    staffing = build_staffing(roster)
    on_paused = find_stopped(roster, scope, staffing)
    lost = on_paused & staffing.runs_on(get_day(pause_date))
    gone_hours = sum_by_contractor(roster, staffing.select(lost))
    return assemble_affected(
        roster,
        staffing,
        horizon.mondays,
        lost=lost,
        released=on_paused,
        gone_hours=gone_hours,
        least_floor_hours=np.zeros_like(gone_hours),
    )
