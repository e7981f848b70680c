"""Running totals of what is approved: whether one more place still fits beside the others.

The limits are those of `solver.checker`, with its codes, judged for one row at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solver.instance import NO_CLIENT, NO_LIMIT, WORKDAYS_PER_WEEK, Instance, IntArray

Row = tuple[int, int, int]
"""Contractor index, project index, hours per week."""


class ReviewLedger:
    """The pins of an instance and the rows booked since, in sums."""

    def __init__(
        self, instance: Instance, find_rate: Callable[[int, int], int] | None = None
    ) -> None:
        """Start with the pins.

        find_rate  cents an hour of a contractor on a project, for rows that are not eligible
        """
        self._instance = instance
        self._find_rate = find_rate
        self._week_hours = np.zeros((instance.num_contractors, instance.weeks), dtype=np.int64)
        self._hour_days = np.zeros((instance.num_projects, instance.weeks), dtype=np.int64)
        self._heads = np.zeros(instance.num_projects, dtype=np.int64)
        self._cents = np.zeros(instance.num_projects, dtype=np.int64)
        self._projects: list[set[int]] = [set() for _ in instance.contractor_ids]
        self._rows: list[Row] = []
        for contractor_idx, project_idx, hours in instance.pins.tolist():
            self.book((contractor_idx, project_idx, hours))

    @property
    def rows(self) -> list[Row]:
        """The pins, then what was booked, in order."""
        return list(self._rows)

    def find_pair(self, contractor_idx: int, project_idx: int) -> int | None:
        """Return the place of a pair in the instance, None where it is not eligible."""
        instance = self._instance
        first, last = instance.pair_start[contractor_idx : contractor_idx + 2].tolist()
        place = first + int(np.searchsorted(instance.pair_project[first:last], project_idx))
        is_there = place < last and int(instance.pair_project[place]) == project_idx
        return place if is_there else None

    def book(self, row: Row) -> None:
        """Add a row to the sums."""
        contractor_idx, project_idx, hours = row
        self._week_hours[contractor_idx] += self._list_week_hours(row)
        self._hour_days[project_idx] += self._list_hour_days(row)
        self._heads[project_idx] += 1
        self._cents[project_idx] += hours * self._get_rate(row)
        self._projects[contractor_idx].add(project_idx)
        self._rows.append(row)

    def list_faults(self, row: Row) -> list[str]:
        """Return the code of every limit that a row would break."""
        instance, (contractor_idx, project_idx, hours) = self._instance, row
        held = self._projects[contractor_idx]
        lost_hours = int(instance.lost_hours[contractor_idx])
        least = int(instance.min_hours[project_idx])
        most = min(int(instance.max_hours[project_idx]), lost_hours)
        week_hours = self._week_hours[contractor_idx] + self._list_week_hours(row)
        hour_days = self._hour_days[project_idx] + self._list_hour_days(row)
        budget = int(instance.weekly_budget_cents[project_idx])
        cents = int(self._cents[project_idx]) + hours * self._get_rate(row)
        faults = {
            "duplicate": project_idx in held,
            "hours": not least <= hours <= most,
            "lost_hours": bool(np.any(week_hours > lost_hours)),
            "open_hours": bool(
                np.any(hour_days > WORKDAYS_PER_WEEK * instance.open_hours[project_idx])
            ),
            "seats": int(self._heads[project_idx]) >= int(instance.seats[project_idx]),
            "max_projects": len(held) >= int(instance.max_projects[contractor_idx]),
            "budget": budget != NO_LIMIT and cents > budget,
            "wall": self._is_walled_off(held, project_idx),
        }
        return [code for code, is_broken in faults.items() if is_broken]

    def get_open_hours(self, project_idx: int) -> int:
        """Return the weekly hours still open in every week in which the project runs."""
        instance = self._instance
        runs = instance.active[project_idx]
        if not runs.any():
            return 0
        left = WORKDAYS_PER_WEEK * instance.open_hours[project_idx] - self._hour_days[project_idx]
        return int(left[runs].min()) // WORKDAYS_PER_WEEK

    def _is_walled_off(self, held: set[int], project_idx: int) -> bool:
        clients = self._instance.client
        client = int(clients[project_idx])
        if client == NO_CLIENT:
            return False
        partners = self._instance.wall_partners[client]
        return any(int(clients[other]) in partners for other in held)

    def _list_week_hours(self, row: Row) -> IntArray:
        hours: IntArray = row[2] * self._instance.active[row[1]].astype(np.int64)
        return hours

    def _list_hour_days(self, row: Row) -> IntArray:
        hour_days: IntArray = self._list_week_hours(row) * self._instance.avail_days[row[0]]
        return hour_days

    def _get_rate(self, row: Row) -> int:
        """Return the cents an hour that count against the budget.

        Raises ValueError for a row that is not eligible, where nobody says its rate.
        """
        pair = self.find_pair(row[0], row[1])
        if pair is None:
            if self._find_rate is None:
                raise ValueError(f"pair {row[:2]} is not eligible")
            return self._find_rate(row[0], row[1])
        return int(self._instance.pair_rate_cents[pair])
