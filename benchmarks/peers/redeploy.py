"""Redeploy itself, as one method among the others."""

from __future__ import annotations

from benchmarks.peers.answer import Answer, Watcher, build_answer
from solver.instance import Instance
from solver.policy import Policy
from solver.result import Control, SolveLimits
from solver.search import solve


def run(instance: Instance, policy: Policy, limits: SolveLimits, on_progress: Watcher) -> Answer:
    """Return the product's plan and bounds."""
    return build_answer(solve(instance, policy, limits, Control(on_progress)), policy)
