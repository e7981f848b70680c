"""The affected contractors as arrays, whatever takes their hours: a pause or a recall.

Letters: A assignments of the roster, C affected contractors, W weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

import numpy as np

from solver.columns import divide_half_up, get_day, read_whole
from solver.instance import BoolArray, IntArray
from solver.roster import Roster
from solver.staffing import Staffing, build_avail_days, find_surviving, sum_weekly


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

    @cached_property
    def lost_rate_cents(self) -> IntArray:
        """int64[C]: the lost rate in cents per hour, rounded half up, for people to read."""
        rounded = [
            divide_half_up(cents, hours)
            for cents, hours in zip(self.paid_cents.tolist(), self.paid_hours.tolist(), strict=True)
        ]
        return np.array(rounded, dtype=np.int64)


def assemble_affected(
    roster: Roster,
    staffing: Staffing,
    mondays: Sequence[date],
    *,
    lost: BoolArray,
    released: BoolArray,
    gone_hours: IntArray,
    least_floor_hours: IntArray,
) -> Affected:
    """Return the active contractors with hours to place. Letter N: contractors of the roster.

    mondays            the first day of every week of the horizon
    lost               bool[A], the assignments whose rates and projects count as the lost ones
    released           bool[A], the assignments that do not survive
    gone_hours         int64[N], hours a week to place before the cap
    least_floor_hours  int64[N], the floor is at least this, as far as the cap allows
    """
    contractors = roster.contractors
    is_active = contractors["status"].eq("active").to_numpy(dtype=np.bool_)
    lost_work = staffing.select(lost & is_active[staffing.contractor_row])
    rows = np.unique(lost_work.contractor_row)
    surviving = find_surviving(roster, staffing, released)
    room = (
        read_whole(contractors["max_weekly_hours"], 0)
        - _peak_surviving_hours(roster, surviving, mondays)
    )[rows]
    lost_hours = np.clip(np.minimum(gone_hours[rows], room), 0, None)
    own_floor = read_whole(contractors["floor_hours"], -1)[rows]
    floor_hours = np.where(own_floor < 0, (lost_hours + 1) // 2, own_floor)
    floor_hours = np.minimum(np.maximum(floor_hours, least_floor_hours[rows]), lost_hours)
    return _split_away(
        Affected(
            tuple(contractors["contractor_id"].to_numpy()[rows].tolist()),
            rows,
            lost_hours,
            floor_hours,
            build_avail_days(roster, rows, get_day(mondays[0]), len(mondays)),
            sum_by_contractor(roster, lost_work)[rows],
            sum_weekly(
                lost_work.contractor_row, lost_work.hours * lost_work.rate_cents, len(contractors)
            )[rows],
            _list_from_projects(roster, lost_work, rows),
            (),
        )
    )


def sum_by_contractor(roster: Roster, work: Staffing) -> IntArray:
    """int64[N]: the weekly hours of each contractor of the roster."""
    return sum_weekly(work.contractor_row, work.hours, len(roster.contractors))


def _peak_surviving_hours(roster: Roster, surviving: Staffing, mondays: Sequence[date]) -> IntArray:
    """int64[contractors]: the surviving hours of the horizon's fullest week."""
    num = len(roster.contractors)
    peak = np.zeros(num, dtype=np.int64)
    for monday in mondays:
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
