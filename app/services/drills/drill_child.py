"""The process that drills one client: it reads the database, solves, and sends the figures back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Drill, DrillResult, Project
from app.services.plans.child_limits import Failed, limit_child
from app.services.plans.plan_loading import load_pause_roster
from app.services.plans.policy_roster import LEFT_OUT, apply_policy, find_left_out
from app.services.plans.policy_settings import read_settings
from solver.affected import Scope
from solver.errors import SolverError
from solver.explanation.capacity_candidates import CAPACITY
from solver.explanation.grouped_unlocks import list_grouped_unlocks
from solver.explanation.standing import build_standing_plan
from solver.explanation.unlock import GroupedUnlock
from solver.planning import Plan, make_plan
from solver.policy import Tier
from solver.request import PlanRequest
from solver.result import Control, SolveLimits
from solver.roster import Roster
from solver.search.cp_run import RunLimits

LIMITS = SolveLimits(time_limit_s=8.0, gap=0.01, workers=1, seed=1)
"""A plan good enough to know how bad a pause would be, one core, beside the work of the day."""

_UNLOCK_LIMITS = RunLimits(seconds=0.5)
_MOST_VERIFIED = 6
_MOST_UNLOCKS = 8
_NO_PAUSE = 0
"""No pause has this id: what any pause suspended counts as ended, and nothing is pinned."""


@dataclass(frozen=True)
class DrillFigures:
    """What is kept of a drill; the fields are those of `app.models.DrillResult`."""

    num_projects: int
    num_affected: int
    num_away: int
    num_coverable: int
    num_bound: int
    lost_hours: int
    restorable_hours: int
    lost_pay_cents: dict[str, int]
    unlocks: list[dict[str, Any]]


def drill_in_child(database_url: str, result_id: int, memory_mb: int, pipe: Connection) -> None:
    """Drill the client of a result and send `DrillFigures` or `Failed` through `pipe`."""
    should_stop = limit_child(memory_mb, pipe)
    try:
        roster, request, left_out = _load(database_url, result_id)
        limits = replace(LIMITS, memory_limit_mb=memory_mb // 2)
        plan = make_plan(roster, request, limits, Control(should_stop=should_stop.is_set))
        pipe.send(build_figures(plan, left_out))
    except MemoryError:
        pipe.send(Failed(f"The drill needed more than its {memory_mb} MB of memory."))
    except SolverError as error:
        pipe.send(Failed(f"The optimiser refused: {error}"))


def build_figures(plan: Plan, left_out: Mapping[str, str]) -> DrillFigures:
    """Take the figures out of the plan of an imagined pause.

    left_out  codenames by id of the projects that the policy excludes
    """
    summary, affected = plan.summary, plan.problem.affected
    coverage = next((tier for tier in summary.tiers if tier.tier is Tier.COVERAGE), None)
    num_planned = affected.num_contractors
    return DrillFigures(
        num_projects=len(plan.request.scope.project_ids),
        num_affected=summary.num_affected,
        num_away=summary.num_away,
        num_coverable=summary.num_covered,
        num_bound=num_planned if coverage is None else min(coverage.bound, num_planned),
        lost_hours=summary.lost_hours,
        restorable_hours=round(summary.restored_hours),
        lost_pay_cents=_sum_pay(plan),
        unlocks=[describe_unlock(unlock, left_out) for unlock in _list_unlocks(plan)],
    )


def _load(database_url: str, result_id: int) -> tuple[Roster, PlanRequest, dict[str, str]]:
    database = Database(database_url)
    with database.session() as session:
        # One snapshot for all tables: an import in between must not mix two states.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        result = session.get_one(DrillResult, result_id)
        drill = session.get_one(Drill, result.drill_id)
        day = drill.drilled_on
        settings = read_settings(drill.policy, drill.policy_settings)
        roster = apply_policy(load_pause_roster(session, _NO_PAUSE, day), settings)
        request = PlanRequest(
            scope=_load_scope(session, result.client_id),
            pause_date=day,
            policy=settings.aims,
            weeks=settings.weeks,
            rejected=_load_rejected(session),
        )
    database.dispose()
    return roster, request, find_left_out(roster, settings)


def _load_scope(session: Session, client_id: str) -> Scope:
    owned = select(Project.project_id).where(
        Project.client_id == client_id, Project.status == "open"
    )
    return Scope(tuple(session.scalars(owned.order_by(Project.project_id))))


def _load_rejected(session: Session) -> frozenset[tuple[str, str]]:
    rows = session.execute(text("SELECT contractor_id, project_id FROM rejected_pairs"))
    return frozenset((who, where) for who, where in rows)


def _sum_pay(plan: Plan) -> dict[str, int]:
    """Return the pay a week of the lost hours by currency, of those not away throughout."""
    affected = plan.problem.affected
    currencies = plan.problem.roster.contractors["currency"].to_numpy()[affected.contractor_row]
    pay: Counter[str] = Counter()
    for currency, cents in zip(currencies.tolist(), affected.paid_cents.tolist(), strict=True):
        pay[currency] += cents
    return dict(sorted(pay.items()))


def _list_unlocks(plan: Plan) -> list[GroupedUnlock]:
    """Return what would help most, the largest effect first."""
    if plan.solution.assignments is None:
        return []
    standing = build_standing_plan(plan.problem.instance, plan.solution.assignments)
    found = list_grouped_unlocks(
        plan.problem, standing, most_verified=_MOST_VERIFIED, limits=_UNLOCK_LIMITS
    )
    ranked = sorted(found, key=lambda one: (not one.verified, -one.hours_per_week, one.sentence))
    return ranked[:_MOST_UNLOCKS]


def describe_unlock(unlock: GroupedUnlock, left_out: Mapping[str, str]) -> dict[str, Any]:
    """Return what pages say of an unlock, in plain values.

    left_out  codenames by id of the projects that the policy excludes: the optimiser sees them
              full, and no more hours or seats would open them
    """
    code, sentence = unlock.code, unlock.sentence
    names = [left_out[one] for one in unlock.project_ids if one in left_out]
    if code == CAPACITY and names:
        code, sentence = LEFT_OUT, f"plan with a policy that does not leave out {', '.join(names)}"
    return {
        "code": code,
        "sentence": sentence,
        "hours_per_week": round(unlock.hours_per_week),
        "num_people": len(unlock.contractor_ids),
        "num_covered": unlock.num_covered or 0,
        "verified": unlock.verified,
    }
