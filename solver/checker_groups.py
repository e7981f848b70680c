"""The rules between people, re-verified: teams, fewest people, leads (concepts.md).

Like the rest of the checker it shares no code with the model or the search. A *new
person* on a project has an assignment there in the plan, at least one workday in the
weeks in which the project runs, and does not work there already. Pins may break these
rules by themselves: a person decided so. Whoever else is new on a project comes only
where the rules hold with everybody who is there then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from solver.checker_rows import PlanRows
from solver.groups import NO_LEADS, NO_TEAM, GroupRules, PairTable
from solver.instance import Instance

_Pair = tuple[int, int]


def find_split_teams(plan: PlanRows) -> Iterator[str]:
    """Rule 8: who joins a project joins with the whole team."""
    instance, groups = plan.instance, plan.instance.groups
    if groups is None:
        return
    new = _list_new_people(plan, groups)
    teams = sorted({(int(groups.team[one]), project) for one, project in new - _list_pins(plan)})
    staying = _read_pairs(groups.staying)
    for team, project in teams:
        if team == NO_TEAM:
            continue
        members = np.flatnonzero(groups.team == team).tolist()
        missing = [
            instance.contractor_ids[one]
            for one in members
            if (one, project) not in new | staying and _count_workdays(instance, one, project)
        ]
        if missing:
            yield (
                f"team {groups.team_names[team]} is on project {instance.project_ids[project]} "
                f"without {', '.join(missing)}"
            )


def find_small_projects(plan: PlanRows) -> Iterator[str]:
    """Rule 9: nobody joins a project that stays below its fewest people."""
    instance, groups = plan.instance, plan.instance.groups
    if groups is None:
        return
    for project, people in _list_joined(plan, groups, _list_new_people(plan, groups)):
        least = groups.min_people[project]
        if people < least:
            yield (
                f"project {instance.project_ids[project]} has {people} people; "
                f"nobody joins below {least}"
            )


def find_unled_projects(plan: PlanRows) -> Iterator[str]:
    """Rule 10: nobody joins a project that then has too few leads."""
    instance, groups = plan.instance, plan.instance.groups
    if groups is None:
        return
    new = _list_new_people(plan, groups)
    leading = Counter(project for _, project in new & _read_pairs(groups.leading))
    for project, people in _list_joined(plan, groups, new):
        ratio = int(groups.people_per_lead[project])
        if ratio == NO_LEADS:
            continue
        leads, needed = int(groups.leads[project]) + leading[project], -(-people // ratio)
        if leads < needed:
            yield (
                f"project {instance.project_ids[project]} has {leads} leads for {people} people; "
                f"{needed} are needed"
            )


def _list_joined(plan: PlanRows, groups: GroupRules, new: set[_Pair]) -> list[tuple[int, int]]:
    """Return (project, people there then) of each that somebody joins whom nobody pinned."""
    joined = Counter(project for _, project in new)
    projects = sorted({project for _, project in new - _list_pins(plan)})
    return [(project, int(groups.people[project]) + joined[project]) for project in projects]


def _list_new_people(plan: PlanRows, groups: GroupRules) -> set[_Pair]:
    pairs = set(zip(plan.contractor.tolist(), plan.project.tolist(), strict=True))
    return {
        (one, project)
        for one, project in pairs - _read_pairs(groups.staying)
        if _count_workdays(plan.instance, one, project)
    }


def _list_pins(plan: PlanRows) -> set[_Pair]:
    return {(one, project) for one, project, _ in plan.instance.pins.tolist()}


def _read_pairs(table: PairTable) -> set[_Pair]:
    return {(one, project) for one, project in table.tolist()}


def _count_workdays(instance: Instance, contractor_idx: int, project_idx: int) -> int:
    """Return the days that the contractor is at work while the project runs."""
    runs = instance.active[project_idx]
    return int(instance.avail_days[contractor_idx][runs].sum())
