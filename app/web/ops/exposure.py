"""The exposure ledger: by client, by contractor, on the page and as a file."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.services.access.access import Permission
from app.services.auditing.exposure import Kind, LedgerFilter, read_ledger
from app.services.desk.exposure import (
    ClientExposure,
    ExposureRow,
    PersonExposure,
    get_contractor_name,
    list_client_exposures,
    list_closed_projects,
    list_codenames,
    list_person_exposures,
)
from app.services.desk.pauses import title_codenames
from app.services.paging import Page, PageRequest
from app.web.clock import get_today
from app.web.guard import get_actor, permit
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import ListQuery, Sorting, build_listing, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.sessions import get_session

STATES = {
    "now": ("Has access", "info"),
    "cooling": ("Cooling off", "warn"),
    "past": ("Past", ""),
    "coming": ("To come", ""),
}
"""State of an exposure -> word on the page and tone of its chip."""

_CLIENT_COLUMNS = (
    Column("codenames", "Client's projects", lambda row: ", ".join(row.codenames), fixed=True),
    Column("num_now", "Have access", number=True),
    Column("num_cooling", "Cooling off", number=True),
    Column("num_ever", "Ever had access", number=True),
    Column("num_walls", "Competing clients", number=True),
    Column("cooling_off_days", "Longest cooling-off", number=True),
)
_CLIENT_SORTING = Sorting.of_columns(_CLIENT_COLUMNS, "num_now", descending=True)
_PERSON_COLUMNS = (
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("name", "Contractor", fixed=True),
    Column("num_now", "Clients now", number=True),
    Column("num_cooling", "Cooling off", number=True),
    Column("num_ever", "Clients ever", number=True),
    Column("free_after", "Cooling off until"),
)
_PERSON_SORTING = Sorting.of_columns(_PERSON_COLUMNS, "name")
_SPAN_COLUMNS = (
    Column("hours_per_week", "Hours a week", number=True),
    Column("starts_on", "From"),
    Column("last_day", "Until"),
    Column("free_after", "Cooling off until"),
    Column("state", "State", lambda row: STATES[row.state][0]),
)
_CLIENT_LEDGER = (
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("name", "Contractor", fixed=True),
    Column("codename", "Project"),
    *_SPAN_COLUMNS,
)
_PERSON_LEDGER = (Column("codename", "Project", fixed=True), *_SPAN_COLUMNS)
_LEDGER_SORTING = Sorting.of_columns(_CLIENT_LEDGER, "starts_on", descending=True)


@blueprint.get("/exposure")
@permit(Permission.VIEW_EXPOSURE, narrowed=True)
def exposure_clients() -> ResponseReturnValue:
    """List clients by their codenames: how many people know their data."""
    query = read_list_query(request.args, ("text",), _CLIENT_SORTING)

    def find_rows(page: PageRequest) -> Page[ClientExposure]:
        text = query.filters["text"]
        return list_client_exposures(
            get_session(),
            text=text,
            today=get_today(),
            page=page,
            client_ids=get_actor().client_ids,
        )

    if asks_for_csv():
        return send_list("exposure-clients", _CLIENT_COLUMNS, query, find_rows)
    listing = build_listing(query, find_rows, _CLIENT_COLUMNS, "ops.exposure_clients")
    template = "ops/exposure_clients.html" if is_fragment() else "ops/exposure.html"
    return render_template(template, listing=listing, rows_of="clients")


@blueprint.get("/exposure/contractors")
@permit(Permission.VIEW_EXPOSURE)
def exposure_people() -> ResponseReturnValue:
    """List contractors: how many clients' data they know."""
    query = read_list_query(request.args, ("text",), _PERSON_SORTING)

    def find_rows(page: PageRequest) -> Page[PersonExposure]:
        text = query.filters["text"]
        return list_person_exposures(get_session(), text=text, today=get_today(), page=page)

    if asks_for_csv():
        return send_list("exposure-contractors", _PERSON_COLUMNS, query, find_rows)
    listing = build_listing(query, find_rows, _PERSON_COLUMNS, "ops.exposure_people")
    template = "ops/exposure_people.html" if is_fragment() else "ops/exposure.html"
    return render_template(template, listing=listing, rows_of="people")


@blueprint.get("/exposure/clients/<path:client_id>")
@permit(Permission.VIEW_EXPOSURE)
def exposure_client(client_id: str) -> ResponseReturnValue:
    """Show or hand over a client's ledger; the reading is audited."""
    query = _read_ledger_query()

    def find_rows(page: PageRequest) -> Page[ExposureRow]:
        return _find_rows("client", client_id, query, page)

    if asks_for_csv():
        return send_list("exposure-client", _CLIENT_LEDGER, query, find_rows, is_noted=True)
    listing = build_listing(
        query, find_rows, _CLIENT_LEDGER, "ops.exposure_client", client_id=client_id
    )
    return render_template(
        _get_ledger_template(),
        listing=listing,
        title=title_codenames(list_codenames(get_session(), client_id)),
        closed=(),
        states=STATES,
        kind="client",
    )


@blueprint.get("/exposure/contractors/<path:contractor_id>")
@permit(Permission.VIEW_EXPOSURE)
def exposure_person(contractor_id: str) -> ResponseReturnValue:
    """Show or hand over a contractor's ledger; the reading is audited."""
    query = _read_ledger_query()

    def find_rows(page: PageRequest) -> Page[ExposureRow]:
        return _find_rows("contractor", contractor_id, query, page)

    if asks_for_csv():
        return send_list("exposure-contractor", _PERSON_LEDGER, query, find_rows, is_noted=True)
    listing = build_listing(
        query, find_rows, _PERSON_LEDGER, "ops.exposure_person", contractor_id=contractor_id
    )
    session = get_session()
    return render_template(
        _get_ledger_template(),
        listing=listing,
        title=get_contractor_name(session, contractor_id),
        closed=list_closed_projects(session, contractor_id, today=get_today()),
        states=STATES,
        kind="contractor",
    )


def _read_ledger_query() -> ListQuery:
    return read_list_query(request.args, ("text", "state"), _LEDGER_SORTING)


def _get_ledger_template() -> str:
    return "ops/exposure_rows.html" if is_fragment() else "ops/exposure_ledger.html"


def _find_rows(
    kind: Kind, subject_id: str, query: ListQuery, page: PageRequest
) -> Page[ExposureRow]:
    return read_ledger(
        get_session(),
        actor=get_actor(),
        kind=kind,
        subject_id=subject_id,
        wanted=LedgerFilter(query.filters["text"], query.filters["state"]),
        today=get_today(),
        page=page,
        is_export=asks_for_csv(),
    )
