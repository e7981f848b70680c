"""Makes a plan keep the rules between people, which rounding and greedy plans ignore.

First whoever is there against a rule leaves: that breaks no other kind of rule. Then
whole teams, and as many people as a project starts with, come where there is room.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from solver.groups import NO_LEADS, NO_TEAM
from solver.instance import IntArray
from solver.model.group_state import GroupState, build_group_state
from solver.model.open_problem import OpenProblem
from solver.search.ledger import Ledger


def repair(problem: OpenProblem, hours: IntArray) -> IntArray:
    """Return a plan near `hours`, int64[U], that keeps the rules between people.

    `hours` keeps all other rules, and nothing but pins stands already in the problem.
    """
    if not problem.has_group_rules:
        return hours
    groups = _Groups(problem)
    kept = hours.copy()
    while groups.drop_breaches(kept):
        pass
    return groups.add_groups(kept)


class _Groups:
    """The rules of one problem, asked of plans int64[U]."""

    def __init__(self, problem: OpenProblem) -> None:
        rules = problem.instance.groups
        assert rules is not None
        self._problem = problem
        self._state: GroupState = build_group_state(problem)
        self._min_people = rules.min_people
        self._ratio = rules.people_per_lead
        self._is_single = rules.team[problem.contractor] == NO_TEAM
        new = np.flatnonzero(self._state.is_new)
        new = new[np.argsort(problem.project[new], kind="stable")]
        ends = np.searchsorted(problem.project[new], np.arange(1, len(problem.seats)))
        self._pairs: list[IntArray] = np.split(new, ends)
        self._asking = np.flatnonzero((self._min_people > 1) | (self._ratio != NO_LEADS)).tolist()

    def drop_breaches(self, hours: IntArray) -> bool:
        """Drop whoever breaks a rule by coming; return whether anybody did."""
        before = np.count_nonzero(hours)
        for key, pairs in self._state.teams.items():
            if key in self._state.blocked or not hours[pairs].all():
                hours[pairs] = 0
        for project in self._asking:
            coming = self._find_coming(project, hours)
            if self._is_small(project, coming):
                hours[coming] = 0
            elif self._is_unled(project, coming):
                self._drop_followers(project, hours)
        return bool(np.count_nonzero(hours) < before)

    def _is_small(self, project: int, coming: IntArray) -> bool:
        """Whether the project has fewer people than it needs, with those coming."""
        return bool(self._state.people[project] + len(coming) < self._min_people[project])

    def _is_unled(self, project: int, coming: IntArray) -> bool:
        """Whether the project has fewer leads than its people need, with those coming."""
        people = int(self._state.people[project]) + len(coming)
        leads = int(self._state.leads[project]) + int(self._state.is_lead[coming].sum())
        ratio = int(self._ratio[project])
        return ratio != NO_LEADS and leads * ratio < people

    def _find_coming(self, project: int, hours: IntArray) -> IntArray:
        """Return the pairs by which the plan brings people to the project."""
        own = self._pairs[project]
        return own[hours[own] > 0]

    def _drop_followers(self, project: int, hours: IntArray) -> None:
        """Drop those who bring least until the project's leads are enough, all if they never are.

        Members of teams leave last: the rest of the team would have to go with them.
        """
        own = self._find_coming(project, hours)
        worth = self._problem.hours_gain[own] * hours[own]
        order = own[np.lexsort((worth, ~self._is_single[own]))]
        for pair in order[~self._state.is_lead[order]].tolist():
            hours[pair] = 0
            if not self._is_unled(project, self._find_coming(project, hours)):
                return
        hours[own] = 0

    def add_groups(self, hours: IntArray) -> IntArray:
        """Return the plan with the teams, and the people projects start with, that have room."""
        ledger = Ledger(self._problem)
        used = np.flatnonzero(hours)
        for pair, worked in zip(used.tolist(), hours[used].tolist(), strict=True):
            ledger.add(pair, worked)
        plan = hours.copy()
        for project, team in self._list_starts(hours):
            if plan[team].any():
                continue
            coming = self._gather(project, team, plan, ledger)
            if ledger.add_bundle(coming, self._problem.min_hours[coming].tolist()):
                ledger.fill(np.array(coming, dtype=np.int64))
                plan[coming] = [ledger.hours[pair] for pair in coming]
        return plan

    def _list_starts(self, hours: IntArray) -> Iterator[tuple[int, list[int]]]:
        """Yield projects with the team that could come, best fit first, or with nobody yet."""
        gain = self._problem.fit_gain
        teams = [
            (project, pairs)
            for (team, project), pairs in self._state.teams.items()
            if (team, project) not in self._state.blocked
        ]
        yield from sorted(teams, key=lambda start: -float(gain[start[1]].mean()))
        for project in self._asking:
            if not hours[self._pairs[project]].any():
                yield project, []

    def _gather(self, project: int, team: list[int], plan: IntArray, ledger: Ledger) -> list[int]:
        """Return who has to come with the team, or to start; nobody where too few can."""
        then = np.append(self._find_coming(project, plan), team).astype(np.int64)
        if len(then) and not self._is_short(project, then):
            return team
        own = self._pairs[project]
        own = own[self._is_single[own] & (plan[own] == 0)]
        own = own[np.argsort(-self._problem.fit_gain[own], kind="stable")]
        free = [pair for pair in own.tolist() if ledger.find_room(pair)]
        coming = list(team)
        while not coming or self._is_short(project, then):
            is_unled = self._is_unled(project, then)
            wanted = [pair for pair in free if self._state.is_lead[pair] or not is_unled]
            if not wanted:
                return []
            coming.append(wanted[0])
            free.remove(wanted[0])
            then = np.append(then, wanted[0])
        return coming

    def _is_short(self, project: int, coming: IntArray) -> bool:
        return self._is_small(project, coming) or self._is_unled(project, coming)
