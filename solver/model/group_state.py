"""Where the rules between people stand in an open problem (rules 8 to 10 of concepts.md).

A pair counts where it brings a new person: who works on the project already, and stays,
is counted among its people. What stands already (`OpenProblem.held`) counts too; where
only pins stand, nothing is asked until somebody joins them.

Letters: U pairs of the open problem, P projects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.groups import NO_LEADS, NO_TEAM, PairTable
from solver.instance import BoolArray, IntArray
from solver.model.open_problem import OpenProblem, select_pairs


@dataclass(frozen=True, eq=False)
class GroupState:
    """What an open problem's rules between people start from.

    is_new     bool[U], whether the pair brings a new person
    is_lead    bool[U], whether that person leads
    people     int64[P], who is on the project already: today's people, pins, reserved pairs
    leads      int64[P], how many of them lead
    is_joined  bool[P], whether somebody beside today's people and pins is
    teams      by (team, project) with a pair that brings a new person: those pairs
    blocked    the keys of `teams` that can't be complete, for a member has no pair there or
               there is no room for the least hours of all
    complete   the keys of `teams` that have to be, for a member has joined
    """

    is_new: BoolArray
    is_lead: BoolArray
    people: IntArray
    leads: IntArray
    is_joined: BoolArray
    teams: dict[tuple[int, int], list[int]]
    blocked: frozenset[tuple[int, int]]
    complete: frozenset[tuple[int, int]]


def build_group_state(problem: OpenProblem) -> GroupState:
    """Return where the rules between people stand before any pair is taken.

    The problem must have such rules.
    """
    instance, groups = problem.instance, problem.instance.groups
    assert groups is not None
    staying, leading = _encode(problem, groups.staying), _encode(problem, groups.leading)
    is_new = ~np.isin(problem.pair_key, staying)
    held = problem.held[~np.isin(problem.held, staying)]
    contractor, project = np.divmod(held, instance.num_projects)
    at_work = (instance.avail_days[contractor] * instance.active[project]).sum(axis=1) > 0
    held, project = held[at_work], project[at_work]
    joined = ~np.isin(held, _encode(problem, instance.pins[:, :2]))
    is_joined = np.zeros(instance.num_projects, dtype=np.bool_)
    is_joined[project[joined]] = True
    size = instance.num_projects
    teams = _list_team_pairs(problem, is_new)
    there = set(held.tolist()) | set(staying.tolist())
    return GroupState(
        is_new=is_new,
        is_lead=is_new & np.isin(problem.pair_key, leading),
        people=groups.people + np.bincount(project, minlength=size),
        leads=groups.leads + np.bincount(project[np.isin(held, leading)], minlength=size),
        is_joined=is_joined,
        teams=teams,
        blocked=frozenset(
            key
            for key, pairs in teams.items()
            if _lacks_member(problem, key, pairs, there) or _lacks_room(problem, key[1], pairs)
        ),
        complete=frozenset(
            (int(groups.team[key // size]), key % size) for key in held[joined].tolist()
        ),
    )


def _encode(problem: OpenProblem, table: PairTable) -> IntArray:
    """int64[K]: the rows (contractor, project) as in `OpenProblem.pair_key`."""
    keys: IntArray = table[:, 0] * problem.instance.num_projects + table[:, 1]
    return keys


def _list_team_pairs(problem: OpenProblem, is_new: BoolArray) -> dict[tuple[int, int], list[int]]:
    groups = problem.instance.groups
    assert groups is not None
    team = groups.team[problem.contractor]
    teams: dict[tuple[int, int], list[int]] = {}
    for pair in np.flatnonzero(is_new & (team != NO_TEAM)).tolist():
        teams.setdefault((int(team[pair]), int(problem.project[pair])), []).append(pair)
    return teams


def _lacks_member(
    problem: OpenProblem, key: tuple[int, int], pairs: list[int], there: set[int]
) -> bool:
    """Whether a member who would have to come has neither a pair nor is there."""
    team, project = key
    instance, coming = problem.instance, set(problem.contractor[pairs].tolist())
    return any(
        member not in coming
        and member * instance.num_projects + project not in there
        and instance.avail_days[member][instance.active[project]].any()
        for member in problem.team_members[team]
    )


def _lacks_room(problem: OpenProblem, project: int, pairs: list[int]) -> bool:
    """Whether the project's seats, hours or budget are below what the pairs need at least."""
    least = problem.min_hours[pairs]
    days = problem.instance.avail_days[problem.contractor[pairs]]
    worked = (least[:, np.newaxis] * days).sum(axis=0)[problem.instance.active[project]]
    return bool(
        len(pairs) > problem.seats[project]
        or (worked > problem.hour_days[project, problem.instance.active[project]]).any()
        or (least * problem.rate_cents[pairs]).sum() > problem.budget_cents[project]
    )


def drop_unreachable(problem: OpenProblem) -> OpenProblem:
    """Return the problem without pairs that the rules between people keep out of every plan."""
    while problem.has_group_rules:
        state = build_group_state(problem)
        dead = state.is_new & _find_unreachable(problem, state)[problem.project]
        for key in state.blocked:
            dead[state.teams[key]] = True
        if not dead.any():
            break
        problem = select_pairs(problem, ~dead)
    return problem


def _find_unreachable(problem: OpenProblem, state: GroupState) -> BoolArray:
    """bool[P]: projects that can't get the people or the lead that they ask for."""
    groups, size = problem.instance.groups, problem.instance.num_projects
    assert groups is not None
    coming = np.bincount(problem.project[state.is_new], minlength=size)
    leading = np.bincount(problem.project[state.is_lead], minlength=size)
    most = state.people + np.minimum(coming, problem.seats)
    unled = (groups.people_per_lead != NO_LEADS) & (state.leads + leading == 0)
    unreachable: BoolArray = ~state.is_joined & ((most < groups.min_people) | unled)
    return unreachable
