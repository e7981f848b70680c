"""Best fit first: how one plans in a spreadsheet.

Sort the eligible pairs by fit, go down the list once, and give each pair as many hours
a week as the contractor and the project still have. Nothing is ever taken back.
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers.answer import Answer, Watcher
from solver.instance import NO_CLIENT, WORKDAYS_PER_WEEK, Instance
from solver.policy import Policy
from solver.result import Assignments, SolveLimits


def run(instance: Instance, _policy: Policy, _limits: SolveLimits, _on_progress: Watcher) -> Answer:
    """Return the greedy plan; it knows no bound."""
    return Answer(plan_best_fit_first(instance))


def plan_best_fit_first(instance: Instance) -> Assignments:
    """Return the pins, and after them the pairs by falling fit; equal ones in file order."""
    sheet = _Sheet(instance)
    for contractor, project, hours in instance.pins.tolist():
        key = contractor * instance.num_projects + project
        keys = instance.pair_contractor.astype(np.int64) * instance.num_projects
        sheet.book(int(np.searchsorted(keys + instance.pair_project, key)), hours)
    for pair in np.argsort(-instance.pair_fit.astype(np.int64), kind="stable").tolist():
        hours = sheet.find_hours(pair)
        if hours > 0:
            sheet.book(pair, hours)
    return Assignments.build(sheet.rows)


class _Sheet:
    """What every contractor and project has left.

    rows  (contractor, project, hours a week) booked so far
    """

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.rows: list[tuple[int, int, int]] = []
        self._contractor = instance.pair_contractor.tolist()
        self._project = instance.pair_project.tolist()
        self._rate = instance.pair_rate_cents.tolist()
        self._days = instance.avail_days.tolist()
        self._weeks = [np.flatnonzero(row).tolist() for row in instance.active]
        self._hours_left = np.repeat(
            instance.lost_hours[:, np.newaxis], instance.weeks, axis=1
        ).tolist()
        self._hour_days_left = (WORKDAYS_PER_WEEK * instance.open_hours).tolist()
        self._seats_left = instance.seats.tolist()
        self._cents_left = instance.weekly_budget_cents.tolist()
        self._projects_left = instance.max_projects.tolist()
        self._projects: list[list[int]] = [[] for _ in self._projects_left]
        self._client = instance.client.tolist()
        self._least, self._most = instance.min_hours.tolist(), instance.max_hours.tolist()
        self._lost_hours = instance.lost_hours.tolist()

    def find_hours(self, pair: int) -> int:
        """Return the most hours a week that every rule allows the pair; 0 if none."""
        contractor, project = self._contractor[pair], self._project[pair]
        if (
            self._projects_left[contractor] < 1
            or self._seats_left[project] < 1
            or project in self._projects[contractor]
            or self._is_walled_off(contractor, project)
        ):
            return 0
        hours: int = min(self._most[project], self._lost_hours[contractor])
        for week in self._weeks[project]:
            hours = min(hours, self._hours_left[contractor][week])
            days = self._days[contractor][week]
            if days:
                hours = min(hours, self._hour_days_left[project][week] // days)
        if self._rate[pair]:
            hours = min(hours, self._cents_left[project] // self._rate[pair])
        return hours if hours >= self._least[project] else 0

    def _is_walled_off(self, contractor: int, project: int) -> bool:
        client = self._client[project]
        if client == NO_CLIENT:
            return False
        rivals = self._instance.wall_partners[client]
        return any(self._client[other] in rivals for other in self._projects[contractor])

    def book(self, pair: int, hours: int) -> None:
        """Write the row down and take off what it uses."""
        contractor, project = self._contractor[pair], self._project[pair]
        self.rows.append((contractor, project, hours))
        self._projects[contractor].append(project)
        self._projects_left[contractor] -= 1
        self._seats_left[project] -= 1
        self._cents_left[project] -= hours * self._rate[pair]
        for week in self._weeks[project]:
            self._hours_left[contractor][week] -= hours
            self._hour_days_left[project][week] -= hours * self._days[contractor][week]
