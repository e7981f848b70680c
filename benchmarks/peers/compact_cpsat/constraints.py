"""The hard constraints of model.md, one function each, numbered as there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ortools.sat.python import cp_model

from benchmarks.peers.compact_cpsat.variables import Variables, get_top_hours
from solver.instance import NO_CLIENT, NO_LIMIT, WORKDAYS_PER_WEEK


def add_constraints(variables: Variables) -> None:
    """Add every rule of the model, and the pins."""
    for add in (
        add_hours_range,
        add_lost_hours,
        add_open_hours,
        add_seats,
        add_max_projects,
        add_budgets,
        add_walls,
        add_pins,
    ):
        add(variables)


def add_hours_range(variables: Variables) -> None:
    """1: min_hours * assign <= hours_per_week <= min(max_hours, lost_hours) * assign."""
    instance, model = variables.instance, variables.model
    low = instance.min_hours[instance.pair_project].tolist()
    high = get_top_hours(instance).tolist()
    for pair, (assign, hours) in enumerate(zip(variables.assign, variables.hours, strict=True)):
        model.add(hours >= low[pair] * assign)
        model.add(hours <= high[pair] * assign)


def add_lost_hours(variables: Variables) -> None:
    """2: in every week, the contractor's hours on active projects <= lost_hours."""
    instance = variables.instance
    active = instance.active[instance.pair_project].tolist()
    for contractor in range(instance.num_contractors):
        pairs = _pairs_of(variables, contractor)
        for running in {
            tuple(pair for pair in pairs if active[pair][week]) for week in range(instance.weeks)
        }:
            variables.model.add(
                cp_model.LinearExpr.sum([variables.hours[pair] for pair in running])
                <= int(instance.lost_hours[contractor])
            )


def add_open_hours(variables: Variables) -> None:
    """3: in every week, sum of hours_per_week * avail_days <= 5 * open_hours."""
    instance = variables.instance
    contractors = instance.pair_contractor.tolist()
    for project, pairs in _pairs_by_project(variables).items():
        for week in range(instance.weeks):
            if not instance.active[project, week]:
                continue
            days = [int(instance.avail_days[contractors[pair], week]) for pair in pairs]
            _add_at_most(
                variables,
                [variables.hours[pair] for pair in pairs],
                days,
                WORKDAYS_PER_WEEK * int(instance.open_hours[project, week]),
            )


def add_seats(variables: Variables) -> None:
    """4: at most `seats` people on a project."""
    for project, pairs in _pairs_by_project(variables).items():
        seats = int(variables.instance.seats[project])
        if seats < len(pairs):
            _add_at_most(variables, [variables.assign[pair] for pair in pairs], None, seats)


def add_max_projects(variables: Variables) -> None:
    """5: at most `max_projects` new projects for a contractor."""
    for contractor in range(variables.instance.num_contractors):
        pairs = _pairs_of(variables, contractor)
        most = int(variables.instance.max_projects[contractor])
        if most < len(pairs):
            _add_at_most(variables, [variables.assign[pair] for pair in pairs], None, most)


def add_budgets(variables: Variables) -> None:
    """6: sum of rate_cents * hours_per_week <= weekly_budget_cents."""
    instance = variables.instance
    for project, pairs in _pairs_by_project(variables).items():
        budget = int(instance.weekly_budget_cents[project])
        if budget != NO_LIMIT:
            rates = instance.pair_rate_cents[pairs].tolist()
            _add_at_most(variables, [variables.hours[pair] for pair in pairs], rates, budget)


def add_walls(variables: Variables) -> None:
    """7: nobody on two projects whose clients compete."""
    instance = variables.instance
    client = instance.client[instance.pair_project].tolist()
    for contractor in range(instance.num_contractors):
        by_client: dict[int, list[int]] = defaultdict(list)
        for pair in _pairs_of(variables, contractor):
            if client[pair] != NO_CLIENT:
                by_client[client[pair]].append(pair)
        for one, other in instance.walls.tolist():
            for first in by_client.get(one, ()):
                for second in by_client.get(other, ()):
                    variables.model.add(variables.assign[first] + variables.assign[second] <= 1)


def add_pins(variables: Variables) -> None:
    """Fix the hours that a person approved."""
    instance = variables.instance
    for contractor, project, hours in instance.pins.tolist():
        pairs = _pairs_of(variables, contractor)
        pair = next(pair for pair in pairs if instance.pair_project[pair] == project)
        variables.model.add(variables.hours[pair] == hours)


def _pairs_of(variables: Variables, contractor: int) -> range:
    start = variables.instance.pair_start
    return range(int(start[contractor]), int(start[contractor + 1]))


def _pairs_by_project(variables: Variables) -> dict[int, list[int]]:
    pairs: dict[int, list[int]] = defaultdict(list)
    for pair, project in enumerate(variables.instance.pair_project.tolist()):
        pairs[project].append(pair)
    return pairs


def _add_at_most(
    variables: Variables,
    terms: Sequence[cp_model.IntVar],
    factors: Sequence[int] | None,
    limit: int,
) -> None:
    total = (
        cp_model.LinearExpr.sum(list(terms))
        if factors is None
        else cp_model.LinearExpr.weighted_sum(list(terms), list(factors))
    )
    variables.model.add(total <= limit)
