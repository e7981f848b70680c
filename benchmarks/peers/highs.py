"""HiGHS on the compact model. It takes no number of threads through MathOpt: it uses its own."""

from __future__ import annotations

import re

from ortools.math_opt.python import mathopt

from benchmarks.peers.answer import Answer, Watcher
from benchmarks.peers.mip import LogValues, MipSolver, read_number, solve_mip
from solver.instance import Instance
from solver.policy import Policy
from solver.result import SolveLimits

# Source of the solution, nodes processed, in queue, leaves, share explored, bound, value, gap.
_ROW = re.compile(r"^ ?\S?\s+\d+\s+\d+\s+\d+\s+[\d.]+%\s+(\S+)\s+(\S+)\s+(?:\S+%|inf|Large)\s")


def read_log_line(line: str) -> LogValues | None:
    """Return value and bound of a row of the branch-and-bound table, None for other lines."""
    row = _ROW.match(line)
    return None if row is None else (read_number(row[2]), read_number(row[1]))


def run(instance: Instance, policy: Policy, limits: SolveLimits, on_progress: Watcher) -> Answer:
    """Return the plan and bounds of HiGHS."""
    solver = MipSolver(mathopt.SolverType.HIGHS, read_log_line)
    return solve_mip(solver, instance, policy, limits, on_progress)
