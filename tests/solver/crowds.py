"""Random markets of some two dozen contractors, in which every limit of projects is scarce."""

from __future__ import annotations

import numpy as np

from solver.checker import check
from solver.instance import NO_CLIENT, NO_LIMIT, Instance, IntArray
from solver.model.open_problem import OpenProblem
from solver.policy import Tier
from solver.result import Assignments, SolveLimits
from solver.search.clock import Clock
from solver.search.scoring import find_covered, score
from tests.solver.instances import Contractor, Project, build_instance


def draw_crowd(number: int) -> Instance:
    """Return the crowd of that number: 24 contractors and 6 projects over three weeks."""
    random = np.random.default_rng([4_099, number])
    contractors = [
        Contractor(
            lost_hours=int(random.integers(6, 21)),
            floor_hours=int(random.integers(0, 7)),
            max_projects=int(random.integers(1, 5)),
            avail_days=tuple(random.choice([5, 5, 5, 3, 0], 3).tolist()),
        )
        for _ in range(24)
    ]
    projects = [
        Project(
            open_hours=tuple(random.integers(10, 60, 3).tolist()),
            active=tuple((random.random(3) < 0.8).tolist()),
            seats=int(random.choice([NO_LIMIT, 2, 5])),
            min_hours=int(random.integers(1, 5)),
            max_hours=int(random.integers(5, 15)),
            budget_cents=int(random.choice([NO_LIMIT, 900, 3_000])),
            priority=int(random.integers(1, 6)),
            client=int(random.integers(NO_CLIENT, 3)),
        )
        for _ in range(6)
    ]
    pairs = [
        (one, other, int(random.integers(-5, 100)), int(random.integers(50, 150)))
        for one in range(24)
        for other in range(6)
        if random.random() < 0.7
    ]
    clients = max(project.client for project in projects)
    walls = [(0, 1)] if clients >= 1 else []
    return build_instance(
        contractors, projects, pairs, walls=walls, switch_cost=int(random.integers(0, 300))
    )


def build_clock(*, workers: int = 1, work: float = 20.0) -> Clock:
    """Return a clock that nothing but work ends."""
    limits = SolveLimits(time_limit_s=600, gap=0.0, workers=workers, work_limit=work)
    return Clock(limits, lambda: False)


def score_checked(problem: OpenProblem, hours: IntArray) -> dict[Tier, int]:
    """Return what an unpinned plan scores, after the checker found no fault with it."""
    used = np.flatnonzero(hours)
    columns = problem.contractor[used], problem.project[used], hours[used]
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    report = check(problem.instance, Assignments.build(rows))
    assert report.ok, report.violations
    scored = score(problem, hours)
    free = int((problem.days_needed <= 0).sum())
    assert scored[Tier.COVERAGE] == int(find_covered(problem, hours).sum())
    assert dict(report.values) == scored | {Tier.COVERAGE: scored[Tier.COVERAGE] + free}
    return scored
