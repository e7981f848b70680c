"""The two tables that leave a plan run (data-format.md, section 4)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from solver.build import PlanProblem
from solver.columns import FOREVER_DAY
from solver.explain import AWAY, EXTRA_SENTENCES, explain_shortfalls
from solver.instance import WORKDAYS_PER_WEEK, IntArray
from solver.result import Assignments
from solver.usage import build_usage, find_pairs

PROPOSAL_COLUMNS = (
    "contractor_id",
    "project_id",
    "hours_per_week",
    "starts_on",
    "ends_on",
    "fit",
    "pay_rate_cents",
    "previous_pay_rate_cents",
    "from_projects",
    "restored_hour_weeks",
)

UNPLACED_COLUMNS = (
    "contractor_id",
    "lost_hours",
    "restored_hours",
    "floor_hours",
    "covered",
    "blocker",
    "nearest_project",
    "unlock",
)


def build_proposals(problem: PlanProblem, assignments: Assignments) -> pd.DataFrame:
    """Return a row for each new assignment, in PROPOSAL_COLUMNS.

    Pinned ones are left out, and the places of today that a recall keeps.

    Money in cents per hour; from_projects are ids joined by |; ends_on NaT if open-ended;
    restored_hour_weeks: hours over the horizon, leave left out, in hours.
    """
    instance, affected, context = problem.instance, problem.affected, problem.context
    held = [*instance.pins.tolist(), *problem.today.tolist()]
    known = {(contractor, project) for contractor, project, _ in held}
    rows = [row for row in assignments.rows() if row[:2] not in known]
    new = Assignments.build(rows)
    contractor, project = new.contractor, new.project
    pair = find_pairs(instance, new)
    hour_days = instance.pair_days[pair] * new.hours_per_week
    return pd.DataFrame(
        {
            "contractor_id": _take(affected.contractor_ids, contractor),
            "project_id": _take(instance.project_ids, project),
            "hours_per_week": new.hours_per_week,
            "starts_on": _to_dates(context.start_day[project]),
            "ends_on": _to_dates(context.end_day[project]),
            "fit": instance.pair_fit[pair].astype(np.int64),
            "pay_rate_cents": instance.pair_rate_cents[pair].astype(np.int64),
            "previous_pay_rate_cents": affected.lost_rate_cents[contractor],
            "from_projects": pd.Series(
                ["|".join(affected.from_projects[idx]) for idx in contractor.tolist()], dtype="str"
            ),
            "restored_hour_weeks": hour_days / WORKDAYS_PER_WEEK,
        },
        columns=list(PROPOSAL_COLUMNS),
    )


def build_unplaced(problem: PlanProblem, assignments: Assignments) -> pd.DataFrame:
    """Return a row for each affected contractor below the lost hours, in UNPLACED_COLUMNS.

    restored_hours  per week, averaged over the contractor's workdays in the horizon, two
                    decimals rounded down
    blocker         a rule's code, `capacity`, or `away` for those on leave throughout, who
                    come last, restored 0 and not covered
    """
    instance, affected = problem.instance, problem.affected
    earned = build_usage(instance, assignments).earned
    shortfalls = explain_shortfalls(problem, assignments)
    below = np.array([shortfall.contractor_idx for shortfall in shortfalls], dtype=np.int64)
    days = instance.horizon_days[below]
    planned = {
        "contractor_id": _take(affected.contractor_ids, below).tolist(),
        "lost_hours": affected.lost_hours[below].tolist(),
        "restored_hours": (earned[below] * 100 // days / 100).tolist(),
        "floor_hours": affected.floor_hours[below].tolist(),
        "covered": (earned[below] >= affected.floor_hours[below] * days).tolist(),
        "blocker": [shortfall.blocker for shortfall in shortfalls],
        "nearest_project": [
            "" if shortfall.project_idx is None else instance.project_ids[shortfall.project_idx]
            for shortfall in shortfalls
        ],
        "unlock": [shortfall.unlock for shortfall in shortfalls],
    }
    away = [
        (person.contractor_id, person.lost_hours, 0.0, person.floor_hours, False, AWAY, "",
         EXTRA_SENTENCES[AWAY])
        for person in affected.away
    ]  # fmt: skip
    return pd.DataFrame(
        [*zip(*planned.values(), strict=True), *away], columns=list(UNPLACED_COLUMNS)
    ).astype(
        {
            "contractor_id": "str",
            "lost_hours": "int64",
            "restored_hours": "float64",
            "floor_hours": "int64",
            "covered": "bool",
            "blocker": "str",
            "nearest_project": "str",
            "unlock": "str",
        }
    )


def _take(texts: tuple[str, ...], positions: IntArray) -> pd.Series:
    return pd.Series([texts[idx] for idx in positions.tolist()], dtype="str")


def _to_dates(days: IntArray) -> pd.Series:
    """Return day numbers as datetime64[s]; FOREVER_DAY becomes NaT."""
    is_blank = days == FOREVER_DAY
    dates = np.where(is_blank, 0, days).astype("datetime64[D]").astype("datetime64[s]")
    return pd.Series(dates).mask(is_blank)
