"""SCIP on the compact model; it solves in one thread."""

from __future__ import annotations

from ortools.math_opt.python import mathopt

from benchmarks.peers.answer import Answer, Watcher
from benchmarks.peers.mip import LogValues, MipSolver, read_number, solve_mip
from solver.instance import Instance
from solver.policy import Policy
from solver.result import SolveLimits

_COLUMNS = 18


def read_log_line(line: str) -> LogValues | None:
    """Return value and bound of a row of the branch-and-bound table, None for other lines."""
    cells = line.split("|")
    if len(cells) != _COLUMNS or "dualbound" in line:
        return None
    return read_number(cells[-3]), read_number(cells[-4])


def run(instance: Instance, policy: Policy, limits: SolveLimits, on_progress: Watcher) -> Answer:
    """Return the plan and bounds of SCIP."""
    solver = MipSolver(mathopt.SolverType.GSCIP, read_log_line)
    return solve_mip(solver, instance, policy, limits, on_progress)
