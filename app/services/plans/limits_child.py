"""The process that finds what limits a plan: bottlenecks by price, and what would help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from app.models import PlanRun, Proposal
from app.services.drills.drill_child import describe_unlock
from app.services.plans.child_limits import Failed, limit_child
from app.services.plans.plan_loading import get_settings, load_planning_roster
from app.services.plans.policy_roster import find_left_out
from solver.build import PlanProblem, build_instance
from solver.errors import SolverError
from solver.explanation.bottlenecks import Bottleneck, Resource, list_bottlenecks
from solver.explanation.grouped_unlocks import list_grouped_unlocks
from solver.explanation.price_estimate import compute_prices
from solver.explanation.standing import StandingPlan, build_standing_plan
from solver.policy import Tier
from solver.request import PlanRow
from solver.result import Assignments
from solver.search.cp_run import RunLimits
from solver.usage import find_pairs

SECONDS = 60.0
_UNLOCK_LIMITS = RunLimits(seconds=1.0)
_MOST_VERIFIED = 8
_MOST_SHOWN = 12


@dataclass(frozen=True)
class LimitFigures:
    """What is kept; the fields are those of `app.models.PlanLimits`."""

    bottlenecks: list[dict[str, Any]]
    unlocks: list[dict[str, Any]]


def find_limits_in_child(
    database_url: str, plan_run_id: int, memory_mb: int, pipe: Connection
) -> None:
    """Send `LimitFigures` or `Failed` of a plan run through `pipe`."""
    limit_child(memory_mb, pipe)
    try:
        problem, rows, left_out = _load(database_url, plan_run_id)
        pipe.send(build_limit_figures(problem, rows, left_out))
    except MemoryError:
        pipe.send(Failed(f"The search for limits needed more than its {memory_mb} MB of memory."))
    except SolverError as error:
        pipe.send(Failed(f"The optimiser refused: {error}"))


def build_limit_figures(
    problem: PlanProblem, rows: tuple[PlanRow, ...], left_out: Mapping[str, str]
) -> LimitFigures:
    """Return what limits the plan of these rows beside its pins.

    A row that the present roster does not allow any more is left out.

    left_out  codenames by id of the projects that the policy excludes
    """
    plan = _build_plan(problem, rows)
    prices = compute_prices(plan, problem.request.policy)
    unlocks = list_grouped_unlocks(
        problem, plan, most_verified=_MOST_VERIFIED, limits=_UNLOCK_LIMITS
    )
    ranked = sorted(unlocks, key=lambda one: (not one.verified, -one.hours_per_week, one.sentence))
    bottlenecks = [_describe(problem, one, left_out) for one in list_bottlenecks(plan, prices)]
    bottlenecks.sort(key=lambda one: (-one["worth_people"], -one["worth_hours"], one["codename"]))
    return LimitFigures(
        bottlenecks[:_MOST_SHOWN],
        [describe_unlock(one, left_out) for one in ranked[:_MOST_SHOWN]],
    )


def _load(
    database_url: str, plan_run_id: int
) -> tuple[PlanProblem, tuple[PlanRow, ...], dict[str, str]]:
    database = Database(database_url)
    with database.session() as session:
        # One snapshot for all tables: a decision in between must not count twice.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        run = session.get_one(PlanRun, plan_run_id)
        roster, request = load_planning_roster(session, run)
        rows = _list_proposed(session, plan_run_id)
        left_out = find_left_out(roster, get_settings(run))
    database.dispose()
    return build_instance(roster, request), rows, left_out


def _list_proposed(session: Session, plan_run_id: int) -> tuple[PlanRow, ...]:
    """Return what the run still proposes; what was approved is pinned in the request."""
    found = session.execute(
        select(Proposal.contractor_id, Proposal.project_id, Proposal.hours_per_week)
        .where(Proposal.plan_run_id == plan_run_id, Proposal.status == "proposed")
        .order_by(Proposal.id)
    )
    return tuple((who, where, hours) for who, where, hours in found)


def _build_plan(problem: PlanProblem, rows: tuple[PlanRow, ...]) -> StandingPlan:
    instance = problem.instance
    contractors, projects = problem.idx_by_contractor_id, problem.idx_by_project_id
    proposed = [
        (contractors[who], projects[where], hours)
        for who, where, hours in rows
        if who in contractors and where in projects
    ]
    known = Assignments.build(proposed)
    allowed = (find_pairs(instance, known) >= 0).tolist()
    kept = [row for row, is_allowed in zip(known.rows(), allowed, strict=True) if is_allowed]
    pins = Assignments.build([tuple(row) for row in instance.pins.tolist()])
    return build_standing_plan(instance, Assignments.build([*pins.rows(), *kept]))


def _describe(problem: PlanProblem, one: Bottleneck, left_out: Mapping[str, str]) -> dict[str, Any]:
    """Return a bottleneck in plain values; worth is what `amount` more would bring."""
    project = problem.context.projects.iloc[one.project_idx]
    currency = str(project["currency"]) if one.resource is Resource.BUDGET else ""
    weeks = problem.instance.weeks
    worth_hours = one.worth.get(Tier.HOURS, 0.0)
    return {
        "resource": one.resource.value,
        "project_id": str(project["project_id"]),
        "codename": str(project["codename"]),
        "amount": one.amount,
        "currency": currency,
        "left": one.left,
        "left_out": str(project["project_id"]) in left_out,
        "worth_people": round(one.worth.get(Tier.COVERAGE, 0.0), 2),
        "worth_hours": round(worth_hours / (5 * weeks * max(1, int(project["priority"]))), 1),
    }
