"""Changes by hand: other hours or another project, pins, places that no plan made."""

from __future__ import annotations

from typing import Any

from flask import url_for
from marshmallow import Schema, fields, validate

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_actor, get_client_ids
from app.api.needs import READ_OPS, REVIEW
from app.api.pages import Cut, TextQuery
from app.api.schemas import TupleSchema, build_schema, build_text, build_version, nest_all
from app.api.sessions import get_session
from app.input_bounds import MOST_HOURS
from app.services.desk.places import list_demand, list_ranked_people
from app.services.desk.plans import get_run
from app.services.desk.projects import get_project
from app.services.desk.proposals import ProposalPage, get_proposal
from app.services.desk.unplaced import get_unplaced
from app.services.paging import Page, PageRequest, cut_page
from app.services.plans.open_demand import OpenDemand
from app.services.review.hand_changes import change_proposal, check_change, set_pin
from app.services.review.hand_places import add_place, check_place
from app.services.review.hand_verdicts import CheckedChange, Wish
from app.services.review.place_ranking import RankedPerson, RankedProject, rank_projects_for
from app.services.review.review_stale import ProposalVersion

desk = Desk("changes_by_hand", "Places that a person chooses, judged by every rule.")

VerdictSchema = build_schema(CheckedChange, name="Verdict")
ProposalSchema = build_schema(ProposalPage)


class HeldHoursSchema(TupleSchema):
    """Another place of a person in the plan, and its hours a week."""

    codename = fields.String(required=True)
    hours_per_week = fields.Integer(required=True)


RankedPersonSchema = build_schema(RankedPerson, more={"held": nest_all(HeldHoursSchema)})


class WishSchema(Schema):
    """A project and weekly hours."""

    project_id = build_text(required=True)
    hours_per_week = fields.Integer(required=True, validate=validate.Range(1, MOST_HOURS))


class HandChangeSchema(WishSchema):
    """What a proposal becomes; `reason` where a limit that may be overridden is broken."""

    reason = build_text()
    version = build_version()


class PinSchema(Schema):
    """Whether later plans leave a proposal as it is."""

    pinned = fields.Boolean(required=True, truthy={True}, falsy={False})
    version = build_version()


class NewPlaceSchema(WishSchema):
    """Whom to place where; `reason` where a limit that may be overridden is broken."""

    contractor_id = build_text(required=True)
    reason = build_text()


@desk.operation(
    "GET", "/proposals/<int:proposal_id>/change", REVIEW, VerdictSchema, query=WishSchema
)
def check_one_change(query: dict[str, Any], proposal_id: int) -> CheckedChange:
    """Say what rules, limits and goals make of a change; changes nothing."""
    return check_change(get_session(), proposal_id=proposal_id, **query)


@desk.operation(
    "POST", "/proposals/<int:proposal_id>/change", REVIEW, ProposalSchema, body=HandChangeSchema
)
def change_one_proposal(body: dict[str, Any], proposal_id: int) -> ProposalPage:
    """Give a proposal another project or other hours; it is pinned from then on."""
    change_proposal(
        get_session(),
        actor=get_actor(),
        wanted=ProposalVersion(proposal_id, body["version"]),
        project_id=body["project_id"],
        hours_per_week=body["hours_per_week"],
        reason=body["reason"],
    )
    return get_proposal(get_session(), proposal_id)


@desk.operation("POST", "/proposals/<int:proposal_id>/pin", REVIEW, ProposalSchema, body=PinSchema)
def pin_one_proposal(body: dict[str, Any], proposal_id: int) -> ProposalPage:
    """Keep later plans from changing a proposal, or let them."""
    wanted = ProposalVersion(proposal_id, body["version"])
    set_pin(get_session(), actor=get_actor(), wanted=wanted, pinned=body["pinned"])
    return get_proposal(get_session(), proposal_id)


@desk.listing(
    "/plans/<int:run_id>/open-demand",
    READ_OPS,
    build_schema(OpenDemand, more={"free_hours": fields.Integer(required=True)}),
    Cut("project_id", str),
    query=TextQuery,
)
def list_open_demand_of_plan(
    filters: dict[str, Any], page: PageRequest, run_id: int
) -> Page[OpenDemand]:
    """List the projects that take people, and what approved places and proposals leave."""
    return list_demand(get_session(), run_id, filters["text"], page, client_ids=get_client_ids())


@desk.listing(
    "/plans/<int:run_id>/open-demand/<path:project_id>",
    READ_OPS,
    RankedPersonSchema,
    Cut("rank", int),
    query=TextQuery,
)
def rank_people_for_project(
    filters: dict[str, Any], page: PageRequest, run_id: int, project_id: str
) -> Page[RankedPerson]:
    """Rank the people below their hours whom every rule lets go to a project."""
    session = get_session()
    get_run(session, run_id)
    get_project(session, project_id, today=get_today())
    return list_ranked_people(session, run_id, project_id, filters["text"], page)


@desk.listing(
    "/plans/<int:run_id>/places/<path:contractor_id>",
    REVIEW,
    build_schema(RankedProject),
    Cut("rank", int),
)
def rank_projects_for_contractor(
    _filters: dict[str, Any], page: PageRequest, run_id: int, contractor_id: str
) -> Page[RankedProject]:
    """Rank the projects that every rule lets a contractor go to, who is below the lost hours."""
    session = get_session()
    get_run(session, run_id)
    get_unplaced(session, run_id, contractor_id)
    return cut_page(rank_projects_for(session, run_id, contractor_id), page, "rank")


@desk.operation(
    "GET",
    "/plans/<int:run_id>/places/<path:contractor_id>/check",
    REVIEW,
    VerdictSchema,
    query=WishSchema,
)
def check_one_place(query: dict[str, Any], run_id: int, contractor_id: str) -> CheckedChange:
    """Say what rules, limits and goals make of a place; changes nothing."""
    session = get_session()
    get_unplaced(session, run_id, contractor_id)
    return check_place(session, plan_run_id=run_id, wish=Wish(contractor_id, **query))


@desk.operation(
    "POST",
    "/plans/<int:run_id>/places",
    REVIEW,
    ProposalSchema,
    body=NewPlaceSchema,
    status=201,
)
def add_one_place(body: dict[str, Any], run_id: int) -> Any:
    """Propose a place by hand; it waits for approval, and later plans leave it."""
    wish = Wish(body["contractor_id"], body["project_id"], body["hours_per_week"])
    proposal_id = add_place(
        get_session(),
        actor=get_actor(),
        plan_run_id=run_id,
        wish=wish,
        reason=body["reason"],
        today=get_today(),
    )
    location = url_for("plans.get_one_proposal", proposal_id=proposal_id)
    return get_proposal(get_session(), proposal_id), 201, {"Location": location}
