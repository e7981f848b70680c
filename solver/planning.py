"""The whole pipeline: Roster -> Instance -> tiers -> checker -> certificate -> proposals.

What other code may call:

- `PlanRequest(scope, pause_date, policy, weeks=8, pinned=(), rejected=frozenset(), baseline=())`
  from `solver.request`
- `make_plan(roster, request, limits, control) -> Plan`
- `Plan`: request, problem, solution, report, certificate, proposals, unplaced, summary
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from solver.build import PlanProblem
from solver.checker import CheckReport
from solver.request import PlanRequest
from solver.result import Solution, TierResult


@dataclass(frozen=True)
class BlockerCount:
    """How many people below their lost hours one rule stops.

    code      a rule's code, or `capacity`, or `away`
    sentence  the rule in plain words
    """

    code: str
    sentence: str
    num_people: int


@dataclass(frozen=True)
class PlanSummary:
    """The plan in the numbers that a manager asks for first.

    num_affected         affected contractors, those away included
    num_away             of them on leave for the whole horizon, so not planned
    num_covered          of those planned, at or above their floor
    lost_hours           per week, those away included
    restored_hours       per week, averaged over each contractor's workdays in the horizon
    lost_hour_weeks      over the horizon, leave left out, of those planned
    restored_hour_weeks  over the horizon, leave left out; at most lost_hour_weeks
    tiers                value, bound, gap and why the search stopped, in the policy's order
    top_blockers         the rules that stop most people, the commonest first
    """

    num_affected: int
    num_away: int
    num_covered: int
    lost_hours: int
    restored_hours: float
    lost_hour_weeks: float
    restored_hour_weeks: float
    tiers: tuple[TierResult, ...]
    top_blockers: tuple[BlockerCount, ...]


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
    certificate: Mapping[str, object]
    proposals: pd.DataFrame
    unplaced: pd.DataFrame
    summary: PlanSummary
