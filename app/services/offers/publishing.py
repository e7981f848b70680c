"""What contractors may know of as their work: neither what is reserved nor what is offered."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from app.models import Assignment, Offer, Proposal


@cache
def build_is_told() -> ColumnElement[bool]:
    """Return the condition that an assignment is its contractor's own work.

    Those that no plan made are; those of a plan from the moment on at which their offer is
    accepted. Until then they only hold the place.
    """
    # Names of their own: the caller's statement may join these tables too.
    reserved, offer = aliased(Proposal), aliased(Offer)
    is_reserved = exists().where(
        reserved.id == Assignment.proposal_id, reserved.status == "approved"
    )
    is_offered = exists().where(
        offer.proposal_id == Assignment.proposal_id, offer.status != "accepted"
    )
    return ~is_reserved & ~is_offered


def is_told(session: Session, assignment: Assignment) -> bool:
    """Return whether an assignment is its contractor's own work, as of now."""
    mine = select(Assignment.assignment_id).where(
        Assignment.assignment_id == assignment.assignment_id, build_is_told()
    )
    return session.scalar(mine) is not None
