"""Evidence: the exposure ledger, each reading of it audited, and the audit trail."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_actor, get_client_ids
from app.api.needs import LIST_EXPOSURE, READ_AUDIT, READ_EXPOSURE
from app.api.pages import Cut, PageQuery, build_page_schema
from app.api.schemas import build_choice, build_day, build_schema, build_text
from app.api.sessions import get_session
from app.services.admin_desk import AuditRow, list_audit_events
from app.services.desk.exposure import (
    STATES,
    ClientExposure,
    ExposureRow,
    PersonExposure,
    list_client_exposures,
    list_person_exposures,
)
from app.services.exposure import Kind, LedgerFilter, read_ledger

desk = Desk("evidence", "Who knows whose data, and who did what.")

_CLIENT_CUT = Cut("client_id", str)
_PEOPLE_CUT = Cut("contractor_id", str)
_LEDGER_CUT = Cut("assignment_id", str)
_AUDIT_CUT = Cut("event_id", int)


class TextQuery(PageQuery):
    """Narrows by a part of a name."""

    text = build_text()


class LedgerQuery(TextQuery):
    """Narrows a ledger."""

    state = build_choice(STATES)


class AuditQuery(PageQuery):
    """Narrows the audit trail; `text` is looked for in the actor, the days are UTC."""

    text = build_text()
    action = fields.String(load_default="", validate=validate.Length(max=100))
    first_day = build_day()
    last_day = build_day()


LedgerSchema = build_page_schema(build_schema(ExposureRow, name="Exposure"))


@desk.operation(
    "GET",
    "/exposure/clients",
    LIST_EXPOSURE,
    build_page_schema(build_schema(ClientExposure)),
    query=TextQuery,
)
def list_exposed_clients(query: dict[str, Any]) -> dict[str, Any]:
    """List clients by their codenames: how many people know their data."""
    found = list_client_exposures(
        get_session(),
        text=query["text"],
        today=get_today(),
        page=_CLIENT_CUT.read(query),
        client_ids=get_client_ids(),
    )
    return _CLIENT_CUT.build(found, query)


@desk.operation(
    "GET",
    "/exposure/contractors",
    READ_EXPOSURE,
    build_page_schema(build_schema(PersonExposure)),
    query=TextQuery,
)
def list_exposed_people(query: dict[str, Any]) -> dict[str, Any]:
    """List contractors: how many clients' data they know."""
    found = list_person_exposures(
        get_session(), text=query["text"], today=get_today(), page=_PEOPLE_CUT.read(query)
    )
    return _PEOPLE_CUT.build(found, query)


@desk.operation(
    "GET", "/exposure/clients/<path:client_id>", READ_EXPOSURE, LedgerSchema, query=LedgerQuery
)
def read_client_ledger(query: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Read a client's ledger; the reading is audited."""
    return _read_ledger("client", client_id, query)


@desk.operation(
    "GET",
    "/exposure/contractors/<path:contractor_id>",
    READ_EXPOSURE,
    LedgerSchema,
    query=LedgerQuery,
)
def read_contractor_ledger(query: dict[str, Any], contractor_id: str) -> dict[str, Any]:
    """Read a contractor's ledger; the reading is audited."""
    return _read_ledger("contractor", contractor_id, query)


@desk.operation(
    "GET", "/audit", READ_AUDIT, build_page_schema(build_schema(AuditRow)), query=AuditQuery
)
def list_events(query: dict[str, Any]) -> dict[str, Any]:
    """List audit events, the oldest first."""
    found = list_audit_events(
        get_session(),
        text=query["text"],
        action=query["action"],
        first_day=query["first_day"],
        last_day=query["last_day"],
        page=_AUDIT_CUT.read(query),
    )
    return _AUDIT_CUT.build(found, query)


def _read_ledger(kind: Kind, subject_id: str, query: dict[str, Any]) -> dict[str, Any]:
    found = read_ledger(
        get_session(),
        actor=get_actor(),
        kind=kind,
        subject_id=subject_id,
        wanted=LedgerFilter(query["text"], query["state"]),
        today=get_today(),
        page=_LEDGER_CUT.read(query),
        is_export=True,
    )
    return _LEDGER_CUT.build(found, query)
