"""Why each proposal, and what else it could have been: worked out where the plan is still whole.

The drawer of a proposal must open at once, and these numbers need the whole problem in memory:
so the solving process computes them for everybody with a proposal and sends them along.
"""

from __future__ import annotations

import time
from typing import Any

from solver.explanation.contributions import Contribution, compute_contributions
from solver.explanation.price_estimate import PlanPrices, compute_prices
from solver.explanation.runner_ups import RunnerUp, list_runner_ups
from solver.explanation.standing import StandingPlan, build_standing_plan
from solver.planning import Plan
from solver.policy import Tier

MOST_RUNNER_UPS = 5
MOST_SECONDS, MOST_SECONDS_EACH = 20.0, 0.002
"""Processor time that explaining may take, in all or for each contractor, whichever is more.

Whoever is left over has no runner-ups in the drawer.
"""

_PRICE_STEPS = 40
_WORKDAYS = 5


def build_explanations(plan: Plan) -> list[dict[str, Any]]:
    """Return rows of `explanations`, without plan_run_id, for those with a proposal."""
    if plan.solution.assignments is None:
        return []
    begun = time.process_time()
    standing = build_standing_plan(plan.problem.instance, plan.solution.assignments)
    prices = compute_prices(standing, plan.request.policy, steps=_PRICE_STEPS)
    place = plan.problem.idx_by_contractor_id
    rows = []
    people = dict.fromkeys(plan.proposals["contractor_id"].tolist())
    most_seconds = max(MOST_SECONDS, MOST_SECONDS_EACH * len(people))
    for contractor_id in people:
        if time.process_time() - begun > most_seconds:
            break
        content = _explain(plan, standing, prices, place[contractor_id])
        rows.append({"contractor_id": contractor_id, "content": content})
    return rows


def _explain(
    plan: Plan, standing: StandingPlan, prices: PlanPrices, contractor_idx: int
) -> dict[str, Any]:
    values = compute_contributions(standing, contractor_idx)
    runner_ups = list_runner_ups(
        standing, plan.request.policy.tiers, contractor_idx, prices=prices, most_resolved=0
    )
    days = int(plan.problem.instance.horizon_days[contractor_idx])
    return {
        "hours_back": round(values.earned / days, 1) if days else 0.0,
        "floor_hours": int(plan.problem.instance.floor_hours[contractor_idx]),
        "parts": [_describe_part(plan, row) for row in values.rows],
        "num_eligible": len(runner_ups) + len(values.rows),
        "runner_ups": [_describe_runner_up(plan, one) for one in runner_ups[:MOST_RUNNER_UPS]],
    }


def _describe_part(plan: Plan, row: Contribution) -> dict[str, Any]:
    return {
        "project_id": plan.problem.instance.project_ids[row.project_idx],
        "hour_weeks": row.hour_days / _WORKDAYS,
        "priority": row.priority,
        "fit": row.fit,
        "covers": bool(row.values[Tier.COVERAGE]),
        "pinned": row.is_pinned,
    }


def _describe_runner_up(plan: Plan, one: RunnerUp) -> dict[str, Any]:
    """Hours and fit of a change count hour-weeks, as on every page."""
    change = {
        tier.value: round(value if tier is Tier.COVERAGE else value / _WORKDAYS, 2)
        for tier, value in (one.change or {}).items()
    }
    return {
        "project_id": plan.problem.instance.project_ids[one.project_idx],
        "fit": one.fit,
        "rate_cents": one.rate_cents,
        "hours_instead": one.hours_instead,
        "hours_on_top": one.hours_on_top,
        "basis": one.basis.name.lower(),
        "change": change,
    }
