"""Redeploy beside what a user would pick instead, on the same instances and limits.

    python -m benchmarks.run_peers [--seconds 30] [--workers 2] NAME ...

NAME is an instance of benchmarks/instances/market, for instance S1. Greedy is best fit
first; compact is the model as one would write it down, given to CP-SAT. Every plan is
checked before its row is printed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from benchmarks.peers.compact_cpsat.solving import solve_compact
from solver.checker import check
from solver.instance import Instance
from solver.instance_file import read_instance
from solver.model.open_problem import build_open_problem
from solver.policy import Policy
from solver.result import Assignments, Control, SolveLimits
from solver.search import solve
from solver.search.ledger import build_greedy_plan

FOLDER = Path(__file__).parent / "instances" / "market"
Peer = Callable[[Instance, Policy, SolveLimits], Assignments | None]


def run_redeploy(instance: Instance, policy: Policy, limits: SolveLimits) -> Assignments | None:
    return solve(instance, policy, limits).assignments


def run_compact(instance: Instance, policy: Policy, limits: SolveLimits) -> Assignments | None:
    return solve_compact(instance, policy, limits, Control()).assignments


def run_greedy(instance: Instance, _policy: Policy, _limits: SolveLimits) -> Assignments | None:
    """Best fit first on an instance without pins."""
    problem = build_open_problem(instance)
    hours = build_greedy_plan(problem)
    used = np.flatnonzero(hours)
    return Assignments(problem.contractor[used], problem.project[used], hours[used])


PEERS: Mapping[str, Peer] = {
    "redeploy": run_redeploy,
    "compact": run_compact,
    "greedy": run_greedy,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    limits = SolveLimits(arguments.seconds, gap=0.0, workers=arguments.workers)
    for name in arguments.names:
        instance, policy = read_instance(FOLDER / f"{name}.json.gz")
        for label, peer in PEERS.items():
            begun = time.perf_counter()
            plan = peer(instance, policy, limits)
            seconds = time.perf_counter() - begun
            if plan is None:
                print(f"{name:<6}{label:<10}{seconds:7.1f} s  no plan", flush=True)
                continue
            report = check(instance, plan)
            values = "  ".join(f"{tier} {report.values[tier]:>12,}" for tier in policy.tiers)
            verdict = "checked" if report.ok else "REFUSED BY THE CHECKER"
            print(f"{name:<6}{label:<10}{seconds:7.1f} s  {values}  {verdict}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
