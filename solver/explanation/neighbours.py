"""Whom a re-solve lets move: the one asked about, those in the way, those who wait.

Letters: C contractors, P projects.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solver.explanation.cutting import add_team_members
from solver.explanation.local import Neighbourhood, build_neighbourhood
from solver.explanation.standing import StandingPlan
from solver.instance import BoolArray, IntArray

WHOLE_PAIRS = 120
"""Pairs of an instance that is small enough to be solved again as a whole."""
_MOST_IN_THE_WAY = 4
_MOST_WAITING = 3
_PAIRS_EACH = 3
"""Projects besides those asked about that each neighbour may go to."""


@dataclass(frozen=True)
class Reach:
    """How far a re-solve reaches.

    whole_pairs    an instance with at most so many pairs is solved again as a whole
    in_the_way     people on the project that may be moved off it
    waiting        people with hours missing that may take what becomes free
    pairs_each     projects that each of them may go to, besides those asked about
    """

    whole_pairs: int = WHOLE_PAIRS
    in_the_way: int = _MOST_IN_THE_WAY
    waiting: int = _MOST_WAITING
    pairs_each: int = _PAIRS_EACH


def build_whole(plan: StandingPlan) -> Neighbourhood:
    """Return the neighbourhood of everybody and everything."""
    instance = plan.instance
    contractors = np.arange(instance.num_contractors)
    near = build_neighbourhood(plan, contractors, np.arange(instance.num_pairs))
    return replace(near, is_whole=True)


def build_around_pair(plan: StandingPlan, pair: int, reach: Reach) -> Neighbourhood:
    """Return who may move when the pair's contractor goes to its project.

    Free are the contractor, people in the way on that project, and people with hours
    missing who are eligible for a project that the contractor leaves.
    """
    instance = plan.instance
    if instance.num_pairs <= reach.whole_pairs:
        return build_whole(plan)
    contractor, project = int(instance.pair_contractor[pair]), int(instance.pair_project[pair])
    own = plan.get_pairs(np.array([contractor]))
    left = instance.pair_project[own[plan.usage.hours[own] > 0]].astype(np.int64)
    in_the_way = find_movable(plan, project, reach.in_the_way)
    waiting = find_waiting(plan, left, reach.waiting)
    people = np.concatenate([np.array([contractor]), in_the_way, waiting])
    people = add_team_members(plan, people)
    touched = np.zeros(instance.num_projects, dtype=np.bool_)
    touched[left] = touched[project] = True
    return build_neighbourhood(plan, people, choose_pairs(plan, people, touched, reach.pairs_each))


def find_movable(plan: StandingPlan, project: int, most: int) -> IntArray:
    """Return up to `most` contractors on the project, those first who lose least elsewhere."""
    instance, usage = plan.instance, plan.usage
    on_it = np.flatnonzero((instance.pair_project == project) & (usage.hours > 0))
    on_it = on_it[plan.pinned.hours[on_it] == 0]
    people = np.unique(instance.pair_contractor[on_it]).astype(np.int64)
    pairs = plan.get_pairs(people)
    pairs = pairs[(instance.pair_project[pairs] != project) & (usage.hours[pairs] == 0)]
    elsewhere = np.zeros(instance.num_contractors, dtype=np.int64)
    hours_gain = plan.find_hours_instead(pairs) * instance.priority[instance.pair_project[pairs]]
    np.maximum.at(elsewhere, instance.pair_contractor[pairs], hours_gain)
    loss = usage.hours[on_it] * instance.priority[project] - elsewhere[people]
    return people[np.argsort(loss, kind="stable")[:most]]


def find_spare(plan: StandingPlan, project: int, most: int) -> IntArray:
    """Return up to `most` contractors on the project, those with most above their floor first.

    They can give hours to somebody below it.
    """
    instance, usage = plan.instance, plan.usage
    on_it = np.flatnonzero((instance.pair_project == project) & (usage.hours > 0))
    people = np.unique(instance.pair_contractor[on_it[plan.pinned.hours[on_it] == 0]])
    people = people.astype(np.int64)
    spare = usage.earned[people] - instance.floor_hours[people] * instance.horizon_days[people]
    return people[np.argsort(-spare, kind="stable")[:most]]


def find_waiting(plan: StandingPlan, projects: IntArray, most: int) -> IntArray:
    """Return up to `most` contractors with hours missing who are eligible for one of them.

    Those below their floor come first, then those who miss most hours.
    """
    instance, usage = plan.instance, plan.usage
    wanted = np.isin(instance.pair_project, projects)
    people = np.unique(instance.pair_contractor[wanted]).astype(np.int64)
    people = people[plan.missing_hours[people] > 0]
    needed = instance.floor_hours[people] * instance.horizon_days[people]
    covered = usage.earned[people] >= needed
    order = np.lexsort((-plan.missing_hours[people], covered))
    return people[order[:most]]


def choose_pairs(
    plan: StandingPlan, contractors: IntArray, touched: BoolArray, most: int
) -> IntArray:
    """Return the contractors' pairs on touched projects (bool[P]) and their `most` best others.

    The best others give most hours as things stand, weighted by priority, then fit best.
    """
    instance = plan.instance
    pairs = plan.get_pairs(contractors)
    is_touched = touched[instance.pair_project[pairs]]
    others = pairs[~is_touched]
    hours = plan.find_hours_instead(others)
    others, hours = others[hours > 0], hours[hours > 0]
    gain = hours * instance.priority[instance.pair_project[others]]
    owner = instance.pair_contractor[others]
    order = np.lexsort((-instance.pair_fit[others].astype(np.int64), -gain, owner))
    owner = owner[order]
    rank = np.arange(len(order)) - np.searchsorted(owner, owner)
    return np.concatenate([pairs[is_touched], others[order][rank < most]])
