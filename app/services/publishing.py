"""What contractors may know of: a place that is only approved is reserved, not told."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Session, aliased

from app.models import Assignment, Proposal


def build_is_told() -> ColumnElement[bool]:
    """Return the condition that the contractor may know of an assignment.

    Those that no plan made are theirs to see; those of a plan from its publishing on.
    """
    # A name of its own: the caller's statement may join the proposals too.
    reserved = aliased(Proposal)
    return ~exists().where(reserved.id == Assignment.proposal_id, reserved.status == "approved")


def is_told(session: Session, assignment: Assignment) -> bool:
    """Return whether the contractor may know of an assignment."""
    if assignment.proposal_id is None:
        return True
    return session.get_one(Proposal, assignment.proposal_id).status != "approved"
