"""The loop over the tiers."""

from __future__ import annotations

from solver.instance import Instance
from solver.policy import Policy
from solver.result import Assignments, Control, Solution, SolveLimits
from solver.compact.solving import solve_compact

UNWATCHED = Control()


def solve(
    instance: Instance,
    policy: Policy,
    limits: SolveLimits,
    control: Control = UNWATCHED,
    *,
    baseline: Assignments | None = None,
) -> Solution:
    """Return the best plan found within the limits."""
    return solve_compact(instance, policy, limits, control, baseline=baseline)
