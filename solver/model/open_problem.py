"""What is left to decide: an instance after its pins, or a neighbourhood of it.

Letters: C contractors, P projects, W weeks, U usable pairs. Every search step
works on an `OpenProblem`; contractors and projects keep the instance's indices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from solver.groups import NO_TEAM
from solver.instance import NO_LIMIT, WORKDAYS_PER_WEEK, BoolArray, Instance, IntArray

_PAIRS_AT_A_TIME = 1 << 18
"""So that a whole vendor's pairs do not need wide arrays for each step of a formula."""


@dataclass(frozen=True, eq=False)
class OpenProblem:
    """The pairs that may still be used and what they may still use up.

    contractor, project  int64[U], rising by contractor, then project
    days          int64[U], D of model.md: workdays over the weeks the project is active
    min_hours, max_hours  int64[U], hours a week if the pair is used, 1 <= min <= max
    rate_cents    int64[U]
    hours_gain    int64[U], what an hour adds to the tier hours
    fit_gain      int64[U], what an hour adds to the tier fit
    week_hours    int64[C, W], hours that a contractor may still work
    projects_left int64[C]
    days_needed   int64[C], hour-days that are missing for coverage; 0 or less = covered already
    hour_days     int64[P, W], open hours left, times 5
    seats         int64[P], NO_LIMIT where there is none
    budget_cents  int64[P], NO_LIMIT where there is none
    held          int64[H], rising keys (see `pair_key`) of what is assigned already; kept
                  only where the instance has rules between people
    """

    instance: Instance
    contractor: IntArray
    project: IntArray
    days: IntArray
    min_hours: IntArray
    max_hours: IntArray
    rate_cents: IntArray
    hours_gain: IntArray
    fit_gain: IntArray
    week_hours: IntArray
    projects_left: IntArray
    days_needed: IntArray
    hour_days: IntArray
    seats: IntArray
    budget_cents: IntArray
    held: IntArray

    @property
    def has_group_rules(self) -> bool:
        """Whether rules tie people together, so that less work can break a rule."""
        return self.instance.groups is not None

    @property
    def num_pairs(self) -> int:
        return len(self.contractor)

    @cached_property
    def start(self) -> IntArray:
        """int64[C + 1]: pairs of contractor c are start[c] .. start[c + 1] - 1."""
        return np.searchsorted(self.contractor, np.arange(self.instance.num_contractors + 1))

    @cached_property
    def pair_key(self) -> IntArray:
        """int64[U], rising: contractor and project in one number."""
        return self.contractor * self.instance.num_projects + self.project

    @cached_property
    def switch_cost(self) -> IntArray:
        """int64[U]: what taking each pair costs the tier fit; today's places cost nothing."""
        instance = self.instance
        cost = np.broadcast_to(np.int64(instance.switch_cost), self.num_pairs)
        if not len(instance.today):
            return cost
        today = instance.today[:, 0] * instance.num_projects + instance.today[:, 1]
        return np.where(np.isin(self.pair_key, today), 0, cost)

    @cached_property
    def team_members(self) -> tuple[tuple[int, ...], ...]:
        """The contractors of each team; empty where there are no teams."""
        groups = self.instance.groups
        if groups is None:
            return ()
        members: list[list[int]] = [[] for _ in groups.team_names]
        for contractor in np.flatnonzero(groups.team != NO_TEAM).tolist():
            members[groups.team[contractor]].append(contractor)
        return tuple(map(tuple, members))

    @cached_property
    def even_weeks(self) -> BoolArray:
        """bool[C]: whether the contractor may work the same hours in every week."""
        even: BoolArray = (self.week_hours == self.week_hours[:, :1]).all(axis=1)
        return even

    @cached_property
    def overlap(self) -> BoolArray:
        """bool[P, P]: whether two projects run in a common week."""
        active = self.instance.active.astype(np.int64)
        both: BoolArray = active @ active.T > 0
        return both

    @cached_property
    def walled(self) -> BoolArray:
        """bool[P, P]: whether the clients of two projects compete."""
        instance = self.instance
        size = len(instance.client_names) + 1
        apart = np.zeros((size, size), dtype=np.bool_)
        one, other = instance.walls.T
        apart[one, other] = apart[other, one] = True
        # NO_CLIENT is -1 and so picks the last row, which stays empty.
        kept: BoolArray = apart[np.ix_(instance.client, instance.client)]
        return kept

    def find_pairs(self, contractor: IntArray, project: IntArray) -> IntArray:
        """Return the pair of each row, -1 where it is not usable."""
        wanted = contractor * self.instance.num_projects + project
        place = np.searchsorted(self.pair_key, wanted)
        place = np.minimum(place, max(0, self.num_pairs - 1))
        if not self.num_pairs:
            return np.full(len(wanted), -1, dtype=np.int64)
        return np.where(self.pair_key[place] == wanted, place, -1)


def build_open_problem(instance: Instance) -> OpenProblem:
    """Return everything that the instance's pins leave open."""
    contractor = instance.pair_contractor.astype(np.int64)
    project = instance.pair_project.astype(np.int64)
    days = instance.pair_days.astype(np.int64)
    problem = OpenProblem(
        instance=instance,
        contractor=contractor,
        project=project,
        days=days,
        min_hours=instance.min_hours[project],
        max_hours=instance.max_hours[project],
        rate_cents=instance.pair_rate_cents.astype(np.int64),
        hours_gain=instance.priority[project] * days,
        fit_gain=instance.pair_fit * days,
        week_hours=np.repeat(instance.lost_hours[:, None], instance.weeks, axis=1),
        projects_left=instance.max_projects,
        days_needed=instance.floor_hours * instance.horizon_days,
        hour_days=WORKDAYS_PER_WEEK * instance.open_hours,
        seats=instance.seats,
        budget_cents=instance.weekly_budget_cents,
        held=np.zeros(0, dtype=np.int64),
    )
    hours = np.zeros(problem.num_pairs, dtype=np.int64)
    hours[problem.find_pairs(instance.pins[:, 0], instance.pins[:, 1])] = instance.pins[:, 2]
    return reserve(problem, hours, hours == 0)[0]


def reserve(problem: OpenProblem, hours: IntArray, free: BoolArray) -> tuple[OpenProblem, IntArray]:
    """Return what `hours` on the pairs that are not free leave for those that are.

    hours  int64[U], hours a week of a plan on each pair
    free   bool[U]

    The second value says which pair of `problem` each pair of the result is.
    """
    fixed = np.flatnonzero((hours > 0) & ~free)
    contractor, project, worked = problem.contractor[fixed], problem.project[fixed], hours[fixed]
    weekly = worked[:, None] * problem.instance.active[project]
    week_hours, projects_left = problem.week_hours.copy(), problem.projects_left.copy()
    days_needed, hour_days = problem.days_needed.copy(), problem.hour_days.copy()
    seats, budget = problem.seats.copy(), problem.budget_cents.copy()
    np.subtract.at(week_hours, contractor, weekly)
    np.subtract.at(projects_left, contractor, 1)
    np.subtract.at(days_needed, contractor, worked * problem.days[fixed])
    np.subtract.at(hour_days, project, weekly * problem.instance.avail_days[contractor])
    np.subtract.at(seats, project, np.where(seats[project] == NO_LIMIT, 0, 1))
    cents = worked * problem.rate_cents[fixed]
    np.subtract.at(budget, project, np.where(budget[project] == NO_LIMIT, 0, cents))
    left = replace(
        problem,
        week_hours=week_hours,
        projects_left=projects_left,
        days_needed=days_needed,
        hour_days=hour_days,
        seats=seats,
        budget_cents=budget,
        held=_hold(problem, fixed),
    )
    pairs = np.flatnonzero(free)
    pairs = pairs[~_find_walled_off(problem, fixed, pairs)]
    left = select_pairs(left, pairs)
    most = _find_most_hours(left)
    usable = _find_usable(left, most)
    return select_pairs(replace(left, max_hours=most), usable), pairs[usable]


def _hold(problem: OpenProblem, fixed: IntArray) -> IntArray:
    """Return what is assigned already, with the pairs `fixed` among it."""
    if not problem.has_group_rules:
        return problem.held
    return np.union1d(problem.held, problem.pair_key[fixed])


def select_pairs(problem: OpenProblem, kept: BoolArray | IntArray) -> OpenProblem:
    """Return the problem with only the pairs of a mask or of rising indices."""
    num_kept = np.count_nonzero(kept) if kept.dtype == np.bool_ else len(kept)
    if num_kept == problem.num_pairs:
        return problem
    return replace(
        problem,
        contractor=problem.contractor[kept],
        project=problem.project[kept],
        days=problem.days[kept],
        min_hours=problem.min_hours[kept],
        max_hours=problem.max_hours[kept],
        rate_cents=problem.rate_cents[kept],
        hours_gain=problem.hours_gain[kept],
        fit_gain=problem.fit_gain[kept],
    )


def _find_most_hours(problem: OpenProblem) -> IntArray:
    """Return int64[U]: the most hours a week that the limits leave for each pair alone."""
    most = np.empty(problem.num_pairs, dtype=np.int64)
    for start in range(0, problem.num_pairs, _PAIRS_AT_A_TIME):
        chunk = slice(start, start + _PAIRS_AT_A_TIME)
        most[chunk] = _find_most_hours_of(problem, chunk)
    return most


def _find_most_hours_of(problem: OpenProblem, chunk: slice) -> IntArray:
    instance, most = problem.instance, problem.max_hours[chunk]
    contractor, project = problem.contractor[chunk], problem.project[chunk]
    for week in range(instance.weeks):
        runs = instance.active[project, week]
        most = np.where(runs, np.minimum(most, problem.week_hours[contractor, week]), most)
        days = instance.avail_days[contractor, week]
        open_hours = problem.hour_days[project, week] // np.maximum(days, 1)
        most = np.where(runs & (days > 0), np.minimum(most, open_hours), most)
    budget, rate_cents = problem.budget_cents[project], problem.rate_cents[chunk]
    paid = (budget != NO_LIMIT) & (rate_cents > 0)
    affordable = budget // np.maximum(rate_cents, 1)
    return np.where(paid, np.minimum(most, affordable), most)


def _find_usable(problem: OpenProblem, most_hours: IntArray) -> BoolArray:
    """bool[U]. A pair without a common workday adds nothing to any tier: no plan needs it."""
    usable: BoolArray = (
        (most_hours >= problem.min_hours)
        & (problem.days > 0)
        & (problem.seats[problem.project] >= 1)
        & (problem.projects_left[problem.contractor] >= 1)
    )
    return usable


def _find_walled_off(problem: OpenProblem, fixed: IntArray, pairs: IntArray) -> BoolArray:
    """bool[N]: whether a fixed pair of the same contractor is for a competing client."""
    walled_off = np.zeros(len(pairs), dtype=np.bool_)
    contractor = problem.contractor[pairs]
    is_walled: BoolArray = np.any(problem.walled, axis=1)
    fixed = fixed[is_walled[problem.project[fixed]]]
    first = np.searchsorted(contractor, problem.contractor[fixed])
    last = np.searchsorted(contractor, problem.contractor[fixed], side="right")
    concerned = np.flatnonzero(last > first)
    fixed, first, last = fixed[concerned], first[concerned], last[concerned]
    for pair, start, end in zip(fixed.tolist(), first.tolist(), last.tolist(), strict=True):
        others = problem.project[pairs[start:end]]
        walled_off[start:end] |= problem.walled[problem.project[pair], others]
    return walled_off
