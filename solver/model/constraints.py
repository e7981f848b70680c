"""The rules that tie contractors together, one function each (numbers of model.md)."""

from __future__ import annotations

import numpy as np
from ortools.sat.python import cp_model

from solver.instance import NO_LIMIT
from solver.model.group_rules import add_group_rules
from solver.model.variables import Variables


def add_shared_rules(variables: Variables) -> None:
    """Add rules 3, 4, 6 and those between people; the variables bring those of one contractor."""
    add_open_hours(variables)
    add_seats(variables)
    add_budget(variables)
    add_group_rules(variables)


def add_open_hours(variables: Variables) -> None:
    """Rule 3: every project and week, hours times workdays stay within 5 x the open hours.

    Weeks with the same workdays of everyone differ only in their limit: the least stays.
    """
    problem = variables.problem
    avail_days = problem.instance.avail_days
    for project, pairs in _group_by_project(variables).items():
        limits: dict[tuple[int, ...], int] = {}
        contractors = problem.contractor[pairs]
        for week in np.flatnonzero(problem.instance.active[project]).tolist():
            days = tuple(avail_days[contractors, week].tolist())
            limit = int(problem.hour_days[project, week])
            limits[days] = min(limit, limits.get(days, limit))
        for days, limit in limits.items():
            _add_limit(variables, pairs, days, limit)


def add_seats(variables: Variables) -> None:
    """Rule 4: every project takes at most as many people as it has seats left."""
    for project, pairs in _group_by_project(variables).items():
        seats = int(variables.problem.seats[project])
        if seats != NO_LIMIT and len(pairs) > seats:
            heads = [
                heads * variable
                for pair in pairs
                for variable, _, heads in variables.terms[pair]
                if heads
            ]
            variables.model.add(sum(heads) <= seats)


def add_budget(variables: Variables) -> None:
    """Rule 6: every project with a budget, rate times hours stays within what is left of it."""
    problem = variables.problem
    for project, pairs in _group_by_project(variables).items():
        budget = int(problem.budget_cents[project])
        if budget != NO_LIMIT:
            _add_limit(variables, pairs, problem.rate_cents[pairs].tolist(), budget)


def _group_by_project(variables: Variables) -> dict[int, list[int]]:
    pairs: dict[int, list[int]] = {}
    for pair in variables.terms:
        pairs.setdefault(int(variables.problem.project[pair]), []).append(pair)
    return pairs


def _add_limit(
    variables: Variables, pairs: list[int], weights: tuple[int, ...] | list[int], limit: int
) -> None:
    """Add: the sum of weight * hours over the pairs is at most `limit`, unless it always is."""
    most = variables.problem.max_hours[pairs].tolist()
    if sum(weight * hours for weight, hours in zip(weights, most, strict=True)) <= limit:
        return
    chosen, factors = [], []
    for pair, weight in zip(pairs, weights, strict=True):
        for variable, hours, _ in variables.terms[pair]:
            if weight * hours:
                chosen.append(variable)
                factors.append(weight * hours)
    variables.model.add(cp_model.LinearExpr.weighted_sum(chosen, factors) <= limit)


def add_coverage_of_all(variables: Variables) -> None:
    """Every contractor whose coverage is missing gets it, said one by one.

    It follows from a floor on the sum; CP-SAT proves much faster when it need not find out.
    """
    for choices in variables.sets.values():
        ways = [choice.chosen for choice in choices if choice.covers]
        if ways:
            variables.model.add_at_least_one(ways)
