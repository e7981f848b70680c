"""Plans to explain: the best ones of random tiny instances, and some of named rosters."""

from __future__ import annotations

from collections.abc import Iterable

from solver.affected import Scope
from solver.build import PlanProblem, build_instance
from solver.explanation.standing import StandingPlan, build_standing_plan
from solver.instance import Instance
from solver.policy import PEOPLE_FIRST, Policy
from solver.request import PairId, PlanRequest
from solver.result import Assignments, SolveLimits
from solver.search import solve
from tests.factories import Row, make_roster
from tests.solver.pairs import PAUSE_DATE

EXACT = SolveLimits(time_limit_s=60, gap=0.0, workers=1)


def solve_best(instance: Instance, policy: Policy = PEOPLE_FIRST) -> StandingPlan:
    """Return the best plan of a small instance."""
    solution = solve(instance, policy, EXACT)
    assert solution.assignments is not None
    return build_standing_plan(instance, solution.assignments)


def make_problem(
    projects: Iterable[Row],
    *,
    contractors: Iterable[Row] = ({},),
    project_skills: Iterable[Row] = (),
    contractor_skills: Iterable[Row] = (),
    walls: Iterable[Row] = (),
    rejected: Iterable[PairId] = (),
) -> PlanProblem:
    """Return C0, C1, ... with 20 hours a week each lost on P0; `projects` follow as P1, P2, ..."""
    people = [{"contractor_id": f"C{idx}", **row} for idx, row in enumerate(contractors)]
    roster = make_roster(
        clients=[{"client_id": name} for name in ("K1", "K2", "K3")],
        walls=walls,
        projects=[
            {"project_id": "P0"},
            *({"project_id": f"P{idx}", **row} for idx, row in enumerate(projects, start=1)),
        ],
        project_skills=project_skills,
        contractors=people,
        contractor_skills=contractor_skills,
        assignments=[
            {"contractor_id": row["contractor_id"], "project_id": "P0", "hours_per_week": 20}
            for row in people
        ],
    )
    request = PlanRequest(Scope(("P0",)), PAUSE_DATE, PEOPLE_FIRST, rejected=frozenset(rejected))
    return build_instance(roster, request)


def make_plan(problem: PlanProblem, *rows: tuple[int, int, int]) -> StandingPlan:
    """Return the plan of these rows (contractor index, project index, hours a week)."""
    return build_standing_plan(problem.instance, Assignments.build(list(rows)))
