"""Everything that would let one contractor onto each project, the cheapest change first.

Effort is a fixed order, not money: what a person can do alone today comes before what a
committee decides, and that before what takes months. It says which of several unlocks is
the cheapest; concepts.md prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from solver.build import PlanProblem
from solver.explain import CAPACITY, describe_capacity, list_blockers
from solver.explanation.standing import StandingPlan
from solver.rules.rule import Refusal

EFFORT: Mapping[str, int] = MappingProxyType(
    {
        "rejected": 1,
        "clearance_expiry": 2,
        "utc_distance": 2,
        "country": 2,
        "hours": 2,
        CAPACITY: 3,
        "min_pay": 4,
        "pay_cut": 4,
        "compartment": 5,
        "currency": 6,
        "skill": 8,
        "clearance": 9,
    }
)
"""Points by blocker; what is not listed is no unlock: walls, projects closed or paused."""


@dataclass(frozen=True)
class Unlock:
    """What would have to change for one contractor to get hours on one project.

    blockers  the codes in the way, in the rules' order; `capacity` where the rules allow it
    changes   a sentence for each change
    effort    sum of the points of the changes; None where a blocker cannot be removed
    hours     weekly hours that the project could give at most: its max_hours, and what the
              contractor misses
    """

    project_id: str
    codename: str
    fit: int
    blockers: tuple[str, ...]
    changes: tuple[str, ...]
    effort: int | None
    hours: int


def list_unlocks(
    problem: PlanProblem, plan: StandingPlan, contractor_id: str
) -> tuple[Unlock, ...]:
    """Return an unlock for every project outside the pause, the least effort first.

    Among equals comes first what gives more hours, then what fits better. Projects of which
    the contractor has all the hours already are left out.

    Raises KeyError when the pause does not affect the contractor, or they are away.
    """
    blockers = list_blockers(problem, contractor_id)
    contractor_idx = problem.affected.contractor_ids.index(contractor_id)
    missing = int(plan.missing_hours[contractor_idx])
    unlocks = []
    for seen in blockers:
        project_idx = problem.instance.project_ids.index(seen.project_id)
        most = min(missing, int(problem.instance.max_hours[project_idx]))
        if seen.refusals:
            changes, effort = _describe_refusals(seen.refusals)
            codes = tuple(refusal.code for refusal in seen.refusals)
        else:
            pair = _get_pair(plan, contractor_idx, project_idx)
            most = min(most, plan.usage.get_free_hours(pair))
            codes, effort = (CAPACITY,), EFFORT[CAPACITY]
            changes = (describe_capacity(problem, plan.usage, pair),)
        if most > 0:
            unlocks.append(
                Unlock(seen.project_id, seen.codename, seen.fit, codes, changes, effort, most)
            )
    return tuple(sorted(unlocks, key=_rank))


def _describe_refusals(refusals: tuple[Refusal, ...]) -> tuple[tuple[str, ...], int | None]:
    # Both rules on pay ask for the same rate: it is one change.
    efforts = {refusal.unlock: EFFORT.get(refusal.code) for refusal in refusals}
    points = [effort for effort in efforts.values() if effort is not None]
    return tuple(efforts), sum(points) if len(points) == len(efforts) else None


def _get_pair(plan: StandingPlan, contractor_idx: int, project_idx: int) -> int:
    own = plan.get_pairs(np.array([contractor_idx]))
    return int(own[np.searchsorted(plan.instance.pair_project[own], project_idx)])


def _rank(unlock: Unlock) -> tuple[bool, int, int, int]:
    return (unlock.effort is None, unlock.effort or 0, -unlock.hours, -unlock.fit)
