"""The compact model as a mixed-integer program, solved tier by tier through MathOpt."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt
from ortools.sat.python import cp_model

from benchmarks.peers.answer import Answer, Claim, Watcher
from benchmarks.peers.compact_cpsat.constraints import add_constraints
from benchmarks.peers.compact_cpsat.objectives import OBJECTIVES
from benchmarks.peers.compact_cpsat.variables import Variables, build_variables
from solver.checker import check
from solver.instance import Instance, IntArray
from solver.policy import Policy, Tier
from solver.result import Assignments, Progress, SolveLimits

_SHARE_OF_TIME_LEFT = (0.5, 0.6, 1.0)
_LEAST_INT64, _MOST_INT64 = np.iinfo(np.int64).min, np.iinfo(np.int64).max

LogValues = tuple[int | None, int | None]
"""Best value and bound of a line of a solver's log."""

LogReader = Callable[[str], LogValues | None]
Terms = Mapping[int, int]
"""Coefficient by variable index."""


@dataclass(frozen=True, eq=False)
class Mip:
    """The program and its objectives; variable e + E of pair e is its hours."""

    instance: Instance
    model: mathopt.Model
    objectives: Mapping[Tier, Terms]

    def build_sum(self, terms: Terms) -> mathopt.LinearExpression:
        """Return the terms as an expression of the program."""
        variables = {idx: self.model.get_variable(idx) for idx in terms}
        return mathopt.fast_sum([factor * variables[idx] for idx, factor in terms.items()])

    def read_plan(self, values: Mapping[mathopt.Variable, float]) -> Assignments:
        """Return the plan of a solution, its floats rounded to whole hours."""
        instance = self.instance
        hours: IntArray = np.array(
            [
                round(values[self.model.get_variable(instance.num_pairs + pair)])
                for pair in range(instance.num_pairs)
            ],
            dtype=np.int64,
        )
        used = np.flatnonzero(hours)
        contractor = instance.pair_contractor[used].astype(np.int64)
        return Assignments(contractor, instance.pair_project[used].astype(np.int64), hours[used])


def build_mip(instance: Instance, tiers: Sequence[Tier]) -> Mip:
    """Return the compact model, row by row the one that CP-SAT gets."""
    variables = build_variables(instance)
    add_constraints(variables)
    objectives = {tier: _build_terms(variables, tier) for tier in tiers}
    model = mathopt.Model.from_model_proto(_translate(variables.model))
    return Mip(instance, model, objectives)


def _build_terms(variables: Variables, tier: Tier) -> Terms:
    variables.model.maximize(OBJECTIVES[tier](variables))
    objective = variables.model.proto.objective
    # CP-SAT minimises inside, so that what is maximised stands there negated.
    return {
        idx: -factor for idx, factor in zip(objective.vars, objective.coeffs, strict=True) if factor
    }


def _translate(model: cp_model.CpModel) -> model_pb2.ModelProto:
    """Return variables and linear rows as MathOpt's message; the compact model has no others."""
    translated = model_pb2.ModelProto()
    variables = translated.variables
    for idx, variable in enumerate(model.proto.variables):
        domain = list(variable.domain)
        variables.ids.append(idx)
        variables.lower_bounds.append(domain[0])
        variables.upper_bounds.append(domain[-1])
        variables.integers.append(True)
    rows, matrix = translated.linear_constraints, translated.linear_constraint_matrix
    for row, constraint in enumerate(model.proto.constraints):
        domain = list(constraint.linear.domain)
        rows.ids.append(row)
        rows.lower_bounds.append(-math.inf if domain[0] == _LEAST_INT64 else domain[0])
        rows.upper_bounds.append(math.inf if domain[-1] == _MOST_INT64 else domain[-1])
        linear = constraint.linear
        for idx, factor in sorted(zip(linear.vars, linear.coeffs, strict=True)):
            matrix.row_ids.append(row)
            matrix.column_ids.append(idx)
            matrix.coefficients.append(factor)
    return translated


@dataclass(frozen=True)
class MipSolver:
    """A solver behind MathOpt, and what reads a line of its log."""

    kind: mathopt.SolverType
    read_log_line: LogReader


def solve_mip(
    solver: MipSolver,
    instance: Instance,
    policy: Policy,
    limits: SolveLimits,
    on_progress: Watcher,
) -> Answer:
    """Return the best plan of a solver within the limits, tier after tier."""
    started_s = time.perf_counter()
    mip = build_mip(instance, policy.tiers)
    plan, claims = None, []
    floors: dict[Tier, int] = {}
    hints: list[mathopt.SolutionHint] = []
    for tier, share in zip(policy.tiers, _SHARE_OF_TIME_LEFT, strict=True):
        elapsed_s = time.perf_counter() - started_s
        objective = mip.build_sum(mip.objectives[tier])
        mip.model.maximize(objective)
        result = mathopt.solve(
            mip.model,
            solver.kind,
            params=mathopt.SolveParameters(
                time_limit=timedelta(seconds=max(0.1, (limits.time_limit_s - elapsed_s) * share)),
                relative_gap_tolerance=limits.gap,
                random_seed=limits.seed,
            ),
            model_params=mathopt.ModelSolveParameters(solution_hints=hints),
            msg_cb=_build_listener(tier, solver.read_log_line, on_progress, started_s),
        )
        bound = result.termination.objective_bounds.dual_bound
        if math.isfinite(bound):
            claims.append(Claim(tier, _round_bound(bound), dict(floors)))
        if result.has_primal_feasible_solution():
            values = result.variable_values()
            plan, hints = mip.read_plan(values), [mathopt.SolutionHint(variable_values=values)]
            reached = check(instance, plan).values[tier]
            floors[tier] = policy.get_least_value(tier, reached)
            mip.model.add_linear_constraint(objective >= floors[tier])
    return Answer(plan, tuple(claims))


def _round_bound(bound: float) -> int:
    """Return the whole number that a float bound allows, its own error allowed for."""
    return math.floor(bound + 1e-6 + 1e-9 * abs(bound))


def _build_listener(
    tier: Tier, read_log_line: LogReader, on_progress: Watcher, started_s: float
) -> Callable[[Sequence[str]], None]:
    def listen(lines: Sequence[str]) -> None:
        for line in lines:
            values = read_log_line(line)
            if values is not None:
                on_progress(Progress(tier, *values, time.perf_counter() - started_s))

    return listen


def read_number(cell: str) -> int | None:
    """Return a number of a log as a whole one; None where there is none yet, or it is huge."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return _round_bound(number) if abs(number) < 1e15 else None
