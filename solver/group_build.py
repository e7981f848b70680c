"""The rules between people out of a roster: teams, fewest people, leads (concepts.md)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from solver.columns import locate, read_whole
from solver.groups import NO_LEADS, NO_TEAM, GroupRules, PairTable
from solver.instance import BoolArray, IntArray, PairArray
from solver.roster import Roster
from solver.rules.context import RuleContext


def build_groups(
    context: RuleContext, present: IntArray, contractor: PairArray, project: PairArray
) -> GroupRules | None:
    """Return the rules between people, None where the roster asks for nothing.

    present              int64[N, 2], rows (project, row of the roster's contractors): who
                         works there already and stays
    contractor, project  int32[E], the eligible pairs
    """
    projects, num_projects = context.projects, context.num_projects
    team, team_names = _build_teams(context)
    ratio = read_whole(projects["people_per_lead"], NO_LEADS)
    leads = np.zeros(num_projects, dtype=np.int64)
    leading = [np.zeros((0, 2), dtype=np.int64)]
    asking = np.flatnonzero(ratio[project] != NO_LEADS)
    asking = asking[np.argsort(project[asking], kind="stable")]
    for project_idx, is_lead in _iterate_leads(context.roster, np.flatnonzero(ratio)):
        here = present[present[:, 0] == project_idx, 1]
        leads[project_idx] = is_lead[here].sum()
        first, last = np.searchsorted(project[asking], [project_idx, project_idx + 1])
        own = contractor[asking[first:last]].astype(np.int64)
        own = own[is_lead[context.affected.contractor_row[own]]]
        leading.append(np.stack([own, np.full_like(own, project_idx)], axis=1))
    position = context.position[present[:, 1]]
    staying = np.stack([position, present[:, 0]], axis=1)[position >= 0]
    groups = GroupRules(
        team=team,
        team_names=team_names,
        min_people=read_whole(projects["min_people"], 1),
        people_per_lead=ratio,
        people=np.bincount(present[:, 0], minlength=num_projects),
        leads=leads,
        leading=_sort(np.concatenate(leading)),
        staying=_sort(staying),
    )
    return groups if groups.asks_something else None


def _build_teams(context: RuleContext) -> tuple[IntArray, tuple[str, ...]]:
    """Return int64[C] and the names; who has no hours to place is asked to go nowhere."""
    names = context.people["team"].tolist()
    idle = (context.affected.lost_hours == 0).tolist()
    known: dict[str, int] = {}
    team = [
        known.setdefault(name, len(known)) if name and not is_idle else NO_TEAM
        for name, is_idle in zip(names, idle, strict=True)
    ]
    return np.array(team, dtype=np.int64), tuple(known)


def _iterate_leads(roster: Roster, wanted: IntArray) -> Iterator[tuple[int, BoolArray]]:
    """Yield projects with bool[contractors of the roster], who leads there.

    A lead's mean level over the project's skills, by their weights and 0 where not held, is
    at least lead_level; where the project names no skill, everybody leads.
    """
    if not len(wanted):
        return
    contractors, held, asked = roster.contractors, roster.contractor_skills, roster.project_skills
    who = locate(contractors["contractor_id"], held["contractor_id"])
    level = read_whole(held["level"], 0)
    rows_of = held.groupby("skill", sort=False).indices
    owner = locate(roster.projects["project_id"], asked["project_id"])
    skill, weight = asked["skill"].tolist(), read_whole(asked["weight"], 1)
    least = read_whole(roster.projects["lead_level"], 0)
    for project_idx in wanted.tolist():
        total = np.zeros(len(contractors), dtype=np.int64)
        weights = 0
        for row in np.flatnonzero(owner == project_idx).tolist():
            rows = rows_of.get(skill[row], np.zeros(0, dtype=np.intp))
            total[who[rows]] += weight[row] * level[rows]
            weights += int(weight[row])
        yield project_idx, total >= least[project_idx] * weights


def _sort(rows: PairTable) -> PairTable:
    return rows[np.lexsort((rows[:, 1], rows[:, 0]))]
