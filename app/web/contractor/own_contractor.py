"""Whose own pages a request is about."""

from __future__ import annotations

from app.errors import NotFound
from app.web.guard import get_actor


def get_contractor_id() -> str:
    """Return the contractor that the signed-in account is; raises NotFound when it is none."""
    contractor_id = get_actor().contractor_id
    if contractor_id is None:
        raise NotFound("contractor", "of this account")
    return contractor_id
