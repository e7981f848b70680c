"""One contractor and one project: the case that a rule's tests turn on.

C1 works for client K0 on project P0, which is paused on Wednesday 2026-11-18; P1 of client
K1 is open. The horizon is Monday 2026-11-23 to Sunday 2027-01-17.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from solver.affected import build_scope
from solver.build import PlanProblem, build_instance
from solver.checker_rules import find_rule_violations
from solver.policy import PEOPLE_FIRST, Policy
from solver.request import PairId, PlanRequest
from solver.rules.rule import Refusal
from tests.factories import Row, make_roster

PAUSE_DATE = date(2026, 11, 18)
FIRST_DAY = date(2026, 11, 23)
LAST_DAY = date(2027, 1, 17)


def make_pair_problem(
    *,
    contractor: Row | None = None,
    project: Row | None = None,
    lost: Row | None = None,
    asked: Iterable[Row] = (),
    held: Iterable[Row] = (),
    walls: Iterable[Row] = (),
    more_projects: Iterable[Row] = (),
    more_assignments: Iterable[Row] = (),
    policy: Policy = PEOPLE_FIRST,
    rejected: Iterable[PairId] = (),
    pause_date: date = PAUSE_DATE,
) -> PlanProblem:
    """Return the case; each row changes the one named, `lost` being the assignment on P0."""
    roster = make_roster(
        clients=[{"client_id": name} for name in ("K0", "K1", "K2")],
        walls=walls,
        projects=[
            {"project_id": "P0", "client_id": "K0"},
            {"project_id": "P1", "client_id": "K1", **(project or {})},
            *more_projects,
        ],
        project_skills=[{"project_id": "P1", **row} for row in asked],
        contractors=[{"contractor_id": "C1", **(contractor or {})}],
        contractor_skills=[{"contractor_id": "C1", **row} for row in held],
        assignments=[
            {"contractor_id": "C1", "project_id": "P0", **(lost or {})},
            *({"contractor_id": "C1", **row} for row in more_assignments),
        ],
    )
    scope = build_scope(roster, codenames=["Code P0"])
    request = PlanRequest(scope, pause_date, policy, rejected=frozenset(rejected))
    return build_instance(roster, request)


def list_refusals(problem: PlanProblem) -> list[Refusal]:
    """Return what refuses C1 on P1, after asking the row-by-row verifier for the same rules."""
    refusals = problem.eligibility.list_refusals(0, 1)
    violations = find_rule_violations(problem.roster, problem.request, [("C1", "P1")])
    assert [refusal.code for refusal in refusals] == [one.code for one in violations]
    return refusals


def list_codes(problem: PlanProblem) -> list[str]:
    """Return the codes of the rules that refuse C1 on P1."""
    return [refusal.code for refusal in list_refusals(problem)]


def get_refusal(problem: PlanProblem) -> Refusal:
    """Return the one refusal of C1 on P1."""
    (refusal,) = list_refusals(problem)
    return refusal
