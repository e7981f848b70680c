"""A known plan as a hint: the solver starts from it."""

from __future__ import annotations

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem
from solver.model.variables import CompactVariables, SetVariables, Variables


def add_hint(variables: Variables, hours: IntArray) -> None:
    """Hint the plan `hours`, int64[U], on a model without hints.

    Two hints for one variable make a model invalid, so old ones must be cleared first.
    """
    for choices in variables.sets.values():
        for choice in choices:
            _hint_set(variables, choice, hours)
    for compact in variables.compact.values():
        _hint_compact(variables, compact, hours)
    for joined, pairs in variables.joined.values():
        variables.model.add_hint(joined, bool(hours[list(pairs)].any()))


def _hint_set(variables: Variables, choice: SetVariables, hours: IntArray) -> None:
    problem, model = variables.problem, variables.model
    members = list(choice.members)
    contractor = int(problem.contractor[members[0]])
    own = hours[problem.start[contractor] : problem.start[contractor + 1]]
    taken = bool(hours[members].all()) and int((own > 0).sum()) == len(members)
    if variables.counts_coverage and problem.days_needed[contractor] > 0:
        taken = taken and _covers(problem, members, hours) == choice.covers
    model.add_hint(choice.chosen, taken)
    for pair, extra in zip(members, choice.extra, strict=True):
        if extra is not None:
            model.add_hint(extra, int(hours[pair] - problem.min_hours[pair]) if taken else 0)


def _hint_compact(variables: Variables, compact: CompactVariables, hours: IntArray) -> None:
    for pair, taken, worked in zip(compact.pairs, compact.assign, compact.hours, strict=True):
        variables.model.add_hint(taken, bool(hours[pair]))
        variables.model.add_hint(worked, int(hours[pair]))
    if compact.covered is not None:
        covered = _covers(variables.problem, list(compact.pairs), hours)
        variables.model.add_hint(compact.covered, covered)


def _covers(problem: OpenProblem, pairs: list[int], hours: IntArray) -> bool:
    earned = int((problem.days[pairs] * hours[pairs]).sum())
    return earned >= int(problem.days_needed[problem.contractor[pairs[0]]])
