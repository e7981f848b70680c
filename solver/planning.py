"""The whole pipeline: Roster -> Instance -> tiers -> checker -> certificate -> proposals.

What other code calls:

- `PlanRequest(scope, pause_date, policy, weeks=8, pinned=(), rejected=frozenset(), baseline=())`
  of `solver.request`
- `make_plan(roster, request, limits, control) -> Plan`
- `Plan`: request, problem, solution, report, certificate, proposals, unplaced, summary
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from solver.build import PlanProblem, build_instance
from solver.certificate import build_certificate, find_false_claims, hash_instance
from solver.checker import CheckReport, Violation, check
from solver.checker_people import find_people_violations
from solver.checker_rules import find_rule_violations
from solver.errors import PlanRejected
from solver.proposals import build_proposals, build_unplaced
from solver.request import PlanRequest
from solver.result import Assignments, Control, Solution, SolveLimits
from solver.roster import Roster
from solver.search import solve
from solver.summary import PlanSummary, build_summary
from solver.usage import find_pairs


@dataclass(frozen=True, eq=False)
class Plan:
    """A checked plan and all that is said about it.

    report       the independent checker's verdict; None when no plan was found in time
    certificate  what `certificate.json` holds (data-format.md, section 4)
    proposals    contractor_id, project_id, hours_per_week, starts_on, ends_on, fit,
                 pay_rate_cents, previous_pay_rate_cents, from_projects (ids joined by |),
                 restored_hour_weeks; pinned assignments are not proposed again
    unplaced     contractor_id, lost_hours, restored_hours, floor_hours, covered, blocker
                 (rule code, `capacity` or `away`), nearest_project (id, "" if none), unlock
    """

    request: PlanRequest
    problem: PlanProblem
    solution: Solution
    report: CheckReport | None
    certificate: dict[str, object]
    proposals: pd.DataFrame
    unplaced: pd.DataFrame
    summary: PlanSummary


def make_plan(roster: Roster, request: PlanRequest, limits: SolveLimits, control: Control) -> Plan:
    """Return the best plan found for the pause, checked.

    Without a plan in time `solution.assignments` is None, `proposals` is empty, and
    `unplaced` and `summary` tell what the pinned assignments alone restore.

    Raises InvalidInput when the roster or the request breaks its contract, PlanRejected
    when the plan fails the checker, the rules, or its own certificate.
    """
    problem = build_instance(roster, request)
    instance = problem.instance
    baseline = _build_baseline(problem)
    solution = solve(instance, request.policy, limits, control, baseline=baseline)
    input_hash = hash_instance(instance, request.policy)
    report = None if solution.assignments is None else check(instance, solution.assignments)
    certificate = build_certificate(
        input_hash=input_hash,
        policy=request.policy,
        horizon=_describe_horizon(problem),
        solution=solution,
        report=report,
    )
    if solution.assignments is None or report is None:
        assignments = Assignments.build([tuple(row) for row in instance.pins.tolist()])
    else:
        assignments = solution.assignments
        _reject_unless_sound(problem, assignments, report, certificate, input_hash)
    unplaced = build_unplaced(problem, assignments)
    return Plan(
        request=request,
        problem=problem,
        solution=solution,
        report=report,
        certificate=certificate,
        proposals=build_proposals(problem, assignments),
        unplaced=unplaced,
        summary=build_summary(problem, assignments, unplaced, solution.tiers),
    )


def _build_baseline(problem: PlanProblem) -> Assignments | None:
    """Return the earlier proposals whose pair is still eligible; None when none is.

    A recall without earlier proposals starts from the places of today.
    """
    instance, rows = problem.instance, problem.request.baseline
    if not rows and len(problem.today):
        return Assignments.build([tuple(row) for row in problem.today.tolist()])
    contractors, projects = problem.idx_by_contractor_id, problem.idx_by_project_id
    known = Assignments.build(
        [
            (contractors[contractor_id], projects[project_id], hours)
            for contractor_id, project_id, hours in rows
            if contractor_id in contractors and project_id in projects
        ]
    )
    kept = np.flatnonzero(find_pairs(instance, known) >= 0).tolist()
    if not kept:
        return None
    table = known.rows()
    return Assignments.build([table[row] for row in kept])


def _describe_horizon(problem: PlanProblem) -> dict[str, object]:
    """Return what the certificate says about the weeks and the pause."""
    horizon, request = problem.horizon, problem.request
    weeks: dict[str, object] = {
        "weeks": horizon.weeks,
        "starts_on": horizon.starts_on.isoformat(),
        "ends_on": horizon.ends_on.isoformat(),
    }
    projects = list(request.scope.project_ids)
    if request.paused_since is None:
        return weeks | {"pause_date": request.pause_date.isoformat(), "paused_projects": projects}
    return weeks | {
        "paused_since": request.paused_since.isoformat(),
        "resumed_on": request.pause_date.isoformat(),
        "resumed_projects": projects,
    }


def _reject_unless_sound(
    problem: PlanProblem,
    assignments: Assignments,
    report: CheckReport,
    certificate: Mapping[str, object],
    input_hash: str,
) -> None:
    """Raise PlanRejected unless constraints, rules and claimed values all hold.

    A pinned pair is exempt from the rules: a person approved it before. So is a place of
    today in a recall: it is no new work.
    """
    instance = problem.instance
    fixed = [*instance.pins.tolist(), *problem.today.tolist()]
    exempt = {(contractor, project) for contractor, project, _ in fixed}
    named = {
        (contractor, project): (instance.contractor_ids[contractor], instance.project_ids[project])
        for contractor, project, _ in assignments.rows()
    }
    planned_pairs = list(named.values())
    new_pairs = [pair for place, pair in named.items() if place not in exempt]
    violations: list[Violation] = [
        *report.violations,
        *find_rule_violations(problem.roster, problem.request, new_pairs),
        *find_people_violations(problem.roster, problem.request, planned_pairs),
        *find_false_claims(certificate, report, input_hash),
    ]
    if violations:
        raise PlanRejected(tuple(violation.sentence for violation in violations))
