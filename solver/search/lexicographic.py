"""The loop over the tiers."""

from __future__ import annotations

from solver.instance import Instance
from solver.policy import Policy
from solver.result import Assignments, Control, Solution, SolveLimits

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
    raise NotImplementedError
