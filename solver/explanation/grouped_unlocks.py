"""Changes that help many at once: ranked by hours per change, verified by solving again."""

from __future__ import annotations

from collections import Counter

from solver.build import PlanProblem
from solver.explanation.candidates import Candidate, find_rule_candidates
from solver.explanation.capacity_candidates import find_capacity_candidates
from solver.explanation.changes import build_change
from solver.explanation.standing import StandingPlan
from solver.explanation.unlock import GroupedUnlock, build_estimate
from solver.explanation.verification import verify_unlock
from solver.search.cp_run import RunLimits

MOST_VERIFIED = 16
_MOST_OF_A_KIND = 4
"""Candidates of one code that are verified: else full projects would crowd out all others."""
_LIMITS = RunLimits(seconds=1.5)


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
            found.append((build_estimate(problem, candidate, change), candidate))
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
