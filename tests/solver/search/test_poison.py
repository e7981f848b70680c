"""Inputs that break solvers: each ends in time, in a checked plan with a bound that holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pytest

from solver.certificate import build_certificate, find_false_claims
from solver.checker import check
from solver.instance import Instance
from solver.model.open_problem import build_open_problem
from solver.model.project_sets import build_project_sets
from solver.policy import BEST_FIT, CLIENTS_FIRST, PEOPLE_FIRST, Policy, Tier
from solver.result import SolveLimits, Status
from solver.search import solve
from solver.search.ascent import Goal
from solver.search.dual_bound import prove
from solver.search.prices import Resources, build_zero_prices
from tests.solver.instances import Contractor, Project, build_instance, build_plan

MAX_INT32 = 2**31 - 1
PERSON = Contractor(lost_hours=40, floor_hours=20)
YEARS = (5,) * 104


def build_all_walls(num_clients: int) -> list[tuple[int, int]]:
    return [(one, other) for other in range(num_clients) for one in range(other)]


def build_wide(num_projects: int, max_projects: int = 3, num_clients: int = 0) -> Instance:
    """Return one contractor who may work on everything, on each project a little."""
    return build_instance(
        [Contractor(lost_hours=40, floor_hours=20, max_projects=max_projects)],
        [
            Project((5, 5), min_hours=2, max_hours=20, client=place % num_clients)
            if num_clients
            else Project((5, 5), min_hours=2, max_hours=20)
            for place in range(num_projects)
        ],
        walls=build_all_walls(num_clients),
    )


def build_extreme() -> Instance:
    """Return fits and rates at both ends of 32 bits, eight weeks of forty hours."""
    return build_instance(
        [Contractor(40, 20, avail_days=(5,) * 8)] * 30,
        [Project((200,) * 8, (True,) * 8, seats=4, budget_cents=10**15)] * 6,
        [
            (one, other, MAX_INT32 if (one + other) % 2 else -MAX_INT32 - 1, MAX_INT32)
            for one in range(30)
            for other in range(6)
        ],
        switch_cost=MAX_INT32,
    )


def build_outweighed() -> Instance:
    """Return one person who scores a million times what the others do."""
    return build_instance(
        [Contractor(3_000, 20)] + [Contractor(10, 5)] * 200,
        [Project((10**6, 10**6), max_hours=3_000, seats=100)] * 5,
        [(one, other, 9 if one else MAX_INT32, 1) for one in range(201) for other in range(5)],
        switch_cost=MAX_INT32,
    )


POISON: Mapping[str, Callable[[], Instance]] = MappingProxyType(
    {
        "2,000 eligible projects": lambda: build_wide(2_000),
        "2,000 eligible projects, any number allowed": lambda: build_wide(2_000, 2_000),
        "walls between all of 400 clients": lambda: build_wide(400, num_clients=400),
        "walls between all, many projects": lambda: build_wide(400, 40, num_clients=200),
        "10,000 identical people": lambda: build_instance(
            [PERSON] * 10_000, [Project((40_000, 40_000), min_hours=5)] * 4
        ),
        "one project takes all": lambda: build_instance(
            [PERSON] * 2_000, [Project((10**12, 10**12), max_hours=10**6)]
        ),
        "minimum above all hours": lambda: build_instance(
            [PERSON] * 50, [Project(min_hours=41, max_hours=60)] * 4
        ),
        "one week": lambda: build_instance(
            [Contractor(40, 20, avail_days=(5,))] * 40, [Project((100,), (True,))] * 5
        ),
        "104 weeks": lambda: build_instance(
            [Contractor(40, 20, avail_days=YEARS)] * 40,
            [Project((100,) * 104, tuple(week % 3 > 0 for week in range(104)))] * 5,
        ),
        "no budget left anywhere": lambda: build_instance(
            [PERSON] * 40, [Project(budget_cents=0)] * 5
        ),
        "extreme fit and rate": build_extreme,
        "one person outweighs all": build_outweighed,
    }
)


@pytest.mark.parametrize("policy", [PEOPLE_FIRST, BEST_FIT], ids=lambda one: one.name)
@pytest.mark.parametrize("name", POISON)
def test_poison_ends_in_a_checked_plan_and_a_certificate_that_holds(
    name: str, policy: Policy
) -> None:
    """Check 32: poisonous instances."""
    instance = POISON[name]()
    solution = solve(instance, policy, SolveLimits(time_limit_s=1.0, gap=0.001))
    assert solution.assignments is not None
    report = check(instance, solution.assignments)
    certificate = build_certificate(
        input_hash="sha256:0", policy=policy, horizon={}, solution=solution, report=report
    )
    assert report.ok
    assert find_false_claims(certificate, report, "sha256:0") == []


@pytest.mark.parametrize("name", ["minimum above all hours", "no budget left anywhere"])
def test_poison_without_any_usable_pair_is_proved_empty(name: str) -> None:
    solution = solve(POISON[name](), PEOPLE_FIRST, SolveLimits(time_limit_s=10))
    assert solution.status is Status.OPTIMAL
    assert solution.assignments is not None
    assert len(solution.assignments) == 0


def test_bound_of_a_contractor_with_a_billion_project_sets_needs_no_list_of_them() -> None:
    problem = build_open_problem(build_wide(2_000))
    tiers = dict.fromkeys(Tier, 0.0) | {Tier.HOURS: 1.0}
    prices = build_zero_prices(problem, tiers)
    assert prove(Resources(problem), prices, Goal(Tier.HOURS, {})).bound == 3 * 5 * 10


def test_project_sets_of_one_contractor_are_all_choices_in_order() -> None:
    problem = build_open_problem(build_wide(7))
    for size in (1, 2, 3):
        members = build_project_sets(problem, size).members
        grid = np.indices((7,) * size).reshape(size, -1).T
        assert members.tolist() == grid[(np.diff(grid, axis=1) > 0).all(axis=1)].tolist()


def test_checker_names_each_broken_wall_once_however_many_there_are() -> None:
    instance = build_wide(400, 3, num_clients=400)
    report = check(instance, build_plan((0, 7, 5), (0, 3, 5), (0, 11, 5)))
    assert [violation.sentence for violation in report.violations] == [
        f"contractor c0 works on project p{one} and project p{other}, whose clients compete"
        for one, other in [(3, 7), (3, 11), (7, 11)]
    ]


def test_walls_hold_for_a_contractor_modelled_the_compact_way() -> None:
    walled = build_wide(12, 12, num_clients=3)
    solution = solve(walled, CLIENTS_FIRST, SolveLimits(time_limit_s=20, gap=0.0))
    assert solution.status is Status.OPTIMAL
    assert solution.tiers[0].reached == 4 * 5 * 10
