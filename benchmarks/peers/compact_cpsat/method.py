"""The compact model given to CP-SAT: what one writes down first."""

from __future__ import annotations

from benchmarks.peers.answer import Answer, Watcher, build_answer
from benchmarks.peers.compact_cpsat.solving import solve_compact
from solver.instance import Instance
from solver.policy import Policy
from solver.result import Control, SolveLimits


def run(instance: Instance, policy: Policy, limits: SolveLimits, on_progress: Watcher) -> Answer:
    """Return the plan and bounds of the compact model."""
    return build_answer(solve_compact(instance, policy, limits, Control(on_progress)), policy)
