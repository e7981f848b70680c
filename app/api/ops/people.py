"""Contractors: the list, and one of them with skills and work."""

from __future__ import annotations

from typing import Any

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_client_ids
from app.api.needs import LIST_OPS
from app.api.pages import Cut, PageQuery
from app.api.schemas import build_choice, build_schema, build_text
from app.api.sessions import get_session
from app.services.desk.contractors import (
    ContractorPage,
    ContractorRow,
    get_contractor,
    list_contractors,
)
from app.services.paging import Page, PageRequest

desk = Desk("contractors", "Contractors, for those who plan their work.")


class ContractorQuery(PageQuery):
    """Narrows contractors."""

    text = build_text()
    status = build_choice(("active", "inactive"))


@desk.listing(
    "/contractors",
    LIST_OPS,
    build_schema(ContractorRow),
    Cut("contractor_id", str),
    query=ContractorQuery,
)
def list_all_contractors(filters: dict[str, Any], page: PageRequest) -> Page[ContractorRow]:
    """List contractors."""
    return list_contractors(
        get_session(), **filters, today=get_today(), page=page, client_ids=get_client_ids()
    )


@desk.operation("GET", "/contractors/<path:contractor_id>", LIST_OPS, build_schema(ContractorPage))
def get_one_contractor(contractor_id: str) -> ContractorPage:
    """Read one contractor."""
    return get_contractor(
        get_session(), contractor_id, today=get_today(), client_ids=get_client_ids()
    )
