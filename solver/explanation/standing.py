"""A plan as it stands: what it uses, and the hours that would fit if nobody else moved.

Letters: N pairs asked about, C contractors, P projects, W weeks, E pairs of the instance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solver.instance import NO_LIMIT, WORKDAYS_PER_WEEK, BoolArray, Instance, IntArray
from solver.result import Assignments
from solver.usage import Usage, build_usage


@dataclass(frozen=True, eq=False)
class StandingPlan:
    """A plan that keeps every rule, with its sums. Build one for many questions.

    usage   of the whole plan
    pinned  of its pinned assignments alone, which no explanation moves
    """

    assignments: Assignments
    usage: Usage
    pinned: Usage

    @property
    def instance(self) -> Instance:
        return self.usage.instance

    @cached_property
    def missing_hours(self) -> IntArray:
        """int64[C]: weekly hours that each contractor could still take in every week."""
        missing: IntArray = self.instance.lost_hours - self.usage.worked.max(axis=1, initial=0)
        return missing

    @cached_property
    def room_hours(self) -> IntArray:
        """int64[P]: weekly hours still open in every week in which the project runs."""
        instance = self.instance
        left = WORKDAYS_PER_WEEK * instance.open_hours - self.usage.staffed
        left = np.where(instance.active, left, np.iinfo(np.int64).max).min(axis=1)
        return np.where(instance.active.any(axis=1), left, 0) // WORKDAYS_PER_WEEK

    @cached_property
    def has_seat(self) -> BoolArray:
        """bool[P]: whether one more person may come."""
        free: BoolArray = self.usage.people < self.instance.seats
        return free

    @cached_property
    def pinned_pairs(self) -> IntArray:
        """int64: the pinned pairs, rising."""
        return np.flatnonzero(self.pinned.hours)

    @cached_property
    def _competes(self) -> BoolArray:
        """bool[K + 1, K + 1]: whether a wall stands between two clients; never for no client."""
        num_clients = len(self.instance.client_names)
        competes = np.zeros((num_clients + 1, num_clients + 1), dtype=np.bool_)
        one, other = self.instance.walls.T
        competes[one, other] = competes[other, one] = True
        return competes

    def get_pairs(self, contractors: IntArray) -> IntArray:
        """Return the pairs of some contractors (rising indices), rising."""
        start = self.instance.pair_start[contractors]
        count = self.instance.pair_start[contractors + 1] - start
        first = np.repeat(start - (np.cumsum(count) - count), count)
        return first + np.arange(int(count.sum()))

    def find_hours_on_top(self, pairs: IntArray) -> IntArray:
        """int64[N]: the weekly hours that fit beside all of the plan; 0 where none do.

        For a pair that is assigned already: the hours that it could give more.
        """
        contractor, own = self.instance.pair_contractor[pairs], self.usage.hours[pairs]
        room = self._find_room(pairs, self.usage, self.usage, released=np.zeros_like(own))
        least = np.where(own > 0, 1, self.instance.min_hours[self.instance.pair_project[pairs]])
        comes = (own > 0) | (
            (self.usage.projects[contractor] < self.instance.max_projects[contractor])
            & self.has_seat[self.instance.pair_project[pairs]]
            & ~self._find_walled(pairs, self.usage)
        )
        room = np.minimum(room, self._get_most(pairs) - own)
        return np.where(comes & (room >= least), room, 0)

    def find_hours_instead(self, pairs: IntArray) -> IntArray:
        """int64[N]: the weekly hours that fit in place of the contractor's own proposals.

        Pinned assignments stay, and so does everybody else's work.
        """
        own = self.usage.hours[pairs]
        return self._find_hours_without_own(pairs, self.usage, released=own)

    def find_hours_alone(self, pairs: IntArray) -> IntArray:
        """int64[N]: the weekly hours that would fit if only the pinned assignments stood."""
        return self._find_hours_without_own(pairs, self.pinned, np.zeros(len(pairs), np.int64))

    def _find_hours_without_own(
        self, pairs: IntArray, taken: Usage, released: IntArray
    ) -> IntArray:
        """int64[N]: as `find_hours_instead`, with what projects give according to `taken`."""
        instance = self.instance
        contractor, project = instance.pair_contractor[pairs], instance.pair_project[pairs]
        room = self._find_room(pairs, self.pinned, taken, released)
        room = np.minimum(room, self._get_most(pairs))
        comes = (
            (self.pinned.hours[pairs] == 0)
            & (self.pinned.projects[contractor] < instance.max_projects[contractor])
            & ((taken.people < instance.seats)[project] | (released > 0))
            & ~self._find_walled(pairs, self.pinned)
        )
        return np.where(comes & (room >= instance.min_hours[project]), room, 0)

    def _get_most(self, pairs: IntArray) -> IntArray:
        instance = self.instance
        most: IntArray = np.minimum(
            instance.max_hours[instance.pair_project[pairs]],
            instance.lost_hours[instance.pair_contractor[pairs]],
        )
        return np.where(instance.pair_days[pairs] > 0, most, 0)

    def _find_room(
        self, pairs: IntArray, busy: Usage, taken: Usage, released: IntArray
    ) -> IntArray:
        """int64[N]: hours that the contractor's weeks and the project's limits leave.

        busy      what the contractors go on working
        taken     what the projects have given away
        released  int64[N], hours of the pair itself that its project gets back
        """
        instance = self.instance
        contractor, project = instance.pair_contractor[pairs], instance.pair_project[pairs]
        room = np.full(len(pairs), np.iinfo(np.int64).max)
        for week in range(instance.weeks):
            runs = instance.active[project, week]
            days = instance.avail_days[contractor, week]
            idle = instance.lost_hours[contractor] - busy.worked[contractor, week]
            room = np.where(runs, np.minimum(room, idle), room)
            limit = WORKDAYS_PER_WEEK * instance.open_hours[project, week]
            left = limit - taken.staffed[project, week] + released * days
            left = left // np.maximum(days, 1)
            room = np.where(runs & (days > 0), np.minimum(room, left), room)
        rate = instance.pair_rate_cents[pairs].astype(np.int64)
        budget = instance.weekly_budget_cents[project]
        paid = (budget != NO_LIMIT) & (rate > 0)
        left = np.where(paid, budget, 0) - taken.cost_cents[project] + released * rate
        return np.where(paid, np.minimum(room, left // np.maximum(rate, 1)), room)

    def _find_walled(self, pairs: IntArray, busy: Usage) -> BoolArray:
        """bool[N]: whether the contractor goes on working for a competitor of the client."""
        instance = self.instance
        walled = np.zeros(len(pairs), dtype=np.bool_)
        if not len(instance.walls):
            return walled
        contractors, place = np.unique(instance.pair_contractor[pairs], return_inverse=True)
        own = self.get_pairs(contractors.astype(np.int64))
        own = own[busy.hours[own] > 0]
        if not len(own):
            return walled
        taken = np.zeros((len(contractors), len(instance.client_names) + 1), dtype=np.bool_)
        # NO_CLIENT is -1 and so marks the last column, which no wall names.
        row = np.searchsorted(contractors, instance.pair_contractor[own])
        taken[row, instance.client[instance.pair_project[own]]] = True
        refused = taken @ self._competes
        walled[:] = refused[place, instance.client[instance.pair_project[pairs]]]
        return walled


def build_standing_plan(instance: Instance, assignments: Assignments) -> StandingPlan:
    """Return the plan with its sums; every row must be a pair of the instance."""
    pins = Assignments.build([tuple(row) for row in instance.pins.tolist()])
    return StandingPlan(
        assignments, build_usage(instance, assignments), build_usage(instance, pins)
    )
