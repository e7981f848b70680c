"""What pins and fixed assignments leave."""

from __future__ import annotations

import numpy as np

from solver.instance import NO_CLIENT, NO_LIMIT
from solver.model.open_problem import build_open_problem, reserve
from tests.solver.instances import Contractor, Project, build_instance


def test_pin_uses_up_its_resources_and_closes_its_pair() -> None:
    instance = build_instance(
        [Contractor(lost_hours=10, floor_hours=8, max_projects=2, avail_days=(5, 3))] * 2,
        [
            Project(open_hours=(20, 20), seats=2, budget_cents=2_000, active=(True, False)),
            Project(),
        ],
        pins=[(0, 0, 6)],
    )
    problem = build_open_problem(instance)
    assert problem.week_hours.tolist() == [[4, 10], [10, 10]]
    assert problem.projects_left.tolist() == [1, 2]
    assert problem.days_needed.tolist() == [8 * 8 - 6 * 5, 8 * 8]
    assert problem.hour_days.tolist() == [[100 - 6 * 5, 100], [500, 500]]
    assert problem.seats.tolist() == [1, NO_LIMIT]
    assert problem.budget_cents.tolist() == [2_000 - 600, NO_LIMIT]
    pairs = list(zip(problem.contractor.tolist(), problem.project.tolist(), strict=True))
    assert pairs == [(0, 1), (1, 0), (1, 1)]
    assert problem.max_hours.tolist() == [4, 10, 10]


def test_hours_are_cut_to_what_is_open_and_affordable() -> None:
    instance = build_instance(
        [Contractor(lost_hours=40, avail_days=(5, 2))],
        [Project(open_hours=(30, 3)), Project(budget_cents=950), Project(max_hours=12)],
    )
    assert build_open_problem(instance).max_hours.tolist() == [7, 9, 12]


def test_pairs_that_can_never_be_used_are_dropped() -> None:
    instance = build_instance(
        [Contractor(lost_hours=4, floor_hours=4), Contractor(avail_days=(0, 5))],
        [Project(min_hours=5), Project(seats=0), Project(active=(True, False))],
    )
    problem = build_open_problem(instance)
    pairs = list(zip(problem.contractor.tolist(), problem.project.tolist(), strict=True))
    assert pairs == [(0, 2), (1, 0)]


def test_pairs_across_a_wall_from_a_fixed_one_are_dropped() -> None:
    instance = build_instance(
        [Contractor()] * 2,
        [Project(client=0), Project(client=1), Project(client=2)],
        walls=[(0, 1)],
    )
    problem = build_open_problem(instance)
    hours = np.array([2, 0, 0, 0, 0, 0])
    left, pairs = reserve(problem, hours, hours == 0)
    assert pairs.tolist() == [2, 3, 4, 5]
    assert left.contractor.tolist() == [0, 1, 1, 1]


def test_find_pairs_knows_what_is_not_there() -> None:
    instance = build_instance([Contractor()] * 2, [Project()] * 2, [(0, 1, 1, 1), (1, 0, 1, 1)])
    problem = build_open_problem(instance)
    found = problem.find_pairs(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    assert found.tolist() == [-1, 0, 1, -1]


def test_walls_close_exactly_the_pairs_of_competing_clients_of_the_same_contractor() -> None:
    closed = 0
    for number in range(60):
        random = np.random.default_rng(number)
        walls = [
            (one, other) for other in range(4) for one in range(other) if random.random() < 0.3
        ]
        projects = [Project(client=int(random.integers(NO_CLIENT, 4))) for _ in range(7)]
        clients = max(project.client for project in projects)
        walls = [(one, other) for one, other in walls if other <= clients]
        eligible = [
            (one, other, 1, 1) for one in range(5) for other in range(7) if random.random() < 0.7
        ]
        instance = build_instance(
            [Contractor(lost_hours=100, max_projects=99)] * 5, projects, eligible, walls=walls
        )
        problem = build_open_problem(instance)
        hours = (random.random(problem.num_pairs) < 0.3).astype(np.int64)
        free = random.random(problem.num_pairs) < 0.7
        apart = {frozenset(wall) for wall in walls}
        fixed = np.flatnonzero((hours > 0) & ~free).tolist()
        expected = [
            pair
            for pair in np.flatnonzero(free).tolist()
            if not any(
                problem.contractor[pair] == problem.contractor[other]
                and frozenset(instance.client[problem.project[[pair, other]]].tolist()) in apart
                for other in fixed
            )
        ]
        left, pairs = reserve(problem, hours, free)
        assert pairs.tolist() == expected
        assert left.project.tolist() == problem.project[expected].tolist()
        closed += int(free.sum()) - len(expected)
    assert closed > 50
