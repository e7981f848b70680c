"""What a growing plan has used up, pair by pair; and the greedy fill on top of it.

Plain Python lists: single updates of numpy arrays cost several times as much.
"""

from __future__ import annotations

import numpy as np

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem

_CHUNK = 200_000
"""Pairs that are filled before those of people without idle hours are left out again."""


class Ledger:
    """The resources that a plan leaves, updated assignment by assignment.

    hours  hours a week on each pair so far
    """

    def __init__(self, problem: OpenProblem) -> None:
        self._problem = problem
        self.hours = [0] * problem.num_pairs
        self._contractor = problem.contractor.tolist()
        self._project = problem.project.tolist()
        self._least, self._most = problem.min_hours.tolist(), problem.max_hours.tolist()
        self._rate = problem.rate_cents.tolist()
        self._week_hours = problem.week_hours.tolist()
        self._projects_left = problem.projects_left.tolist()
        self._hour_days = problem.hour_days.tolist()
        self._seats, self._budget = problem.seats.tolist(), problem.budget_cents.tolist()
        self._avail_days = problem.instance.avail_days.tolist()
        self._weeks = [np.flatnonzero(row).tolist() for row in problem.instance.active]
        self._walled = [frozenset(np.flatnonzero(row).tolist()) for row in problem.walled]
        self._projects: list[list[int]] = [[] for _ in self._week_hours]

    def find_room(self, pair: int) -> int:
        """Return how many hours a week could be added to the pair; 0 if none."""
        contractor, project = self._contractor[pair], self._project[pair]
        new = not self.hours[pair]
        if new and not self._is_open(contractor, project):
            return 0
        room = self._most[pair] - self.hours[pair]
        week_hours, hour_days = self._week_hours[contractor], self._hour_days[project]
        days = self._avail_days[contractor]
        for week in self._weeks[project]:
            room = min(room, week_hours[week])
            if days[week] and hour_days[week] < room * days[week]:
                room = hour_days[week] // days[week]
            if room <= 0:
                # Of millions of pairs most end here: their person or project is full.
                return 0
        if self._rate[pair]:
            room = min(room, self._budget[project] // self._rate[pair])
        return 0 if new and room < self._least[pair] else room

    def _is_open(self, contractor: int, project: int) -> bool:
        if self._projects_left[contractor] < 1 or self._seats[project] < 1:
            return False
        walled = self._walled[project]
        return not walled or walled.isdisjoint(self._projects[contractor])

    def add(self, pair: int, hours: int) -> None:
        """Book hours that `find_room` allows."""
        contractor, project = self._contractor[pair], self._project[pair]
        if not self.hours[pair]:
            self._projects_left[contractor] -= 1
            self._seats[project] -= 1
            self._projects[contractor].append(project)
        self.hours[pair] += hours
        week_hours, hour_days = self._week_hours[contractor], self._hour_days[project]
        days = self._avail_days[contractor]
        for week in self._weeks[project]:
            week_hours[week] -= hours
            hour_days[week] -= hours * days[week]
        self._budget[project] -= hours * self._rate[pair]

    def add_bundle(self, pairs: list[int], hours: list[int]) -> bool:
        """Book all of a bundle on unused pairs of one contractor, or nothing."""
        for number, (pair, wanted) in enumerate(zip(pairs, hours, strict=True)):
            if self.find_room(pair) < wanted:
                for booked in pairs[:number]:
                    self._remove(booked)
                return False
            self.add(pair, wanted)
        return True

    def _remove(self, pair: int) -> None:
        contractor, project = self._contractor[pair], self._project[pair]
        self.add(pair, -self.hours[pair])
        self._projects_left[contractor] += 1
        self._seats[project] += 1
        self._projects[contractor].remove(project)

    def fill(self, pairs: IntArray) -> None:
        """Give each pair in turn as many more hours as there is room for."""
        for first in range(0, len(pairs), _CHUNK):
            chunk = pairs[first : first + _CHUNK]
            # Nobody becomes idle again; late in millions of pairs hardly anybody is.
            idle = np.array([max(hours, default=0) > 0 for hours in self._week_hours])
            for pair in chunk[idle[self._problem.contractor[chunk]]].tolist():
                room = self.find_room(pair)
                if room > 0:
                    self.add(pair, room)

    def get_plan(self) -> IntArray:
        """Return int64[U], hours a week on each pair."""
        return np.array(self.hours, dtype=np.int64)


def build_greedy_plan(problem: OpenProblem) -> IntArray:
    """Return what a spreadsheet does: best fit first, each as many hours as there is room."""
    ledger = Ledger(problem)
    ledger.fill(np.argsort(-problem.fit_gain, kind="stable"))
    return ledger.get_plan()
