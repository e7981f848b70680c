"""The variables: which set of projects each contractor takes, and the hours on each.

The compact way (a yes/no and an hours variable per pair, coverage as a yes/no over
their sum) has a hopeless relaxation. Here each contractor with few enough project
sets chooses one of them, and hours and coverage hang on that choice, so that the
relaxation of a single contractor is exact. Contractors with more sets than
`MAX_SETS`, or who may take more than three projects, are modelled the compact way.

Both ways speak the same language to the rules: every pair has terms
`(variable, hours per unit, assignments per unit)` that sum to its hours and its 0/1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from ortools.sat.python import cp_model

from solver.instance import NO_CLIENT, BoolArray, IntArray
from solver.model.open_problem import OpenProblem, select_pairs
from solver.model.project_sets import MAX_SET_SIZE, build_project_sets
from solver.model.set_uses import Coverage, Use, UsedSets, split_by_use

MAX_SETS = 600

Term = tuple[cp_model.IntVar, int, int]


@dataclass(frozen=True)
class SetVariables:
    """One project set of one contractor.

    chosen   whether the contractor takes exactly these projects
    extra    per member the hours above its minimum; None where none are allowed
    covers   whether it covers the contractor when chosen
    """

    members: tuple[int, ...]
    chosen: cp_model.IntVar
    extra: tuple[cp_model.IntVar | None, ...]
    covers: bool


@dataclass(frozen=True)
class CompactVariables:
    """One contractor the compact way: per pair 0/1 and hours; coverage, None if not missing."""

    pairs: tuple[int, ...]
    assign: tuple[cp_model.IntVar, ...]
    hours: tuple[cp_model.IntVar, ...]
    covered: cp_model.IntVar | None


@dataclass(eq=False)
class Variables:
    """All variables of a model.

    counts_coverage  whether the sets tell those covered from those who are not
    sets     by contractor index
    compact  by contractor index
    terms    by pair
    covered  one literal for each way that a contractor can become covered
    joined   by project whose rules between people ask: the literal that somebody joins
             it, and the pairs by which they would
    """

    problem: OpenProblem
    model: cp_model.CpModel
    counts_coverage: bool = True
    sets: dict[int, list[SetVariables]] = field(default_factory=dict)
    compact: dict[int, CompactVariables] = field(default_factory=dict)
    terms: dict[int, list[Term]] = field(default_factory=dict)
    covered: list[cp_model.IntVar] = field(default_factory=list)
    joined: dict[int, tuple[cp_model.IntVar, tuple[int, ...]]] = field(default_factory=dict)

    def read_hours(self, solver: cp_model.CpSolver) -> IntArray:
        """Return int64[U], the hours that a solver with a solution gives each pair."""
        hours = np.zeros(self.problem.num_pairs, dtype=np.int64)
        for pair, terms in self.terms.items():
            hours[pair] = sum(per_unit * solver.value(variable) for variable, per_unit, _ in terms)
        return hours


def build_variables(problem: OpenProblem, coverage: Coverage = Coverage.COUNTED) -> Variables:
    """Return a model with the variables and the rules of single contractors.

    With coverage alone, work that does not help to cover anybody is left out.
    """
    compact = find_compact_contractors(problem)
    small = select_pairs(problem, ~compact[problem.contractor])
    place = np.flatnonzero(~compact[problem.contractor])
    groups = (build_project_sets(small, size) for size in range(1, MAX_SET_SIZE + 1))
    variables = _build_set_variables(problem, split_by_use(groups, coverage), place)
    variables.counts_coverage = coverage is not Coverage.IGNORED
    for contractor in np.flatnonzero(compact).tolist():
        _add_compact(variables, contractor)
    return variables


def build_restricted_variables(problem: OpenProblem, groups: Iterable[UsedSets]) -> Variables:
    """Return a model that knows only the project sets of `groups`, sets of `problem`."""
    return _build_set_variables(problem, groups, np.arange(problem.num_pairs))


def _build_set_variables(
    problem: OpenProblem, groups: Iterable[UsedSets], place: IntArray
) -> Variables:
    variables = Variables(problem, cp_model.CpModel())
    for group in groups:
        _add_sets(variables, group, place)
    for choices in variables.sets.values():
        variables.model.add_at_most_one(choice.chosen for choice in choices)
    return variables


def find_compact_contractors(problem: OpenProblem) -> BoolArray:
    """bool[C]: contractors with too many project sets to list."""
    pairs = np.diff(problem.start).astype(np.float64)
    allowed = np.minimum(problem.projects_left, pairs)
    sets = pairs.copy()
    sets += np.where(allowed >= 2, pairs * (pairs - 1) / 2, 0)
    sets += np.where(allowed >= 3, pairs * (pairs - 1) * (pairs - 2) / 6, 0)
    compact: BoolArray = (allowed > MAX_SET_SIZE) | (sets > MAX_SETS)
    return compact


def _add_sets(variables: Variables, group: UsedSets, place: IntArray) -> None:
    """Add the sets of one size; `place` maps their pairs to those of the whole problem."""
    sets = group.sets
    problem, model = sets.problem, variables.model
    least, most = problem.min_hours[sets.members], problem.max_hours[sets.members]
    days = problem.days[sets.members]
    missing = problem.days_needed[sets.contractor] - (days * least).sum(axis=1)
    if group.use is Use.JUST_COVER:
        short = np.maximum(missing, 0)[:, None]
        most = np.minimum(most, least + -(-short // days))
    rows = zip(
        sets.contractor.tolist(),
        place[sets.members].tolist(),
        least.tolist(),
        (most - least).tolist(),
        days.tolist(),
        missing.tolist(),
        strict=True,
    )
    for contractor, members, minimum, span, worked, short in rows:
        chosen = model.new_bool_var("")
        extra = tuple(model.new_int_var(0, width, "") if width else None for width in span)
        for member, more, width, hours in zip(members, extra, span, minimum, strict=True):
            terms = variables.terms.setdefault(member, [])
            terms.append((chosen, hours, 1))
            if more is not None:
                model.add(more <= width * chosen)
                terms.append((more, 1, 0))
        if group.covers:
            variables.covered.append(chosen)
            if short > 0:
                earned = sum(
                    day * more for day, more in zip(worked, extra, strict=True) if more is not None
                )
                model.add(earned >= short * chosen)
        choice = SetVariables(tuple(members), chosen, extra, group.covers)
        variables.sets.setdefault(contractor, []).append(choice)
        if len(members) > 1:
            _add_week_hours(variables, contractor, choice, minimum, span)


def _add_week_hours(
    variables: Variables, contractor: int, choice: SetVariables, minimum: list[int], span: list[int]
) -> None:
    """Rule 2 inside a set: in every week the hours of the active members fit."""
    problem = variables.problem
    active = problem.instance.active[problem.project[list(choice.members)]]
    limits: dict[tuple[int, ...], int] = {}
    for week, hours in enumerate(problem.week_hours[contractor].tolist()):
        together = tuple(np.flatnonzero(active[:, week]).tolist())
        if len(together) > 1:
            limits[together] = min(hours, limits.get(together, hours))
    for together, hours in limits.items():
        room = hours - sum(minimum[member] for member in together)
        if sum(span[member] for member in together) > room:
            extras = [choice.extra[member] for member in together]
            total = sum(more for more in extras if more is not None)
            variables.model.add(total <= room * choice.chosen)


def _add_compact(variables: Variables, contractor: int) -> None:
    """Add one contractor the compact way, with rules 1, 2, 5 and 7."""
    problem, model = variables.problem, variables.model
    pairs = tuple(range(int(problem.start[contractor]), int(problem.start[contractor + 1])))
    assign = tuple(model.new_bool_var("") for _ in pairs)
    hours = []
    for pair, taken in zip(pairs, assign, strict=True):
        most, least = int(problem.max_hours[pair]), int(problem.min_hours[pair])
        worked = model.new_int_var(0, most, "")
        model.add(worked <= most * taken)
        model.add(worked >= least * taken)
        hours.append(worked)
        variables.terms[pair] = [(taken, 0, 1), (worked, 1, 0)]
    model.add(sum(assign) <= int(problem.projects_left[contractor]))
    active = problem.instance.active[problem.project[list(pairs)]]
    for week, limit in enumerate(problem.week_hours[contractor].tolist()):
        model.add(
            sum(worked for worked, runs in zip(hours, active[:, week], strict=True) if runs)
            <= limit
        )
    _add_walls(variables, pairs, assign)
    covered = None
    needed = int(problem.days_needed[contractor])
    if needed > 0:
        covered = model.new_bool_var("")
        days = problem.days[list(pairs)].tolist()
        earned = sum(day * worked for day, worked in zip(days, hours, strict=True))
        model.add(earned >= needed * covered)
        variables.covered.append(covered)
    variables.compact[contractor] = CompactVariables(pairs, assign, tuple(hours), covered)


def _add_walls(
    variables: Variables, pairs: tuple[int, ...], assign: tuple[cp_model.IntVar, ...]
) -> None:
    """Rule 7 for one contractor the compact way: one literal a client, one clause a wall."""
    problem, model = variables.problem, variables.model
    own: dict[int, list[cp_model.IntVar]] = {}
    for pair, taken in zip(pairs, assign, strict=True):
        own.setdefault(int(problem.instance.client[problem.project[pair]]), []).append(taken)
    own.pop(NO_CLIENT, None)
    partners = {
        client: problem.instance.wall_partners[client].intersection(own) for client in sorted(own)
    }
    joined = {client: model.new_bool_var("") for client in partners if partners[client]}
    for client, works_there in joined.items():
        model.add_max_equality(works_there, own[client])
        for partner in sorted(partners[client]):
            if client < partner:
                model.add_at_most_one(works_there, joined[partner])
