"""A piece of an instance: some contractors, some projects, some pairs.

Letters: n contractors and m projects kept, C and P all of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.explanation.standing import StandingPlan
from solver.groups import NO_TEAM, GroupRules, PairTable
from solver.instance import Instance, IntArray


def cut_instance(
    plan: StandingPlan, contractors: IntArray, projects: IntArray, pairs: IntArray
) -> Instance:
    """Return the instance of these contractors, projects and pairs, all given rising.

    Limits of projects are those of the whole. For the rules that tie people together,
    everybody else whom the plan brings to a project counts among its people of today: that
    they hold again when people leave must be checked afterwards.
    """
    instance = plan.instance
    return replace(
        instance,
        contractor_ids=tuple(instance.contractor_ids[idx] for idx in contractors.tolist()),
        lost_hours=instance.lost_hours[contractors],
        floor_hours=instance.floor_hours[contractors],
        max_projects=instance.max_projects[contractors],
        avail_days=instance.avail_days[contractors],
        project_ids=tuple(instance.project_ids[idx] for idx in projects.tolist()),
        open_hours=instance.open_hours[projects],
        active=instance.active[projects],
        seats=instance.seats[projects],
        min_hours=instance.min_hours[projects],
        max_hours=instance.max_hours[projects],
        weekly_budget_cents=instance.weekly_budget_cents[projects],
        priority=instance.priority[projects],
        client=instance.client[projects],
        pair_contractor=_place(contractors, instance.pair_contractor[pairs]).astype(np.int32),
        pair_project=_place(projects, instance.pair_project[pairs]).astype(np.int32),
        pair_fit=instance.pair_fit[pairs],
        pair_rate_cents=instance.pair_rate_cents[pairs],
        pins=_cut_rows(instance.pins, contractors, projects),
        groups=None
        if instance.groups is None
        else _cut_groups(plan, instance.groups, contractors, projects),
        today=_cut_rows(instance.today, contractors, projects),
    )


def add_team_members(plan: StandingPlan, contractors: IntArray) -> IntArray:
    """Return the contractors, rising, and everybody of their teams: a team moves as a whole."""
    groups = plan.instance.groups
    if groups is None:
        return np.unique(contractors)
    teams = groups.team[contractors]
    members = np.flatnonzero(np.isin(groups.team, teams[teams != NO_TEAM]))
    return np.union1d(contractors, members)


def _place(kept: IntArray, values: np.typing.NDArray[np.integer]) -> IntArray:
    return np.searchsorted(kept, values).astype(np.int64)


def _cut_rows(rows: PairTable, contractors: IntArray, projects: IntArray) -> PairTable:
    """Return the rows (contractor, project, ...) of what is kept, in its own indices."""
    inside = np.isin(rows[:, 0], contractors) & np.isin(rows[:, 1], projects)
    rows = rows[inside].copy()
    rows[:, 0], rows[:, 1] = _place(contractors, rows[:, 0]), _place(projects, rows[:, 1])
    return rows


def _cut_groups(
    plan: StandingPlan, groups: GroupRules, contractors: IntArray, projects: IntArray
) -> GroupRules:
    instance, assignments = plan.instance, plan.assignments
    width = instance.num_projects
    key = assignments.contractor * width + assignments.project
    days = (instance.avail_days[assignments.contractor] * instance.active[assignments.project]).sum(
        axis=1
    )
    outside = (
        ~np.isin(assignments.contractor, contractors)
        & ~np.isin(key, groups.staying[:, 0] * width + groups.staying[:, 1])
        & (days > 0)
    )
    leads = outside & np.isin(key, groups.leading[:, 0] * width + groups.leading[:, 1])
    people = np.bincount(assignments.project[outside], minlength=width)
    leading = np.bincount(assignments.project[leads], minlength=width)
    return replace(
        groups,
        team=groups.team[contractors],
        min_people=groups.min_people[projects],
        people_per_lead=groups.people_per_lead[projects],
        people=(groups.people + people)[projects],
        leads=(groups.leads + leading)[projects],
        leading=_cut_rows(groups.leading, contractors, projects),
        staying=_cut_rows(groups.staying, contractors, projects),
    )
