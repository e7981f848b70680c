"""Who may call what: the routes against the checked-in policy table, deny by default."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.app.web.conftest import ROLES, Browser, Vendor

POLICY = [
    (row["method"], row["route"], row["who"])
    for row in csv.DictReader((Path(__file__).parent / "policy_table.csv").read_text().splitlines())
]
_UNTOLD_METHODS = {"HEAD", "OPTIONS"}


def list_routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - _UNTOLD_METHODS
    }


def fill(route: str) -> str:
    """Return an address of the route whose object does not exist."""
    return re.sub(r"<path:\w+>", "none.such", re.sub(r"<int:\w+>", "987654", route))


def is_allowed(who: str, role: str) -> bool:
    return who == "everyone" or (who == "signed_in" and role != "visitor") or role in who.split()


def test_policy_table_names_every_route_and_no_other(app: Flask) -> None:
    """Check 1: the routes are those of the table, and no other."""
    assert {(method, route) for method, route, _who in POLICY} == list_routes(app)


@pytest.mark.parametrize("role", ["visitor", *ROLES])
def test_policy_table_holds(role: str, visitor: Browser, browse: Callable[[str], Browser]) -> None:
    """Check 1: every row of the table, asked by every role."""
    browser = visitor if role == "visitor" else browse(role)
    # Signing out would end what the rows after it look at.
    for method, route, who in sorted(POLICY, key=lambda row: row[1] == "/logout"):
        response = browser.send(method, fill(route))
        location = response.headers.get("Location", "")
        was_refused = response.status_code == 403 or location.startswith("/login?")
        was_refused |= location == "/login" and route != "/logout"
        assert was_refused != is_allowed(who, role), (method, route, role, response.status_code)


def test_undeclared_route_is_refused(app: Flask, browse: Callable[[str], Browser]) -> None:
    """Check 1: a route that nobody declared."""
    app.add_url_rule("/forgotten", "forgotten", lambda: "must not be seen")
    for role in ROLES:
        assert browse(role).get("/forgotten").status == 403


def test_every_change_needs_the_token(browse: Callable[[str], Browser]) -> None:
    """Check 3: no form goes through without its token."""
    for role in ROLES:
        browser = browse(role)
        for method, route, who in POLICY:
            if method == "POST" and role in who.split():
                response = browser.send("POST", fill(route), data={})
                assert response.status_code == 400, route
                assert "form has gone stale" in response.get_data(as_text=True)


def test_someone_elses_object_reads_like_a_missing_one(ops: Browser, paused: Vendor) -> None:
    """Check 2: the same page for all of them."""
    missing = [
        ops.get(path)
        for path in (
            "/ops/projects/none",
            "/ops/pauses/987654",
            "/ops/plans/987654",
            "/ops/proposals/987654",
            "/no/such/page",
        )
    ]
    assert {page.status for page in missing} == {404}
    assert len({page.text for page in missing}) == 1


def test_disabled_account_is_out_at_once(browse: Callable[[str], Browser], admin: Browser) -> None:
    """Check 5: a disabled account."""
    ops = browse("ops_manager")
    assert ops.get("/ops/").status == 200
    row = next(
        row for row in admin.get("/admin/users").body.split("</tr>") if "ops_manager@" in row
    )
    found = re.search(r"/admin/users/(\d+)/disable", row)
    assert found is not None
    admin.post(found[0], {})
    assert ops.send("GET", "/ops/").headers["Location"].startswith("/login")
    assert "do not match" in ops.sign_in("ops_manager@vendor.example").text
