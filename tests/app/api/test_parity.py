"""The API does what the pages do: each route of the pages against a checked-in table.

A row of the table names the operations that do the same, or why there are none. So a page that
is added needs an operation, or a reason that somebody reads.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from tests.app.api.conftest import Program
from tests.app.api.test_access import POLICY as OPERATIONS
from tests.app.api.test_access import limit_to_client
from tests.app.web.conftest import Browser
from tests.app.web.test_access import POLICY as PAGES

REASONS = {
    "presentation": "a form, a picture or a file of what other operations answer",
    "sign_in": "signing in and out, and the second factor of a sign-in",
    "person": "needs a person at a browser: a token must not do it, whatever its scopes",
    "file": "a file of the pages themselves",
    "probe": "speaks to programs already, without a token of the API",
}

_ELSEWHERE = "the pages show contractors on projects, plans and ledgers"
API_ONLY = {
    "GET /openapi.json": "describes the API",
    "GET /docs": "describes the API",
    "GET /me": "tells a program what its token may do",
    "GET /contractors": _ELSEWHERE,
    "GET /contractors/<path:contractor_id>": _ELSEWHERE,
}

_PREFIX = "/api/v1"
_KNOWN = {f"{method} {route.removeprefix(_PREFIX)}": who for method, route, who, _ in OPERATIONS}


def read_table() -> list[tuple[str, str, list[str], str]]:
    """Return method and route of each page, the operations that do the same, and the reason."""
    text = (Path(__file__).parent / "parity_table.csv").read_text()
    return [
        (
            row["method"],
            row["route"],
            [name for name in row["operations"].split("; ") if name],
            row["reason"],
        )
        for row in csv.DictReader(text.splitlines())
    ]


TABLE = read_table()


def test_every_page_has_its_row_and_no_other_has() -> None:
    """The policy table of the pages is itself compared with the map of routes."""
    rows = [(method, route) for method, route, _operations, _reason in TABLE]
    assert set(rows) == {(method, route) for method, route, _who in PAGES}
    assert len(rows) == len(set(rows))


def test_a_row_names_operations_or_a_reason() -> None:
    for method, route, operations, reason in TABLE:
        assert bool(operations) != bool(reason), (method, route)
        assert not reason or reason in REASONS, (method, route, reason)


def test_every_operation_is_there_and_belongs_to_a_page() -> None:
    named = {name for _method, _route, operations, _reason in TABLE for name in operations}
    assert named <= _KNOWN.keys(), named - _KNOWN.keys()
    assert _KNOWN.keys() - named == API_ONLY.keys()


def test_a_change_on_a_page_is_a_change_through_the_api() -> None:
    for method, route, operations, _reason in TABLE:
        changes = [name for name in operations if not name.startswith("GET ")]
        assert not operations or bool(changes) == (method != "GET"), (method, route)


def test_whoever_may_on_the_page_may_through_the_api_and_nobody_else() -> None:
    who_on_page = {(method, route): who for method, route, who in PAGES}
    for method, route, operations, _reason in TABLE:
        who = who_on_page[method, route].replace("signed_in", "any_token")
        for name in operations:
            assert set(_KNOWN[name].split()) == set(who.split()), (method, route, name)


NAMED_IN_ORDERS = {"GET /policies"}
"""Lists that the page of a limited manager's order has, though their own page is refused."""


def test_a_manager_of_some_clients_reads_the_same_lists_on_both(
    make_program: Callable[..., Program], browse: Callable[[str], Browser], session: Session
) -> None:
    """Check 2: what a page without a key refuses to a limited manager, its operations refuse."""
    program, browser = make_program("ops_manager"), browse("ops_manager")
    limit_to_client(session, "K2")
    wrong = []
    for method, route, operations, _reason in TABLE:
        lists = [one for one in operations if "<" not in one and one not in NAMED_IN_ORDERS]
        if method != "GET" or "<" in route or not lists:
            continue
        is_refused = browser.send("GET", route).status_code == 403
        for one in lists:
            status = program.call("GET", one.removeprefix("GET ")).status_code
            if (status == 403) != is_refused:
                wrong.append((route, one, status))
    assert wrong == []
