"""Skills that contractors claim: listed, and confirmed or refused."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import READ_OPS, REVIEW
from app.api.ops.access import NumChangedSchema
from app.api.pages import Cut, PageQuery
from app.api.schemas import MAX_ROWS, build_choice, build_schema, build_text
from app.api.sessions import get_session
from app.models import CLAIM_STATUSES
from app.services.desk.skill_claims import ClaimRow, list_claims
from app.services.own_work.skill_claims import MAX_NOTE, decide_claims
from app.services.paging import Page, PageRequest

desk = Desk("skill_claims", "Skills that contractors claim; plans count the confirmed ones.")


class ClaimQuery(PageQuery):
    """Narrows claims by a part of a contractor's name or of a skill, and by state."""

    text = build_text()
    status = build_choice(CLAIM_STATUSES)


class ClaimSchema(Schema):
    """Names a claim."""

    contractor_id = build_text(required=True)
    skill = build_text(required=True)


class ClaimDecisionSchema(Schema):
    """A decision on claims; the contractors read the note."""

    confirmed = fields.Boolean(required=True, truthy={True}, falsy={False})
    note = build_text(most=MAX_NOTE)
    claims = fields.List(
        fields.Nested(ClaimSchema), required=True, validate=validate.Length(1, MAX_ROWS)
    )


@desk.listing(
    "/skill-claims", READ_OPS, build_schema(ClaimRow), Cut("claim_id", str), query=ClaimQuery
)
def list_skill_claims(filters: dict[str, Any], page: PageRequest) -> Page[ClaimRow]:
    """List claimed skills."""
    return list_claims(get_session(), filters["text"], filters["status"], page)


@desk.operation(
    "POST", "/skill-claims/decisions", REVIEW, NumChangedSchema, body=ClaimDecisionSchema
)
def decide_skill_claims(body: dict[str, Any]) -> dict[str, int]:
    """Confirm or refuse claims that wait; one's own and those decided on are left alone."""
    keys = [(row["contractor_id"], row["skill"]) for row in body.pop("claims")]
    return {"num_changed": decide_claims(get_session(), actor=get_actor(), keys=keys, **body)}
