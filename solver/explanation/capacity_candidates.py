"""More hours, seats or budget for full projects that people with hours missing could join."""

from __future__ import annotations

import numpy as np

from solver.explanation.candidates import Candidate, Placement
from solver.explanation.standing import StandingPlan
from solver.instance import NO_LIMIT, IntArray

CAPACITY = "capacity"
STEP_HOURS = 40
"""What is offered to a full project: the weekly hours of about one person."""


def find_capacity_candidates(plan: StandingPlan) -> list[Candidate]:
    """Return for each full project who would come for about `STEP_HOURS` more hours a week.

    Those below their floor come first, then those who miss most hours.
    """
    instance, usage = plan.instance, plan.usage
    waiting = plan.missing_hours > 0
    pairs = np.flatnonzero(waiting[instance.pair_contractor])
    project, contractor = instance.pair_project[pairs], instance.pair_contractor[pairs]
    hours = np.minimum(
        plan.missing_hours[contractor], instance.max_hours[project] - usage.hours[pairs]
    )
    is_new = usage.hours[pairs] == 0
    comes = ~is_new | (usage.projects[contractor] < instance.max_projects[contractor])
    least = np.where(is_new, instance.min_hours[project], 1)
    blocked = plan.find_hours_on_top(pairs) == 0
    kept = blocked & comes & (hours >= least) & (instance.pair_days[pairs] > 0)
    pairs, hours = pairs[kept], hours[kept]
    order = _order(plan, pairs, hours)
    pairs, hours = pairs[order], hours[order]
    project = instance.pair_project[pairs]
    starts = np.searchsorted(project, np.unique(project))
    return [
        _take_first(plan, own, wanted)
        for own, wanted in zip(
            np.split(pairs, starts[1:]) if len(pairs) else [],
            np.split(hours, starts[1:]) if len(pairs) else [],
            strict=True,
        )
    ]


def _order(plan: StandingPlan, pairs: IntArray, hours: IntArray) -> IntArray:
    instance = plan.instance
    contractor = instance.pair_contractor[pairs]
    needed = instance.floor_hours[contractor] * instance.horizon_days[contractor]
    covered = plan.usage.earned[contractor] >= needed
    return np.lexsort((-hours, covered, instance.pair_project[pairs]))


def _take_first(plan: StandingPlan, pairs: IntArray, hours: IntArray) -> Candidate:
    """Return the first people of one project who together want about a step of hours."""
    instance = plan.instance
    project = int(instance.pair_project[pairs[0]])
    seats = int(instance.seats[project])
    free = int(seats - plan.usage.people[project]) if seats != NO_LIMIT else len(pairs)
    # One seat more is one decision; two are two.
    most = max(1, free)
    left, placements = STEP_HOURS, []
    for pair, wanted in zip(pairs.tolist(), hours.tolist(), strict=True):
        taken = min(wanted, left)
        is_new = plan.usage.hours[pair] == 0
        if taken < (instance.min_hours[project] if is_new else 1) or most < is_new:
            continue
        placements.append(Placement(int(instance.pair_contractor[pair]), project, taken))
        left, most = left - taken, most - int(is_new)
    return Candidate(CAPACITY, (project,), tuple(placements))
