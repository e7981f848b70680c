"""Variables of the compact model (model.md): who works where, and for how many hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from solver.instance import BoolArray, Instance
from solver.result import Assignments


@dataclass(frozen=True, eq=False)
class Variables:
    """The model and its variables; lists of E and C entries.

    assign   boolean per pair: the contractor works on the project
    hours    whole hours a week per pair, 0 unless assigned
    covered  boolean per contractor: true only at or above the floor
    """

    instance: Instance
    model: cp_model.CpModel
    assign: list[cp_model.IntVar]
    hours: list[cp_model.IntVar]
    covered: list[cp_model.IntVar]


def build_variables(instance: Instance) -> Variables:
    """Return a new model with the variables of `instance` and no constraint yet."""
    model = cp_model.CpModel()
    top = get_top_hours(instance).tolist()
    possible = (get_top_hours(instance) >= instance.min_hours[instance.pair_project]).tolist()
    assign = [
        model.new_int_var(0, int(possible[pair]), f"assign{pair}")
        for pair in range(instance.num_pairs)
    ]
    hours = [
        model.new_int_var(0, top[pair] if possible[pair] else 0, f"hours{pair}")
        for pair in range(instance.num_pairs)
    ]
    covered = [
        model.new_bool_var(f"covered{contractor}") for contractor in range(instance.num_contractors)
    ]
    return Variables(instance, model, assign, hours, covered)


def get_top_hours(instance: Instance) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """int64[E]: the most weekly hours that each pair may take."""
    return np.minimum(
        instance.max_hours[instance.pair_project], instance.lost_hours[instance.pair_contractor]
    )


def find_covered(instance: Instance, pair: list[int], hours: list[int]) -> BoolArray:
    """bool[C]: who reaches the floor with these hours on these pairs."""
    earned = np.zeros(instance.num_contractors, dtype=np.int64)
    picked = np.array(pair, dtype=np.int64)
    days = instance.pair_days[picked].astype(np.int64)
    np.add.at(earned, instance.pair_contractor[picked], days * np.array(hours, dtype=np.int64))
    reached: BoolArray = earned >= instance.floor_hours * instance.horizon_days
    return reached


def set_hint(variables: Variables, plan: Assignments) -> None:
    """Suggest `plan` to the solver, in place of any earlier hint."""
    instance = variables.instance
    place = {
        pair: idx
        for idx, pair in enumerate(
            zip(instance.pair_contractor.tolist(), instance.pair_project.tolist(), strict=True)
        )
    }
    planned = {
        place[contractor, project]: hours
        for contractor, project, hours in plan.rows()
        if (contractor, project) in place
    }
    variables.model.clear_hints()
    for pair in range(instance.num_pairs):
        hours = planned.get(pair, 0)
        variables.model.add_hint(variables.hours[pair], hours)
        variables.model.add_hint(variables.assign[pair], int(hours > 0))
    covered = find_covered(instance, list(planned), list(planned.values()))
    for contractor, is_covered in enumerate(covered.tolist()):
        variables.model.add_hint(variables.covered[contractor], int(is_covered))


def read_plan(variables: Variables, solver: cp_model.CpSolver) -> Assignments:
    """Return the plan that the solver holds; it must hold one."""
    instance = variables.instance
    hours = [solver.value(var) for var in variables.hours]
    contractor, project = instance.pair_contractor.tolist(), instance.pair_project.tolist()
    return Assignments.build(
        [(contractor[pair], project[pair], hours[pair]) for pair in np.flatnonzero(hours).tolist()]
    )
