"""The filter of proposals, in the address of a list and in the body of a decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from app.api.pages import PageQuery
from app.api.schemas import build_choice, build_text
from app.services.desk.proposal_filter import (
    COVERAGES,
    PAY_CHANGES,
    SINCE_LAST,
    ProposalFilter,
)

STATUSES = ("proposed", "approved", "published", "rejected", "superseded")

_FIT = validate.Range(0, 100)


class ProposalFilterSchema(Schema):
    """Narrows proposals; what is left out takes all."""

    text = build_text()
    status = build_choice(STATUSES)
    project_id = build_text()
    country = build_text()
    skill = build_text()
    min_fit = fields.Integer(load_default=None, validate=_FIT)
    max_fit = fields.Integer(load_default=None, validate=_FIT)
    pay_change = build_choice(PAY_CHANGES)
    coverage = build_choice(COVERAGES)
    since_last = build_choice(SINCE_LAST)


class ProposalQuery(ProposalFilterSchema, PageQuery):
    """A page of the proposals that pass the filter."""


def build_filter(given: Mapping[str, Any]) -> ProposalFilter:
    """Return the filter of what a schema has read."""
    return ProposalFilter(
        text=given["text"],
        status=given["status"],
        project_id=given["project_id"],
        country=given["country"],
        skill=given["skill"],
        min_fit=given["min_fit"],
        max_fit=given["max_fit"],
        pay_change=given["pay_change"],
        coverage=given["coverage"],
        since_last=(given["since_last"],) if given["since_last"] else (),
    )
