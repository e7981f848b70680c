"""Decisions on many proposals: a batch with an outcome per row, confirmed, stopped or undone."""

from __future__ import annotations

from typing import Any

from flask import url_for
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import READ_OPS, REVIEW
from app.api.ops.plan_options import read_second_approval
from app.api.ops.proposal_query import ProposalFilterSchema, build_filter
from app.api.pages import Cut, PageQuery
from app.api.schemas import (
    MAX_ROWS,
    build_choice,
    build_key,
    build_schema,
    build_text,
    build_version,
    nest_all,
)
from app.api.sessions import get_session
from app.models import BATCH_VERBS
from app.services.desk.batches import (
    OUTCOMES,
    BatchRow,
    BatchView,
    get_batch,
    list_batch_rows,
    list_last_batches,
    list_open_batches,
)
from app.services.desk.plans import get_run
from app.services.desk.proposals import list_versions
from app.services.paging import Page, PageRequest
from app.services.review.review_batches import confirm_batch, open_batch, withdraw_batch
from app.services.review.review_steps import advance_batch
from app.services.review.review_undo import undo_batch
from app.services.review.reviewing import ProposalVersion

desk = Desk("batches", "Decisions on proposals, each with an outcome per row.")

_SCOPE = "by the API"
_LAST_BATCHES = 100

BatchSchema = build_schema(BatchView, name="Batch", leave_out=("scope", "query", "requester_id"))


class SeenProposalSchema(Schema):
    """A proposal as the caller saw it: one that has changed since is refused."""

    proposal_id = build_key()
    version = build_version()


class DecisionSchema(Schema):
    """A decision on named proposals, or on all that pass a filter."""

    decision = build_choice(BATCH_VERBS, required=True)
    reason = build_text()
    proposals = fields.List(
        fields.Nested(SeenProposalSchema), load_default=list, validate=validate.Length(max=MAX_ROWS)
    )
    matching = fields.Nested(ProposalFilterSchema, load_default=None, allow_none=True)

    @validates_schema
    def check_choice(self, data: dict[str, Any], **_rest: Any) -> None:
        """Refuse both ways of choosing at once, and none."""
        if bool(data.get("proposals")) == (data.get("matching") is not None):
            raise ValidationError("either proposals or a filter", "proposals")


class BatchesSchema(Schema):
    """The batches of a plan: those that wait or run, then the latest that are over."""

    items = nest_all(BatchSchema)


class OutcomeQuery(PageQuery):
    """Narrows the rows of a batch."""

    outcome = build_choice(OUTCOMES)


@desk.operation("GET", "/plans/<int:run_id>/batches", READ_OPS, BatchesSchema)
def list_batches_of_plan(run_id: int) -> dict[str, Any]:
    """List the decisions on a plan's proposals."""
    session = get_session()
    get_run(session, run_id)
    over = list_last_batches(session, run_id, _LAST_BATCHES)
    return {"items": [*list_open_batches(session, run_id), *over]}


@desk.operation(
    "POST",
    "/plans/<int:run_id>/batches",
    REVIEW,
    BatchSchema,
    body=DecisionSchema,
    status=201,
)
def decide(body: dict[str, Any], run_id: int) -> Any:
    """Approve, reject or publish proposals; a large batch waits for a second approver."""
    session = get_session()
    get_run(session, run_id)
    if body["matching"] is None:
        seen = [(row["proposal_id"], row["version"]) for row in body["proposals"]]
    else:
        seen = list_versions(session, run_id, build_filter(body["matching"]))
    session.rollback()
    batch_id = open_batch(
        session,
        actor=get_actor(),
        plan_run_id=run_id,
        verb=body["decision"],
        proposals=[ProposalVersion(*row) for row in seen],
        second=read_second_approval(),
        reason=body["reason"],
        scope=f"{len(seen):,} {_SCOPE}",
    )
    location = url_for("batches.get_one_batch", batch_id=batch_id)
    return _carry_out(batch_id), 201, {"Location": location}


@desk.operation("GET", "/batches/<int:batch_id>", READ_OPS, BatchSchema)
def get_one_batch(batch_id: int) -> BatchView:
    """Read one batch."""
    return get_batch(get_session(), batch_id)


@desk.listing(
    "/batches/<int:batch_id>/rows",
    READ_OPS,
    build_schema(BatchRow, name="BatchOutcome"),
    Cut("proposal_id", int),
    query=OutcomeQuery,
)
def list_outcomes(filters: dict[str, Any], page: PageRequest, batch_id: int) -> Page[BatchRow]:
    """List what became of each row of a batch."""
    get_batch(get_session(), batch_id)
    return list_batch_rows(get_session(), batch_id, filters["outcome"], page)


@desk.operation("POST", "/batches/<int:batch_id>/advance", REVIEW, BatchSchema)
def advance(batch_id: int) -> BatchView:
    """Carry out what is left of a running batch, such as one that was broken off."""
    get_batch(get_session(), batch_id)
    get_session().rollback()
    return _carry_out(batch_id)


@desk.operation("POST", "/batches/<int:batch_id>/confirm", REVIEW, BatchSchema)
def confirm(batch_id: int) -> BatchView:
    """Let a waiting batch run, as its second approver."""
    confirm_batch(get_session(), actor=get_actor(), batch_id=batch_id)
    return _carry_out(batch_id)


@desk.operation("POST", "/batches/<int:batch_id>/withdraw", REVIEW, BatchSchema)
def withdraw(batch_id: int) -> BatchView:
    """Take a waiting batch back, or stop one that runs."""
    withdraw_batch(get_session(), actor=get_actor(), batch_id=batch_id)
    return get_batch(get_session(), batch_id)


@desk.operation("POST", "/batches/<int:batch_id>/undo", REVIEW, BatchSchema)
def undo(batch_id: int) -> BatchView:
    """Take back what a batch did, as far as nobody has built on it."""
    undo_batch(get_session(), actor=get_actor(), batch_id=batch_id)
    return get_batch(get_session(), batch_id)


def _carry_out(batch_id: int) -> BatchView:
    session, actor, today = get_session(), get_actor(), get_today()
    while advance_batch(session, actor=actor, batch_id=batch_id, today=today):
        pass
    return get_batch(session, batch_id)
