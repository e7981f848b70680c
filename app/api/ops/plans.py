"""Plan runs: state, certificate, proposals, who stays without a place, and stopping one."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import PLAN, READ_OPS
from app.api.ops.proposal_query import ProposalQuery, build_filter
from app.api.pages import Cut, PageQuery
from app.api.schemas import build_choice, build_schema, build_text, nest_all
from app.api.sessions import get_session
from app.services.desk.plans import ProgressPoint, RunPage, get_run, list_progress
from app.services.desk.proposals import (
    ProposalPage,
    ProposalRow,
    get_proposal,
    list_proposals,
)
from app.services.desk.unplaced import BY_HAND, UnplacedRow, list_unplaced
from app.services.paging import Page, PageRequest
from app.services.plans.planning import stop_plan

desk = Desk("plans", "Plans of pauses: how far they are, what they propose, what they prove.")

RunSchema = build_schema(
    RunPage,
    name="PlanRun",
    # The certificate has an address of its own; the settings are those of the policy's page.
    leave_out=("certificate", "settings"),
)


class CertificateSchema(Schema):
    """What the plan proves of itself, as its checker confirmed; null until it has succeeded."""

    plan_run_id = fields.Integer(required=True)
    certificate = fields.Dict(required=True, allow_none=True)


class ProgressSchema(Schema):
    """Best values and bounds in order of time."""

    items = nest_all(build_schema(ProgressPoint))


class StopSchema(Schema):
    """How a run ends: with the best plan so far, or with nothing."""

    keep = fields.Boolean(required=True, truthy={True}, falsy={False})


class UnplacedQuery(PageQuery):
    """Narrows people below their lost hours."""

    text = build_text()
    blocker = fields.String(load_default="", validate=validate.Length(max=60))
    by_hand = build_choice(BY_HAND)


@desk.operation("GET", "/plans/<int:run_id>", READ_OPS, RunSchema)
def get_one_plan(run_id: int) -> RunPage:
    """Read one plan run."""
    return get_run(get_session(), run_id)


@desk.operation("GET", "/plans/<int:run_id>/certificate", READ_OPS, CertificateSchema)
def get_certificate(run_id: int) -> dict[str, Any]:
    """Read the certificate of a plan."""
    run = get_run(get_session(), run_id)
    return {"plan_run_id": run.run_id, "certificate": run.certificate}


@desk.operation("GET", "/plans/<int:run_id>/progress", READ_OPS, ProgressSchema)
def get_progress(run_id: int) -> dict[str, Any]:
    """Read how the solve has gone so far."""
    get_run(get_session(), run_id)
    return {"items": list_progress(get_session(), run_id)}


@desk.operation("POST", "/plans/<int:run_id>/stop", PLAN, RunSchema, body=StopSchema)
def stop_one_plan(body: dict[str, Any], run_id: int) -> RunPage:
    """End a run now: with the best plan so far (`keep`), or with nothing."""
    stop_plan(get_session(), actor=get_actor(), plan_run_id=run_id, keep=body["keep"])
    return get_run(get_session(), run_id)


@desk.listing(
    "/plans/<int:run_id>/proposals",
    READ_OPS,
    build_schema(ProposalRow),
    Cut("proposal_id", int),
    query=ProposalQuery,
)
def list_proposals_of_plan(
    filters: dict[str, Any], page: PageRequest, run_id: int
) -> Page[ProposalRow]:
    """List the proposals of a plan, narrowed by the filter of the review desk."""
    get_run(get_session(), run_id)
    return list_proposals(get_session(), run_id, build_filter(filters), page)


@desk.listing(
    "/plans/<int:run_id>/unplaced",
    READ_OPS,
    build_schema(UnplacedRow),
    Cut("contractor_id", str),
    query=UnplacedQuery,
)
def list_unplaced_of_plan(
    filters: dict[str, Any], page: PageRequest, run_id: int
) -> Page[UnplacedRow]:
    """List whom a plan leaves below their lost hours, with what stands in the way."""
    get_run(get_session(), run_id)
    return list_unplaced(get_session(), run_id, **filters, page=page)


@desk.operation("GET", "/proposals/<int:proposal_id>", READ_OPS, build_schema(ProposalPage))
def get_one_proposal(proposal_id: int) -> ProposalPage:
    """Read one proposal with what a manager weighs before deciding."""
    return get_proposal(get_session(), proposal_id)
