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
from solver.model.project_sets import MAX_SET_SIZE, ProjectSets, build_project_sets

MAX_SETS = 600

Term = tuple[cp_model.IntVar, int, int]


@dataclass(frozen=True)
class SetVariables:
    """One project set of one contractor.

    chosen   whether the contractor takes exactly these projects
    extra    per member the hours above its minimum; None where none are allowed
    covered  whether it covers; None where no hours can, or where coverage is not missing;
             `chosen` itself where the minimum hours do
    """

    members: tuple[int, ...]
    chosen: cp_model.IntVar
    extra: tuple[cp_model.IntVar | None, ...]
    covered: cp_model.IntVar | None


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

    sets     by contractor index
    compact  by contractor index
    terms    by pair
    covered  one literal for each way that a contractor can become covered
    joined   by project whose rules between people ask: the literal that somebody joins
             it, and the pairs by which they would
    """

    problem: OpenProblem
    model: cp_model.CpModel
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


def build_variables(problem: OpenProblem, *, only_covering: bool = False) -> Variables:
    """Return a model with the variables and the rules of single contractors.

    only_covering  leave out whatever does not help to cover a contractor: enough for
                   the tier coverage alone, since less work never breaks a rule
    """
    compact = find_compact_contractors(problem)
    small = select_pairs(problem, ~compact[problem.contractor])
    place = np.flatnonzero(~compact[problem.contractor])
    groups = (build_project_sets(small, size) for size in range(1, MAX_SET_SIZE + 1))
    if only_covering:
        groups = (select_covering(sets) for sets in groups)
    variables = _build_set_variables(problem, groups, place, only_covering=only_covering)
    for contractor in np.flatnonzero(compact).tolist():
        _add_compact(variables, contractor)
    return variables


def build_restricted_variables(
    problem: OpenProblem, groups: Iterable[ProjectSets], *, only_covering: bool
) -> Variables:
    """Return a model that knows only the project sets of `groups`, sets of `problem`."""
    place = np.arange(problem.num_pairs)
    return _build_set_variables(problem, groups, place, only_covering=only_covering)


def _build_set_variables(
    problem: OpenProblem, groups: Iterable[ProjectSets], place: IntArray, *, only_covering: bool
) -> Variables:
    variables = Variables(problem, cp_model.CpModel())
    for sets in groups:
        _add_sets(variables, sets, place, only_covering=only_covering)
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


def select_covering(sets: ProjectSets) -> ProjectSets:
    """Return the sets that can cover a contractor who is not covered yet."""
    problem = sets.problem
    needed = problem.days_needed[sets.contractor]
    earned = (problem.days * problem.max_hours)[sets.members].sum(axis=1)
    return sets.select((needed > 0) & (earned >= needed))


def _add_sets(
    variables: Variables, sets: ProjectSets, place: IntArray, *, only_covering: bool
) -> None:
    """Add the sets of one size; `place` maps their pairs to those of the whole problem."""
    problem, model = sets.problem, variables.model
    least, most = problem.min_hours[sets.members], problem.max_hours[sets.members]
    days = problem.days[sets.members]
    needed = problem.days_needed[sets.contractor]
    if only_covering:
        missing = np.maximum(needed - (days * least).sum(axis=1), 0)
        most = np.minimum(most, least + -(-missing[:, None] // days))
    rows = zip(
        sets.contractor.tolist(),
        place[sets.members].tolist(),
        least.tolist(),
        (most - least).tolist(),
        days.tolist(),
        np.where(needed > 0, needed - (days * least).sum(axis=1), 0).tolist(),
        (needed > 0).tolist(),
        strict=True,
    )
    for contractor, members, minimum, span, worked, missing, uncovered in rows:
        chosen = model.new_bool_var("")
        extra = tuple(model.new_int_var(0, width, "") if width else None for width in span)
        for member, more, width, hours in zip(members, extra, span, minimum, strict=True):
            terms = variables.terms.setdefault(member, [])
            terms.append((chosen, hours, 1))
            if more is not None:
                model.add(more <= width * chosen)
                terms.append((more, 1, 0))
        covered = None
        if uncovered:
            earning = [
                (day, more, width)
                for day, more, width in zip(worked, extra, span, strict=True)
                if more is not None
            ]
            if only_covering:
                model.add(sum(day * more for day, more, _ in earning) >= missing * chosen)
                covered = chosen
            else:
                covered = _add_coverage(model, chosen, earning, missing)
        if covered is not None:
            variables.covered.append(covered)
        choice = SetVariables(tuple(members), chosen, extra, covered)
        variables.sets.setdefault(contractor, []).append(choice)
        if len(members) > 1:
            _add_week_hours(variables, contractor, choice, minimum, span)


def _add_coverage(
    model: cp_model.CpModel,
    chosen: cp_model.IntVar,
    earning: list[tuple[int, cp_model.IntVar, int]],
    missing: int,
) -> cp_model.IntVar | None:
    """Return the literal that the set covers: sum of D * extra hours >= what is missing.

    earning  per member with extra hours: workdays, the extra hours, their most
    """
    if missing <= 0:
        return chosen
    if sum(days * width for days, _, width in earning) < missing:
        return None
    covered = model.new_bool_var("")
    model.add_implication(covered, chosen)
    model.add(sum(days * more for days, more, _ in earning) >= missing * covered)
    return covered


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
