"""The recall plan: who returns to a resumed project, and what the others lose by it.

It is the plan of a request with `paused_since`: the same model, in which the resumed
projects' demand is open again and the places of today may be left at a switching cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from solver.build import PlanProblem
from solver.errors import InvalidInput, Problem
from solver.planning import Plan, make_plan
from solver.request import PlanRequest
from solver.result import Assignments, Control, SolveLimits
from solver.roster import Roster

CHANGE_COLUMNS = ("contractor_id", "project_id", "change", "hours_today", "hours_per_week")


class Change(StrEnum):
    """What becomes of one contractor on one project."""

    RETURNS = "returns"
    MOVES = "moves"
    STAYS = "stays"
    CHANGES_HOURS = "changes hours"
    LEAVES = "leaves"


@dataclass(frozen=True, eq=False)
class RecallPlan:
    """A checked recall plan.

    plan     its proposals are the new places only
    changes  CHANGE_COLUMNS, a row for each place of today and each new one; hours a week,
             0 where there are none. `returns` = to a resumed project, `moves` = to another
    """

    plan: Plan
    changes: pd.DataFrame

    def list_losses(self) -> dict[str, int]:
        """Return by project id the weekly hours that a project loses, where it does."""
        difference = self.changes["hours_today"] - self.changes["hours_per_week"]
        lost = difference.groupby(self.changes["project_id"]).sum()
        return {str(project): int(hours) for project, hours in lost.items() if hours > 0}


def make_recall_plan(
    roster: Roster, request: PlanRequest, limits: SolveLimits, control: Control
) -> RecallPlan:
    """Return the best recall plan found, checked; without one in time nothing changes.

    Raises what `make_plan` raises, and InvalidInput unless `request.paused_since` is given
    and before the day of the resume.
    """
    if request.paused_since is None or request.paused_since >= request.pause_date:
        raise InvalidInput(
            [
                Problem(
                    "paused since", str(request.paused_since), f"a day before {request.pause_date}"
                )
            ]
        )
    plan = make_plan(roster, request, limits, control)
    assignments = plan.solution.assignments
    if assignments is None:
        assignments = Assignments.build([tuple(row) for row in plan.problem.today.tolist()])
    return RecallPlan(plan, build_changes(plan.problem, assignments))


def build_changes(problem: PlanProblem, assignments: Assignments) -> pd.DataFrame:
    """Return a row for each place of today and each new one, in CHANGE_COLUMNS."""
    instance = problem.instance
    today = {(one, project): hours for one, project, hours in problem.today.tolist()}
    pinned = {(one, project) for one, project, _ in instance.pins.tolist()}
    planned = {(one, project): hours for one, project, hours in assignments.rows()}
    resumed = set(problem.request.scope.project_ids)
    rows = []
    for one, project in sorted((today.keys() | planned.keys()) - pinned):
        before, after = today.get((one, project), 0), planned.get((one, project), 0)
        project_id = instance.project_ids[project]
        change = _name_change(before, after, is_resumed=project_id in resumed)
        rows.append((instance.contractor_ids[one], project_id, change.value, before, after))
    return pd.DataFrame(rows, columns=list(CHANGE_COLUMNS)).astype(
        {
            "contractor_id": "str",
            "project_id": "str",
            "change": "str",
            "hours_today": "int64",
            "hours_per_week": "int64",
        }
    )


def _name_change(before: int, after: int, *, is_resumed: bool) -> Change:
    if not before:
        return Change.RETURNS if is_resumed else Change.MOVES
    if not after:
        return Change.LEAVES
    return Change.STAYS if before == after else Change.CHANGES_HOURS
