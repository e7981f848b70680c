"""Changes that help many at once, ranked by hours restored per change, verified by solving again.

An estimate counts hours greedily. The verified number comes from the roster with the
change made: the instance is built anew, the people whom the change could help are
solved again with everybody else as the plan has them, the independent checker accepts the
whole plan, and the same people solved again without the change are subtracted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from solver.build import PlanProblem, build_instance
from solver.checker import check
from solver.checker_rules import find_rule_violations
from solver.explanation.candidates import (
    BY_PERSON,
    Candidate,
    Placement,
    find_rule_candidates,
)
from solver.explanation.capacity_candidates import find_capacity_candidates
from solver.explanation.changes import Change, build_change
from solver.explanation.cutting import add_team_members
from solver.explanation.edits import Edit, apply_edits
from solver.explanation.local import LocalPlan, build_neighbourhood, solve_neighbourhood
from solver.explanation.neighbours import choose_pairs, find_waiting
from solver.explanation.standing import StandingPlan, build_standing_plan
from solver.instance import IntArray
from solver.policy import Tier
from solver.result import Assignments
from solver.search.cp_run import RunLimits
from solver.usage import build_usage, find_pairs

MOST_VERIFIED = 16
_MOST_OF_A_KIND = 4
"""Candidates of one code that are verified: else full projects would crowd out all others."""
_MOST_WAITING = 20
_PAIRS_EACH = 3
_MOST_TOUCHED = 3
_LIMITS = RunLimits(seconds=3.0)


@dataclass(frozen=True)
class GroupedUnlock:
    """One kind of change for a group.

    code            a rule's code, `pay`, `max_projects` or `capacity`
    sentence        "renew 37 clearances"
    num_changes     single decisions that it takes
    contractor_ids  whom the estimate gives hours; others may get them when solved again
    project_ids     where
    hours_per_week  restored, averaged over each contractor's workdays; as an estimate at most
                    what was counted greedily
    num_covered     more people at their floor; None in an estimate
    verified        whether the hours come from solving again
    proved          whether that found the best plan of the people concerned
    edits           the cells that change
    """

    code: str
    sentence: str
    num_changes: int
    contractor_ids: tuple[str, ...]
    project_ids: tuple[str, ...]
    hours_per_week: float
    num_covered: int | None
    verified: bool
    proved: bool
    edits: tuple[Edit, ...]

    @property
    def hours_per_change(self) -> float:
        """What the ranking goes by."""
        return self.hours_per_week / self.num_changes


def list_grouped_unlocks(
    problem: PlanProblem,
    plan: StandingPlan,
    *,
    most_verified: int = MOST_VERIFIED,
    limits: RunLimits = _LIMITS,
) -> tuple[GroupedUnlock, ...]:
    """Return the verified unlocks, most hours per change first, then the estimates likewise.

    What restores nothing, when solved again or by the estimate, is left out.

    limits  of each tier of each re-solve
    """
    found = []
    for candidate in [*find_rule_candidates(problem, plan), *find_capacity_candidates(plan)]:
        change = build_change(problem, plan, candidate) if candidate.placements else None
        if change is not None:
            found.append((_estimate(problem, candidate, change), candidate))
    found.sort(key=lambda one: (-one[0].hours_per_change, -one[1].wanted_hours, one[0].sentence))
    chosen = _choose(found, most_verified)
    verified = [
        verify_unlock(problem, plan, unlock, candidate, limits=limits)
        for unlock, candidate in chosen
    ]
    kept = [one for one in verified if not one.verified or _helps(one)]
    taken = {unlock.sentence for unlock, _ in chosen}
    rest = [one for one, _ in found if one.sentence not in taken and _helps(one)]
    return (*sorted(kept, key=lambda one: (not one.verified, *_rank(one))), *rest)


def verify_unlock(
    problem: PlanProblem,
    plan: StandingPlan,
    unlock: GroupedUnlock,
    candidate: Candidate,
    *,
    limits: RunLimits = _LIMITS,
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
    return _estimate(problem, part, change)


def _estimate(problem: PlanProblem, candidate: Candidate, change: Change) -> GroupedUnlock:
    instance = problem.instance
    projects = sorted({one.project_idx for one in candidate.placements})
    return GroupedUnlock(
        code=candidate.code,
        sentence=change.sentence,
        num_changes=change.num_changes,
        contractor_ids=tuple(
            instance.contractor_ids[one.contractor_idx] for one in candidate.placements
        ),
        project_ids=tuple(instance.project_ids[idx] for idx in projects),
        hours_per_week=float(candidate.hours),
        num_covered=None,
        verified=False,
        proved=False,
        edits=change.edits,
    )


def _helps(unlock: GroupedUnlock) -> bool:
    return unlock.hours_per_week > 0 or bool(unlock.num_covered and unlock.num_covered > 0)


def _rank(unlock: GroupedUnlock) -> tuple[float, float, int, str]:
    """Return a sort key: most hours per change, most hours, most people covered."""
    covered = unlock.num_covered or 0
    return (-unlock.hours_per_change, -unlock.hours_per_week, -covered, unlock.sentence)


def _choose(
    found: list[tuple[GroupedUnlock, Candidate]], most: int
) -> list[tuple[GroupedUnlock, Candidate]]:
    """Return what to verify, of candidates with the best first: the best of each code first."""
    seen: Counter[str] = Counter()
    ranked = []
    for one in found:
        place = seen[one[0].code]
        seen[one[0].code] += 1
        if place < _MOST_OF_A_KIND:
            ranked.append((place, one))
    ranked.sort(key=lambda one: one[0])
    return [one for _, one in ranked[:most]]


def _choose_people(plan: StandingPlan, candidate: Candidate) -> tuple[IntArray, IntArray]:
    """Return who may move, and the pairs of the changed instance that they may take."""
    instance = plan.instance
    projects = np.unique([one.project_idx for one in candidate.placements])
    helped = np.unique([one.contractor_idx for one in candidate.placements])
    people = np.union1d(helped, find_waiting(plan, projects, _MOST_WAITING))
    people = add_team_members(plan, people)
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
