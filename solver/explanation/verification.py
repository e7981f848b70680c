"""What a grouped unlock really restores: the roster changed, the instance built anew, solved again.

The people whom the change could help are free, and a few others on the same projects; the
rest stays as the plan has it. The independent checker must accept the whole plan. The same people
solved again without the change are subtracted, so that only the change counts.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.build import PlanProblem, build_instance
from solver.checker import check
from solver.checker_rules import find_rule_violations
from solver.explanation.candidates import BY_PERSON, Candidate, Placement
from solver.explanation.changes import build_change
from solver.explanation.cutting import add_team_members
from solver.explanation.edits import apply_edits
from solver.explanation.local import LocalPlan, build_neighbourhood, solve_neighbourhood
from solver.explanation.neighbours import choose_pairs, find_spare, find_waiting
from solver.explanation.standing import StandingPlan, build_standing_plan
from solver.explanation.unlock import GroupedUnlock, build_estimate
from solver.instance import IntArray
from solver.policy import Tier
from solver.result import Assignments
from solver.search.cp_run import RunLimits
from solver.usage import build_usage, find_pairs

_MOST_WAITING = 20
_MOST_SPARE, _MOST_SPARED = 6, 5
"""People who could give hours up on a project, and projects where they are looked for."""
_PAIRS_EACH = 3
_MOST_TOUCHED = 3


def verify_unlock(
    problem: PlanProblem,
    plan: StandingPlan,
    unlock: GroupedUnlock,
    candidate: Candidate,
    *,
    limits: RunLimits,
) -> GroupedUnlock:
    """Return the unlock with what the re-solve restored; as it is where none was possible.

    Changes to people whom the re-solve leaves where they are drop out.
    """
    changed = build_instance(*apply_edits(problem.roster, problem.request, unlock.edits))
    if not check(changed.instance, plan.assignments).ok:
        return unlock
    tiers = problem.request.policy.tiers
    then = build_standing_plan(changed.instance, plan.assignments)
    people, pairs = _choose_people(then, candidate)
    after = solve_neighbourhood(build_neighbourhood(then, people, pairs), tiers, limits)
    same = _find_same_pairs(plan, then, pairs)
    before = solve_neighbourhood(build_neighbourhood(plan, people, same), tiers, limits)
    if after is None or before is None or not after.keeps_every_rule():
        return unlock
    needed = _keep_needed(problem, plan, candidate, after.build_assignments())
    return replace(
        unlock if needed is None else needed,
        hours_per_week=_sum_weekly(after) - _sum_weekly(before),
        num_covered=after.change[Tier.COVERAGE] - before.change[Tier.COVERAGE],
        verified=True,
        proved=after.proved and before.proved,
    )


def _keep_needed(
    problem: PlanProblem, plan: StandingPlan, candidate: Candidate, after: Assignments
) -> GroupedUnlock | None:
    """Return the unlock with only the changes that the plan `after` needs.

    None where a part of the change is not enough, or where it is one decision anyway.
    """
    is_new = find_pairs(plan.instance, after) < 0
    rows = [row for row, new in zip(after.rows(), is_new.tolist(), strict=True) if new]
    used = tuple(Placement(*row) for row in rows)
    if not used or candidate.code not in BY_PERSON:
        return None
    part = replace(candidate, placements=used)
    change = build_change(problem, plan, part)
    if change is None:
        return None
    roster, request = apply_edits(problem.roster, problem.request, change.edits)
    ids = problem.instance
    pairs = [(ids.contractor_ids[one], ids.project_ids[other]) for one, other, _ in rows]
    if find_rule_violations(roster, request, pairs):
        return None
    return build_estimate(problem, part, change)


def _choose_people(plan: StandingPlan, candidate: Candidate) -> tuple[IntArray, IntArray]:
    """Return who may move, and the pairs of the changed instance that they may take."""
    instance = plan.instance
    projects = np.unique([one.project_idx for one in candidate.placements])
    helped = np.unique([one.contractor_idx for one in candidate.placements])
    spare = [find_spare(plan, project, _MOST_SPARE) for project in projects[:_MOST_SPARED].tolist()]
    waiting = find_waiting(plan, projects, _MOST_WAITING)
    people = add_team_members(plan, np.concatenate([helped, waiting, *spare]))
    touched = np.zeros(instance.num_projects, dtype=np.bool_)
    # Each person of a group that spreads over many projects needs only a few of them.
    touched[projects[:_MOST_TOUCHED]] = len(projects) <= _MOST_TOUCHED
    own = plan.get_pairs(helped)
    aims = {(one.contractor_idx, one.project_idx) for one in candidate.placements}
    aimed = [
        pair
        for pair in own.tolist()
        if (int(instance.pair_contractor[pair]), int(instance.pair_project[pair])) in aims
    ]
    pairs = choose_pairs(plan, people, touched, _PAIRS_EACH)
    return people, np.union1d(pairs, np.array(aimed, dtype=np.int64))


def _find_same_pairs(plan: StandingPlan, then: StandingPlan, pairs: IntArray) -> IntArray:
    """Return the pairs that the instance has without the change too."""
    rows = list(
        zip(
            then.instance.pair_contractor[pairs].tolist(),
            then.instance.pair_project[pairs].tolist(),
            [1] * len(pairs),
            strict=True,
        )
    )
    same = find_pairs(plan.instance, Assignments.build(rows))
    return same[same >= 0]


def _sum_weekly(local: LocalPlan) -> float:
    """Return the restored weekly hours of the neighbourhood's people in the plan."""
    near = local.neighbourhood
    instance = near.plan.instance
    earned = build_usage(instance, local.build_assignments()).earned[near.contractors]
    return float((earned / np.maximum(instance.horizon_days[near.contractors], 1)).sum())
