"""Contractors: the list, and one of them with skills and work."""

from __future__ import annotations

from typing import Any

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_client_ids
from app.api.needs import LIST_OPS
from app.api.pages import Cut, PageQuery, build_page_schema
from app.api.schemas import build_choice, build_schema, build_text
from app.api.sessions import get_session
from app.services.desk.contractors import (
    ContractorPage,
    ContractorRow,
    get_contractor,
    list_contractors,
)

desk = Desk("contractors", "Contractors, for those who plan their work.")

_CUT = Cut("contractor_id", str)


class ContractorQuery(PageQuery):
    """Narrows contractors."""

    text = build_text()
    status = build_choice(("active", "inactive"))


@desk.operation(
    "GET",
    "/contractors",
    LIST_OPS,
    build_page_schema(build_schema(ContractorRow)),
    query=ContractorQuery,
)
def list_all_contractors(query: dict[str, Any]) -> dict[str, Any]:
    """List contractors."""
    found = list_contractors(
        get_session(),
        text=query["text"],
        status=query["status"],
        today=get_today(),
        page=_CUT.read(query),
        client_ids=get_client_ids(),
    )
    return _CUT.build(found, query)


@desk.operation("GET", "/contractors/<path:contractor_id>", LIST_OPS, build_schema(ContractorPage))
def get_one_contractor(contractor_id: str) -> ContractorPage:
    """Read one contractor."""
    return get_contractor(
        get_session(), contractor_id, today=get_today(), client_ids=get_client_ids()
    )
