"""The rules between people for the oracle, written from concepts.md alone (rules 8 to 10).

A plan is looked at through sums over its contractors: per project who is new, who of them
leads and who is no pin; per team and project the same.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solver.groups import GroupRules
from solver.instance import BoolArray, Instance

Table = npt.NDArray[np.int64]


def count_group_sums(instance: Instance) -> int:
    """Return how many sums `list_group_usage` gives."""
    groups = instance.groups
    return 0 if groups is None else instance.num_projects * (3 + 2 * len(groups.team_names))


def list_group_usage(instance: Instance, contractor: int, bundle: dict[int, int]) -> list[int]:
    """Return what the contractor's bundle adds to each sum."""
    groups = instance.groups
    if groups is None:
        return []
    pins = {(int(c), int(p)) for c, p, _ in instance.pins}
    leading = {(int(c), int(p)) for c, p in groups.leading}
    new, leads, unpinned = [], [], []
    for project in range(instance.num_projects):
        is_new = project in bundle and _comes(instance, groups, contractor, project)
        new.append(int(is_new))
        leads.append(int(is_new and (contractor, project) in leading))
        unpinned.append(int(is_new and (contractor, project) not in pins))
    sums = new + leads + unpinned
    for team in range(len(groups.team_names)):
        is_member = groups.team[contractor] == team
        sums += [flag if is_member else 0 for flag in new + unpinned]
    return sums


def find_sound(instance: Instance, sums: Table) -> BoolArray:
    """bool[plans]: whether the sums of each plan, int64[plans, sums], keep the rules."""
    groups = instance.groups
    sound = np.ones(len(sums), dtype=np.bool_)
    if groups is None:
        return sound
    size = instance.num_projects
    parts = [sums[:, start : start + size] for start in range(0, sums.shape[1], size)]
    new, leads, unpinned = parts[:3]
    people = groups.people + new
    enough = people >= groups.min_people
    asks = groups.people_per_lead > 0
    needed = np.where(asks, -(-people // np.maximum(groups.people_per_lead, 1)), 0)
    led = groups.leads + leads >= needed
    sound &= ((unpinned == 0) | (enough & led)).all(axis=1)
    for team in range(len(groups.team_names)):
        together, joining = parts[3 + 2 * team], parts[4 + 2 * team]
        wanted = [
            sum(
                groups.team[member] == team and _comes(instance, groups, member, project)
                for member in range(instance.num_contractors)
            )
            for project in range(size)
        ]
        sound &= ((joining == 0) | (together == np.array(wanted))).all(axis=1)
    return sound


def _comes(instance: Instance, groups: GroupRules, contractor: int, project: int) -> bool:
    """Whether an assignment there would bring the contractor as a new person."""
    works = any(
        instance.active[project, week] and instance.avail_days[contractor, week]
        for week in range(instance.weeks)
    )
    return works and [contractor, project] not in groups.staying.tolist()
