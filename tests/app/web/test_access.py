"""Who may call what: the routes against the checked-in policy table, deny by default.

The tests are made from the map of routes: one that is added is tested, or fails.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.models import User
from app.services.access.access import Permission
from app.web.guard import Audience, find_need
from tests.app.web import denied
from tests.app.web.conftest import ROLES, Browser
from tests.app.web.denied import list_denied
from tests.app.web.every_key import UNKNOWN, UNKNOWN_NUMBER, Keys, World, add_world, limit_manager

boundless = denied.boundless

POLICY = [
    (row["method"], row["route"], row["who"])
    for row in csv.DictReader((Path(__file__).parent / "policy_table.csv").read_text().splitlines())
]
WHO = {(method, route): who for method, route, who in POLICY}
_UNTOLD_METHODS = {"HEAD", "OPTIONS"}

_LOOKS_ONLY = {
    "ops.save_review_view": "a filter of one's own",
    "ops.remove_review_view": "a filter of one's own",
}
"""POST views that need no more than to look: they change nothing of anybody else's."""

_KEYS_OF_NOBODY = {
    "filename": "files of the application itself",
    "key": "the name of an insight",
    "kind": "the name of a kind of formats",
    "token": "a secret: whoever knows it may",
    "name": "the name of a template",
}
_SHARED_KEYS = {
    "endpoint_id",
    "delivery_id",
    "period_id",
    "file_id",
    "format_id",
    "policy_id",
    "mail_id",
    "timesheet_id",
    "user_id",
}
"""Keys whose objects everybody sees who may open the page."""


def list_rules(app: Flask) -> list[tuple[str, Rule]]:
    return [
        (method, rule)
        for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule)
        for method in sorted((rule.methods or set()) - _UNTOLD_METHODS)
        # Signing out would end what the rows after it look at.
        if rule.endpoint != "security.logout"
    ]


def fill(rule: Rule, keys: Keys) -> str:
    """Return an address of the route; a key that is not given names nothing."""

    def choose(match: re.Match[str]) -> str:
        name = match["name"]
        return str(keys.get(name, UNKNOWN.get(name, UNKNOWN_NUMBER)))

    return re.sub(r"<(?:\w+:)?(?P<name>\w+)>", choose, rule.rule)


def is_allowed(who: str, role: str) -> bool:
    return who == "everyone" or (who == "signed_in" and role != "visitor") or role in who.split()


def was_refused(status: int, location: str) -> bool:
    return status == 403 or location == "/login" or location.startswith("/login?")


def test_policy_table_names_every_route_and_no_other(app: Flask) -> None:
    """Check 1: a route that is not in the table fails."""
    routes = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - _UNTOLD_METHODS
    }
    assert set(WHO) == routes
    assert len(POLICY) == len(WHO)


@pytest.mark.parametrize("role", ["visitor", *ROLES])
def test_policy_table_holds(
    app: Flask, role: str, visitor: Browser, browse: Callable[[str], Browser]
) -> None:
    """Check 1: every route x method x role answers a real request as the table says."""
    browser = visitor if role == "visitor" else browse(role)
    for method, rule in list_rules(app):
        response = browser.send(method, fill(rule, {}))
        refused = was_refused(response.status_code, response.headers.get("Location", ""))
        allowed = is_allowed(WHO[method, rule.rule], role)
        assert refused != allowed, (method, rule.rule, role, response.status_code)
        assert response.status_code < 500, (method, rule.rule, role)


def test_no_other_method_is_served(app: Flask, visitor: Browser) -> None:
    """Check 1: what the table does not name, such as DELETE on a page, is a 405 for everybody."""
    served: dict[str, set[str]] = {}
    for method, rule in list_rules(app):
        served.setdefault(fill(rule, {}), set()).add(method)
    adapter = app.url_map.bind("localhost")
    for address, methods in served.items():
        assert set(adapter.allowed_methods(address)) - _UNTOLD_METHODS == methods, address
    assert visitor.send("DELETE", "/ops/policies").status_code == 405


def test_undeclared_route_is_refused(app: Flask, browse: Callable[[str], Browser]) -> None:
    """Check 1: a view that declares nobody is open to nobody."""
    app.add_url_rule("/forgotten", "forgotten", lambda: "must not be seen")
    for role in ROLES:
        assert browse(role).get("/forgotten").status == 403


def test_every_change_needs_a_permission_to_change(app: Flask) -> None:
    """Check 3: no mutating view is open to a permission that only lets people look."""
    with app.app_context():
        for method, rule in list_rules(app):
            need = find_need(rule.endpoint)
            if method != "GET" and isinstance(need, Permission):
                looks = need.value.startswith("view")
                assert looks == (rule.endpoint in _LOOKS_ONLY), rule.endpoint
            if method != "GET" and need is Audience.EVERYONE:
                assert rule.endpoint.startswith("security."), rule.endpoint


@pytest.mark.usefixtures("boundless")
@pytest.mark.parametrize("role", ["visitor", *ROLES])
def test_every_change_needs_the_token(
    app: Flask, role: str, visitor: Browser, browse: Callable[[str], Browser], session: Session
) -> None:
    """Check 3: without the CSRF token every mutating view answers 400 to whoever may call it.

    Check 40: of who is signed in, each is one event.
    """
    browser, refused = visitor if role == "visitor" else browse(role), []
    for method, rule in list_rules(app):
        if method == "GET" or not is_allowed(WHO[method, rule.rule], role):
            continue
        response = browser.send(method, fill(rule, {}), data={})
        assert response.status_code == 400, (rule.rule, role)
        assert "form has gone stale" in response.get_data(as_text=True), rule.rule
        refused += [(fill(rule, {}), "csrf")] * (role != "visitor")
    assert [(one.path, one.code) for one in list_denied(session)] == refused


@pytest.fixture
def world(session: Session, people: None) -> World:
    """One object for every key, of K1 and Ada, and of K2 and others."""
    return add_world(session)


DIGEST = "SELECT md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) FROM {} t"
_WRITTEN_ANYWAY = {"user_sessions", "sign_in_tries"}


def read_rows(session: Session) -> dict[str, str | None]:
    """Return a digest of every table that a request could change, but for the audit trail."""
    session.rollback()
    names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    return {
        table: session.scalar(text(DIGEST.format(table)))
        for table in session.scalars(text(names)).all()
        if table not in _WRITTEN_ANYWAY and not table.startswith("audit")
    }


@pytest.mark.usefixtures("boundless")
@pytest.mark.parametrize("role", ROLES)
def test_unknown_field_is_refused_and_changes_nothing(
    app: Flask, role: str, browse: Callable[[str], Browser], session: Session, world: World
) -> None:
    """Check 4: a rate, a role or a clearance in any form is a 400, whatever else stands in it.

    Check 40: each is one event.
    """
    browser, keys, refused = browse(role), world.of(role), []
    before = read_rows(session)
    for method, rule in list_rules(app):
        allowed = is_allowed(WHO[method, rule.rule], role)
        if method == "GET" or not allowed or rule.endpoint.startswith("security."):
            continue
        extra = {"pay_rate_cents": "99", "clearance": "4", "is_admin": "1"}
        if rule.endpoint.startswith("formats.format_"):
            extra["kind"] = "adp"
        answer = browser.post(fill(rule, keys), extra)
        refused.append((fill(rule, keys), answer.status))
        if rule.arguments <= keys.keys():
            assert answer.status == 400, (rule.rule, answer.status, answer.text[-300:])
            assert "only the fields that the page shows" in answer.text, rule.rule
        else:
            assert answer.status in {400, 404}, (rule.rule, answer.status)
    assert read_rows(session) == before
    assert [(one.path, one.status) for one in list_denied(session)] == refused


def list_foreign(app: Flask, role: str, keys: set[str]) -> Iterator[tuple[str, Rule]]:
    """Yield the routes that the role may call and that name an object by one of the keys."""
    for method, rule in list_rules(app):
        if rule.arguments & keys and is_allowed(WHO[method, rule.rule], role):
            yield method, rule


PERSONAL = {"message_id", "view_id"}
STRANGE: Mapping[str, set[str]] = {
    "ops_manager": PERSONAL
    | {
        "client_id",
        "project_id",
        "pause_id",
        "run_id",
        "proposal_id",
        "batch_id",
        "recall_id",
        "result_id",
    },
    "contractor": {"message_id", "offer_id", "time_off_id"},
    "payroll": {"message_id"},
    "admin": set(),
    "auditor": {"message_id"},
}
"""Role -> keys of objects that can be somebody else's; the ops manager is limited to K1."""


def test_every_key_is_somebodys_or_shared(app: Flask) -> None:
    """Check 2: a new kind of key in an address has to say whose its objects are."""
    known = set().union(*STRANGE.values(), _SHARED_KEYS, _KEYS_OF_NOBODY)
    # Neither is open to who is limited to clients, without an object of theirs beside it.
    known |= {"contractor_id", "scenario_id", "token_id", "upload_id"}
    assert {name for _method, rule in list_rules(app) for name in rule.arguments} == known


@pytest.mark.parametrize("role", [role for role, keys in STRANGE.items() if keys])
def test_someone_elses_object_reads_like_a_missing_one(
    app: Flask, role: str, browse: Callable[[str], Browser], session: Session, world: World
) -> None:
    """Check 2: on every route with a key, the object of somebody else is as if it were not."""
    if role == "ops_manager":
        limit_manager(session, "K1")
    browser, seen = browse(role), 0
    for method, rule in list_foreign(app, role, STRANGE[role]):
        for name in sorted(rule.arguments & STRANGE[role]):
            answers = [
                send(browser, method, fill(rule, {**world.of(role), name: key}))
                for key in (world.others[name], UNKNOWN.get(name, UNKNOWN_NUMBER))
            ]
            assert answers[0] == answers[1], (method, rule.rule, name)
            assert answers[0][0] == 404, (method, rule.rule, name, answers[0])
            seen += 1
    assert seen


def send(browser: Browser, method: str, address: str) -> tuple[int, str]:
    page = browser.get(address) if method == "GET" else browser.post(address, {})
    return page.status, page.text


@pytest.mark.usefixtures("planned")
def test_missing_objects_all_read_the_same(ops: Browser) -> None:
    """Check 2: nothing tells what kind of thing is missing."""
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


def find_user_address(session: Session, role: str) -> str:
    """Return the address of the role's account at the admin desk."""
    user_id = session.scalars(select(User.id).where(User.email == f"{role}@vendor.example")).one()
    session.rollback()
    return f"/admin/users/{user_id}"


def disable(admin: Browser, address: str) -> None:
    admin.post(f"{address}/disable", {})


def take_roles_away(admin: Browser, address: str) -> None:
    admin.post(f"{address}/roles", {})


FIRST_PAGES: Mapping[str, str] = {
    "ops_manager": "/ops/",
    "contractor": "/my/work",
    "payroll": "/payroll/",
    "auditor": "/admin/audit",
}


@pytest.mark.parametrize("act", [disable, take_roles_away])
def test_what_an_administrator_takes_away_is_gone_at_once(
    browse: Callable[[str], Browser], admin: Browser, session: Session, act: Any
) -> None:
    """Check 5: the very next request of a disabled account, or of one without its role."""
    for role, first_page in FIRST_PAGES.items():
        browser = browse(role)
        assert browser.get(first_page).status == 200
        act(admin, find_user_address(session, role))
        response = browser.send("GET", first_page)
        assert was_refused(response.status_code, response.headers.get("Location", "")), role
        if act is disable:
            assert "do not match" in browser.sign_in(f"{role}@vendor.example").text


def test_session_changes_at_the_sign_in(app: Flask, visitor: Browser, people: None) -> None:
    """Check 5: a cookie from before a sign-in opens nothing after it."""
    visitor.get("/login")
    planted = Browser(app)
    planted.take_cookies(visitor)
    visitor.enter("payroll@vendor.example")
    assert visitor.send("GET", "/payroll/").status_code == 200
    assert planted.send("GET", "/payroll/").headers["Location"].startswith("/login")
