"""Evidence: the exposure ledger, each reading of it audited, and the audit trail."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields, validate

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_actor, get_client_ids
from app.api.needs import LIST_EXPOSURE, READ_AUDIT, READ_EXPOSURE
from app.api.pages import Cut, PageQuery, TextQuery
from app.api.schemas import build_choice, build_day, build_items, build_schema, build_text
from app.api.sessions import get_session
from app.exports.file_bundle import build_zip
from app.services.auditing.evidence import build_evidence
from app.services.auditing.exposure import Kind, LedgerFilter, read_closed_projects, read_ledger
from app.services.desk.admin_desk import AuditRow, list_audit_events
from app.services.desk.exposure import (
    STATES,
    ClientExposure,
    ClosedProject,
    ExposureRow,
    PersonExposure,
    list_client_exposures,
    list_person_exposures,
)
from app.services.paging import Page, PageRequest

desk = Desk("evidence", "Who knows whose data, and who did what.")

_ZIP = "application/zip"
_LEDGER_CUT = Cut("assignment_id", str)


class LedgerQuery(TextQuery):
    """Narrows a ledger."""

    state = build_choice(STATES)


class AuditQuery(PageQuery):
    """Narrows the audit trail; `text` is looked for in the actor, the days are UTC."""

    text = build_text()
    action = fields.String(load_default="", validate=validate.Length(max=100))
    first_day = build_day()
    last_day = build_day()


LedgerSchema = build_schema(ExposureRow, name="Exposure")


@desk.listing(
    "/exposure/clients",
    LIST_EXPOSURE,
    build_schema(ClientExposure),
    Cut("client_id", str),
    query=TextQuery,
)
def list_exposed_clients(filters: dict[str, Any], page: PageRequest) -> Page[ClientExposure]:
    """List clients by their codenames: how many people know their data."""
    return list_client_exposures(
        get_session(), **filters, today=get_today(), page=page, client_ids=get_client_ids()
    )


@desk.listing(
    "/exposure/contractors",
    READ_EXPOSURE,
    build_schema(PersonExposure),
    Cut("contractor_id", str),
    query=TextQuery,
)
def list_exposed_people(filters: dict[str, Any], page: PageRequest) -> Page[PersonExposure]:
    """List contractors: how many clients' data they know."""
    return list_person_exposures(get_session(), **filters, today=get_today(), page=page)


@desk.listing(
    "/exposure/clients/<path:client_id>",
    READ_EXPOSURE,
    LedgerSchema,
    _LEDGER_CUT,
    query=LedgerQuery,
)
def read_client_ledger(
    filters: dict[str, Any], page: PageRequest, client_id: str
) -> Page[ExposureRow]:
    """Read a client's ledger; the reading is audited."""
    return _read_ledger("client", client_id, filters, page)


@desk.listing(
    "/exposure/contractors/<path:contractor_id>",
    READ_EXPOSURE,
    LedgerSchema,
    _LEDGER_CUT,
    query=LedgerQuery,
)
def read_contractor_ledger(
    filters: dict[str, Any], page: PageRequest, contractor_id: str
) -> Page[ExposureRow]:
    """Read a contractor's ledger; the reading is audited."""
    return _read_ledger("contractor", contractor_id, filters, page)


@desk.operation(
    "GET",
    "/exposure/contractors/<path:contractor_id>/closed-projects",
    READ_EXPOSURE,
    build_items(build_schema(ClosedProject)),
)
def list_projects_closed_to(contractor_id: str) -> dict[str, Any]:
    """List the projects that walls keep a contractor off; the reading is audited."""
    found = read_closed_projects(
        get_session(), actor=get_actor(), contractor_id=contractor_id, today=get_today()
    )
    return {"items": found}


@desk.operation("GET", "/exposure/clients/<path:client_id>/evidence", READ_EXPOSURE, mimetype=_ZIP)
def get_evidence(client_id: str) -> Response:
    """Read the files that a client's security team is given, as one ZIP; it is audited."""
    files = build_evidence(get_session(), actor=get_actor(), client_id=client_id, today=get_today())
    headers = {"Content-Disposition": 'attachment; filename="evidence.zip"'}
    return Response(build_zip(files), mimetype=_ZIP, headers=headers)


@desk.listing("/audit", READ_AUDIT, build_schema(AuditRow), Cut("event_id", int), query=AuditQuery)
def list_events(filters: dict[str, Any], page: PageRequest) -> Page[AuditRow]:
    """List audit events, the oldest first."""
    return list_audit_events(get_session(), **filters, page=page)


def _read_ledger(
    kind: Kind, subject_id: str, filters: dict[str, Any], page: PageRequest
) -> Page[ExposureRow]:
    return read_ledger(
        get_session(),
        actor=get_actor(),
        kind=kind,
        subject_id=subject_id,
        wanted=LedgerFilter(**filters),
        today=get_today(),
        page=page,
        is_export=True,
    )
