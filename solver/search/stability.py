"""The fewest changes: of plans equal on the tiers, one close to an earlier plan.

Whoever differs may go back. One CP-SAT model keeps every tier where it is and as many of
the earlier assignments as it can; where many differ, it knows only the projects that they
have in either plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.instance import IntArray
from solver.model.constraints import add_shared_rules
from solver.model.objectives import build_tier
from solver.model.open_problem import OpenProblem, reserve, select_pairs
from solver.model.project_sets import MAX_SET_SIZE, build_project_sets
from solver.model.set_uses import Coverage, split_by_use
from solver.model.variables import Variables, build_restricted_variables, find_compact_contractors
from solver.policy import Tier
from solver.search.clock import Clock
from solver.search.cp_run import RunLimits, run_model
from solver.search.scoring import score

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

_FEW_PAIRS = 1_000
_SAME, _ON_PROJECT, _NEW = 4, 2, -1
"""Worth of an assignment with its earlier hours, of one on its earlier project, of a new one."""


def keep_earlier(
    problem: OpenProblem, hours: IntArray, earlier: IntArray, clock: Clock
) -> IntArray:
    """Return int64[U]: a plan that is no worse than `hours` on any tier, and closer to `earlier`.

    hours, earlier  int64[U], two plans; `hours` itself comes back where nothing closer is found
    """
    differs = np.zeros(len(problem.projects_left), dtype=np.bool_)
    differs[problem.contractor[hours != earlier]] = True
    for members in map(list, problem.team_members):
        differs[members] = differs[members].any()
    left, pairs = reserve(problem, hours, differs[problem.contractor])
    known = (hours[pairs] > 0) | (earlier[pairs] > 0) | (len(pairs) <= _FEW_PAIRS)
    left, pairs = select_pairs(left, known), pairs[known]
    if not len(pairs) or clock.is_over(1.0) or find_compact_contractors(left).any():
        return hours
    sets = (build_project_sets(left, size) for size in range(1, MAX_SET_SIZE + 1))
    variables = build_restricted_variables(left, split_by_use(sets, Coverage.COUNTED))
    add_shared_rules(variables)
    scored = score(left, hours[pairs])
    for tier in Tier:
        variables.model.add(build_tier(variables, tier) >= scored[tier])
    outcome = run_model(
        variables,
        _build_closeness(variables, earlier[pairs]),
        hours[pairs],
        RunLimits(
            seconds=max(0.1, clock.get_seconds_left(1.0)),
            work=clock.get_work_left(1.0),
            workers=clock.limits.workers,
            seed=clock.limits.seed,
        ),
        should_stop=clock.should_stop,
    )
    clock.add_work(outcome.work)
    if outcome.hours is None:
        return hours
    closer = hours.copy()
    closer[pairs] = outcome.hours
    return closer


def _build_closeness(variables: Variables, earlier: IntArray) -> cp_model.LinearExprT:
    """Return what the plan keeps of `earlier`, int64[U]."""
    model = variables.model
    terms = []
    for pair, own in variables.terms.items():
        taken = sum(heads * variable for variable, _, heads in own)
        before = int(earlier[pair])
        terms.append((_ON_PROJECT if before else _NEW) * taken)
        if before:
            same = model.new_bool_var("")
            worked = sum(per_unit * variable for variable, per_unit, _ in own)
            model.add(worked == before).only_enforce_if(same)
            terms.append(_SAME * same)
    return sum(terms)
