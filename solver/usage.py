"""What a plan leaves over: hours, seats and budget of projects, weeks of contractors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.instance import NO_LIMIT, WORKDAYS_PER_WEEK, Instance, IntArray
from solver.result import Assignments


@dataclass(frozen=True, eq=False)
class Usage:
    """Sums over a plan's assignments.

    hours         int64[E], hours per week of each pair, 0 where not assigned
    earned        int64[C], hour-days restored over the horizon
    worked        int64[C, W], hours per week
    staffed       int64[P, W], hour-days: an hour a week over a five-day week counts 5
    people        int64[P]
    projects      int64[C]
    cost_cents    int64[P], per week
    """

    instance: Instance
    hours: IntArray
    earned: IntArray
    worked: IntArray
    staffed: IntArray
    people: IntArray
    projects: IntArray
    cost_cents: IntArray

    def get_missing_hours(self, pair: int, hours: int) -> int:
        """Return the open hours a week that `hours` more of this pair would lack, 0 if none."""
        instance = self.instance
        project = instance.pair_project[pair]
        days = instance.avail_days[instance.pair_contractor[pair]] * instance.active[project]
        room = WORKDAYS_PER_WEEK * instance.open_hours[project] - self.staffed[project]
        over = np.where(days > 0, hours * days - room, 0)
        return max(0, -(-int(over.max()) // WORKDAYS_PER_WEEK))

    def get_missing_cents(self, pair: int, hours: int) -> int:
        """Return the weekly budget in cents that `hours` more of this pair would lack."""
        project = self.instance.pair_project[pair]
        budget = int(self.instance.weekly_budget_cents[project])
        if budget == NO_LIMIT:
            return 0
        cost = hours * int(self.instance.pair_rate_cents[pair])
        return max(0, int(self.cost_cents[project]) + cost - budget)

    def get_free_hours(self, pair: int) -> int:
        """Return how many more hours a week the pair's contractor could take on its project."""
        instance = self.instance
        contractor, project = instance.pair_contractor[pair], instance.pair_project[pair]
        lost = instance.lost_hours[contractor]
        worked = self.worked[contractor, instance.active[project]]
        most = min(int(instance.max_hours[project]), int(lost)) - int(self.hours[pair])
        return min(most, int(lost - worked.max(initial=0)))


def build_usage(instance: Instance, assignments: Assignments) -> Usage:
    """Return the sums of a plan whose every row is an eligible pair."""
    contractor, project = assignments.contractor, assignments.project
    hours = assignments.hours_per_week
    pair = find_pairs(instance, assignments)
    by_week = hours[:, np.newaxis] * instance.active[project]
    hour_days = by_week * instance.avail_days[contractor]
    earned = np.zeros(instance.num_contractors, dtype=np.int64)
    np.add.at(earned, contractor, hour_days.sum(axis=1))
    worked = np.zeros((instance.num_contractors, instance.weeks), dtype=np.int64)
    np.add.at(worked, contractor, by_week)
    staffed = np.zeros((instance.num_projects, instance.weeks), dtype=np.int64)
    np.add.at(staffed, project, hour_days)
    cost_cents = np.zeros(instance.num_projects, dtype=np.int64)
    np.add.at(cost_cents, project, hours * instance.pair_rate_cents[pair])
    hours_by_pair = np.zeros(instance.num_pairs, dtype=np.int64)
    hours_by_pair[pair] = hours
    return Usage(
        instance,
        hours_by_pair,
        earned,
        worked,
        staffed,
        np.bincount(project, minlength=instance.num_projects),
        np.bincount(contractor, minlength=instance.num_contractors),
        cost_cents,
    )


def find_pairs(instance: Instance, assignments: Assignments) -> IntArray:
    """int64[N]: the pair of each assignment; -1 where the instance does not have it."""
    key = instance.pair_contractor.astype(np.int64) * instance.num_projects + instance.pair_project
    wanted = assignments.contractor * instance.num_projects + assignments.project
    place = np.searchsorted(key, wanted)
    found = np.zeros(len(wanted), dtype=np.bool_)
    inside = place < len(key)
    found[inside] = key[place[inside]] == wanted[inside]
    return np.where(found, place, -1)
