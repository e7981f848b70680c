"""Who works where around a pause: surviving assignments, lost assignments, leave.

Letters in the docstrings: A assignments kept, C contractors, W weeks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.columns import FOREVER_DAY, locate, read_days, read_whole
from solver.instance import WORKDAYS_PER_WEEK, BoolArray, IntArray
from solver.roster import Roster

DAYS_PER_WEEK = 7


@dataclass(frozen=True, eq=False)
class Staffing:
    """Assignments as arrays; rows are positions in the roster's frames.

    contractor_row  int64[A]
    project_row     int64[A]
    hours           int64[A], per week, >= 1
    rate_cents      int64[A], per hour in the contractor's currency: the assignment's own, else
                    the project's where it pays in that currency, else the contractor's
    start_day       int64[A], day numbers
    end_day         int64[A], inclusive; FOREVER_DAY where blank
    ended           bool[A], status `ended`
    """

    contractor_row: IntArray
    project_row: IntArray
    hours: IntArray
    rate_cents: IntArray
    start_day: IntArray
    end_day: IntArray
    ended: BoolArray

    def select(self, keep: BoolArray) -> Staffing:
        """Return the assignments where `keep` (bool[A]) is true."""
        return Staffing(
            self.contractor_row[keep],
            self.project_row[keep],
            self.hours[keep],
            self.rate_cents[keep],
            self.start_day[keep],
            self.end_day[keep],
            self.ended[keep],
        )

    def runs_on(self, day: int) -> BoolArray:
        """bool[A]: status active, and `day` within the dates (both ends included)."""
        return ~self.ended & (self.start_day <= day) & (self.end_day >= day)

    def runs_in_week(self, monday: int) -> BoolArray:
        """bool[A]: status active on at least one day of the week that starts on `monday`."""
        sunday = monday + DAYS_PER_WEEK - 1
        return ~self.ended & (self.start_day <= sunday) & (self.end_day >= monday)


def build_staffing(roster: Roster) -> Staffing:
    """Return every assignment of the roster, ended ones included."""
    assignments, projects, contractors = roster.assignments, roster.projects, roster.contractors
    contractor_row = locate(contractors["contractor_id"], assignments["contractor_id"])
    project_row = locate(projects["project_id"], assignments["project_id"])
    return Staffing(
        contractor_row,
        project_row,
        read_whole(assignments["hours_per_week"], 0),
        _read_rates(roster, contractor_row, project_row),
        read_days(assignments["starts_on"], 0),
        read_days(assignments["ends_on"], FOREVER_DAY),
        assignments["status"].eq("ended").to_numpy(dtype=np.bool_),
    )


def _read_rates(roster: Roster, contractor_row: IntArray, project_row: IntArray) -> IntArray:
    """int64[A]: what each assignment pays, in cents per hour of the contractor's currency."""
    projects, contractors = roster.projects, roster.contractors
    own = read_whole(roster.assignments["pay_rate_cents"], -1)
    of_project = read_whole(projects["pay_rate_cents"], -1)[project_row]
    of_contractor = read_whole(contractors["pay_rate_cents"], -1)[contractor_row]
    paid_in = projects["currency"].to_numpy(dtype=object)[project_row]
    wanted_in = contractors["currency"].to_numpy(dtype=object)[contractor_row]
    comparable = (of_project >= 0) & np.asarray(paid_in == wanted_in, dtype=np.bool_)
    return np.where(own >= 0, own, np.where(comparable, of_project, of_contractor))


def find_surviving(roster: Roster, staffing: Staffing, released: BoolArray) -> Staffing:
    """Return the assignments that go on beside what is planned.

    released  bool[A], what the pause stops or a recall may move

    An assignment survives when its status is active, its project is open, and it is not
    released; one on a project that an earlier pause stopped does not.
    """
    is_open = roster.projects["status"].eq("open").to_numpy(dtype=np.bool_)
    return staffing.select(~staffing.ended & is_open[staffing.project_row] & ~released)


def sum_weekly(rows: IntArray, hours: IntArray, num_rows: int) -> IntArray:
    """int64[num_rows]: the hours summed by row."""
    # bincount adds in float64, which is exact for sums below 2**53.
    return np.bincount(rows, weights=hours, minlength=num_rows).astype(np.int64)


def build_avail_days(
    roster: Roster, contractor_row: IntArray, first_monday: int, weeks: int
) -> IntArray:
    """int64[C, W]: 5 minus the weekdays on leave; a day named twice counts once.

    contractor_row  int64[C], rows of the roster's contractors
    first_monday    day number of the horizon's first day
    """
    position = np.full(len(roster.contractors), -1, dtype=np.int64)
    position[contractor_row] = np.arange(len(contractor_row))
    time_off = roster.time_off
    who = position[locate(roster.contractors["contractor_id"], time_off["contractor_id"])]
    num_days = weeks * DAYS_PER_WEEK
    first = np.clip(read_days(time_off["starts_on"], 0) - first_monday, 0, num_days)
    after = np.clip(read_days(time_off["ends_on"], 0) - first_monday + 1, 0, num_days)
    counts = (who >= 0) & (after > first)
    # +1 where a leave begins, -1 the day after its end: the running sum is above 0 on leave.
    change = np.zeros((len(contractor_row), num_days + 1), dtype=np.int16)
    np.add.at(change, (who[counts], first[counts]), 1)
    np.add.at(change, (who[counts], after[counts]), -1)
    on_leave = np.cumsum(change[:, :-1], axis=1, dtype=np.int16) > 0
    by_week = on_leave.reshape(len(contractor_row), weeks, DAYS_PER_WEEK)
    leave_days = by_week[:, :, :WORKDAYS_PER_WEEK].sum(axis=2, dtype=np.int64)
    days: IntArray = WORKDAYS_PER_WEEK - leave_days
    return days
