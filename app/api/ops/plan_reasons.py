"""Why a plan is as it is: what it would take to do better, and why each proposal."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import PLAN, READ_OPS
from app.api.schemas import build_items, build_schema, nest
from app.api.sessions import get_session
from app.errors import NotFound
from app.services.desk.explanations import ExplanationView, find_explanation
from app.services.desk.plans import get_run
from app.services.desk.proposals import ProposalRow, get_proposal, list_other_places
from app.services.desk.unplaced import BlockerGroup, list_blockers
from app.services.plans.plan_limits import LimitsPage, find_limits, request_limits
from app.services.review.review_blockers import BlockedProject, list_blocked_projects

desk = Desk("reasons", "Why a plan is as it is, and what would help.")

LimitsSchema = build_schema(LimitsPage, name="PlanLimits")


class ExplanationSchema(Schema):
    """Why a proposal, and what else it could have been; null where that was not kept."""

    proposal_id = fields.Integer(required=True)
    explanation = nest(build_schema(ExplanationView, name="Explanation"), allow_none=True)


@desk.operation("GET", "/plans/<int:run_id>/limits", READ_OPS, LimitsSchema)
def get_limits(run_id: int) -> LimitsPage:
    """Read what limits a plan, once somebody has asked for it."""
    get_run(get_session(), run_id)
    return _get_limits(run_id)


@desk.operation("POST", "/plans/<int:run_id>/limits", PLAN, LimitsSchema, status=202)
def order_limits(run_id: int) -> LimitsPage:
    """Have a worker find what limits the plan as it stands now."""
    request_limits(get_session(), actor=get_actor(), plan_run_id=run_id)
    return _get_limits(run_id)


@desk.operation(
    "GET", "/plans/<int:run_id>/blockers", READ_OPS, build_items(build_schema(BlockerGroup))
)
def count_blockers_of_plan(run_id: int) -> dict[str, Any]:
    """Count the people below their lost hours by what stands in their way."""
    get_run(get_session(), run_id)
    return {"items": list_blockers(get_session(), run_id)}


@desk.operation("GET", "/proposals/<int:proposal_id>/explanation", READ_OPS, ExplanationSchema)
def get_explanation(proposal_id: int) -> dict[str, Any]:
    """Read what a proposal adds to the goals, and its runners-up."""
    page = get_proposal(get_session(), proposal_id)
    found = find_explanation(get_session(), page.plan_run_id, page.row.contractor_id)
    return {"proposal_id": proposal_id, "explanation": found}


@desk.operation(
    "GET",
    "/proposals/<int:proposal_id>/other-places",
    READ_OPS,
    build_items(build_schema(ProposalRow)),
)
def list_other_proposals(proposal_id: int) -> dict[str, Any]:
    """List the other proposals of the same plan for the same contractor."""
    page = get_proposal(get_session(), proposal_id)
    return {"items": list_other_places(get_session(), page.row, page.plan_run_id)}


@desk.operation(
    "GET",
    "/proposals/<int:proposal_id>/blockers",
    READ_OPS,
    build_items(build_schema(BlockedProject)),
)
def list_blockers_of_proposal(proposal_id: int) -> dict[str, Any]:
    """List the nearest projects that refuse the contractor, and why."""
    return {"items": list_blocked_projects(get_session(), proposal_id)}


def _get_limits(run_id: int) -> LimitsPage:
    found = find_limits(get_session(), run_id)
    if found is None:
        raise NotFound("limits", run_id)
    return found
