"""A run of CP-SAT answers in whole numbers, however large they are."""

from __future__ import annotations

from solver.instance_overflow import MAX_WEIGHT
from solver.model.constraints import add_shared_rules
from solver.model.objectives import build_tier
from solver.model.open_problem import build_open_problem
from solver.model.variables import build_variables
from solver.policy import Tier
from solver.search.cp_run import RunLimits, run_model
from tests.solver.instances import Contractor, Project, build_instance

_DAYS = 10
_HOURS = MAX_WEIGHT // (_DAYS * 2**31)


def test_value_bound_and_events_are_exact_beyond_what_doubles_hold() -> None:
    fits = [2**31 - 1 - place for place in range(400)]
    instance = build_instance(
        [Contractor(lost_hours=_HOURS)] * 400,
        [Project(open_hours=(10**9, 10**9), max_hours=_HOURS, seats=251)],
        [(one, 0, fit, 0) for one, fit in enumerate(fits)],
        switch_cost=1,
    )
    problem = build_open_problem(instance)
    variables = build_variables(problem)
    add_shared_rules(variables)
    events: list[tuple[int | None, int | None]] = []
    outcome = run_model(
        variables,
        build_tier(variables, Tier.FIT),
        None,
        RunLimits(seconds=60),
        on_event=lambda value, bound: events.append((value, bound)),
    )
    best = sum(fits[:251]) * _DAYS * _HOURS - 251
    assert int(float(best)) != best
    assert outcome.proved
    assert outcome.value == outcome.bound == best
    assert best in {value for value, _ in events}
    assert all(bound is None or bound >= best for _, bound in events)
