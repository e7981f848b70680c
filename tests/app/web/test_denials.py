"""Changes that somebody was refused: one event each, and nothing else written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import AuditEvent
from tests.app.web import denied
from tests.app.web.conftest import CLIENT_NAME, ROLES, Browser, Vendor
from tests.app.web.denied import Denied, list_denied
from tests.app.web.every_key import add_world
from tests.app.web.test_access import WHO, fill, is_allowed, list_rules

boundless = denied.boundless


def count_events(session: Session) -> int:
    count = session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    session.rollback()
    return count


@pytest.mark.usefixtures("boundless")
@pytest.mark.parametrize("role", ROLES)
def test_every_change_that_a_role_is_denied_is_exactly_one_event(
    app: Flask, role: str, browse: Callable[[str], Browser], session: Session
) -> None:
    """Check 40: every route that changes something and is not this role's."""
    browser = browse(role)
    routes = [
        (method, fill(rule, {}))
        for method, rule in list_rules(app)
        if method != "GET"
        # The API knows tokens, not the sign-in of a browser; `nobody` is shown the way out.
        and not rule.rule.startswith("/api/")
        and WHO[method, rule.rule] != "nobody"
        and not is_allowed(WHO[method, rule.rule], role)
    ]
    assert routes
    before = count_events(session)
    for method, path in routes:
        assert browser.send(method, path).status_code == 403
    found = list_denied(session)
    assert count_events(session) == before + len(routes)
    assert [one.path for one in found] == [path for _method, path in routes]
    assert {(one.actor, one.action, one.status, one.code) for one in found} == {
        (f"The {role}", "request.denied", 403, "forbidden")
    }


@pytest.mark.usefixtures("boundless")
def test_every_change_that_is_refused_is_exactly_one_event(
    app: Flask, browse: Callable[[str], Browser], session: Session, people: None
) -> None:
    """Check 40: every route that changes something, with a form that says nothing.

    Whether it was refused is what the person reads: a status, or a notice on the next page.
    """
    world, seen = add_world(session), 0
    for role in ROLES:
        browser, num_refused = browse(role), 0
        for method, rule in list_rules(app):
            is_sign_in = rule.endpoint.startswith("security.")
            if method == "GET" or is_sign_in or not is_allowed(WHO[method, rule.rule], role):
                continue
            path = fill(rule, world.of(role))
            status, notices = browser.try_form(path, {})
            new = list_denied(session)[seen:]
            seen += len(new)
            is_refused = status >= 400 or "bad" in notices
            assert [one.path for one in new] == [path] * is_refused, (path, status, new)
            num_refused += is_refused
        assert num_refused, role


def test_change_of_what_is_not_there_is_exactly_one_event(ops: Browser, session: Session) -> None:
    """Check 40: somebody else's object reads as none, and the try is kept."""
    path = "/ops/pauses/987654/extend"
    assert ops.post(path, {"review_by": "2030-01-01"}).status == 404
    assert list_denied(session) == [
        Denied("The ops_manager", "request.denied", "ops.extend", path, 404, "not_found")
    ]


def test_refusal_by_a_rule_names_the_rule_and_nothing_that_was_typed(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    """Check 40: who, what, which object and why; no client's name, no text of the form."""
    before = count_events(session)
    path = f"/ops/pauses/{planned.pause_id}/terminate"
    ops.post(path, {"comment": ""})
    again = {"project": "P1", "scope": "project", "comment": CLIENT_NAME}
    assert ops.post("/ops/pauses", again).status == 400
    found = list_denied(session)
    assert [(one.action, one.endpoint, one.path, one.code) for one in found] == [
        ("request.refused", "ops.terminate", path, "invalid"),
        ("request.refused", "ops.create_pause", "/ops/pauses", "invalid"),
    ]
    assert count_events(session) == before + 2
    assert CLIENT_NAME not in repr(found)


def test_stale_page_is_one_refusal(ops: Browser, session: Session, planned: Vendor) -> None:
    """Check 40: what somebody else was faster with."""
    path = "/ops/proposals/1/pin"
    for _ in range(2):
        ops.post(path, {"version": "1", "pinned": "1"}, fragment=True)
    assert [(one.path, one.code) for one in list_denied(session)] == [(path, "stale")]


def test_batch_that_is_refused_has_its_own_event_and_no_second_one(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    path = "/ops/proposals/1/decision"
    ops.post(path, {"decision": "approve", "version": "7"})
    assert list_denied(session) == []
    ended = session.scalars(select(AuditEvent).where(AuditEvent.action == "batch.done")).one()
    assert ended.after is not None
    assert ended.after["num_refused"] == 1


def test_reading_what_is_not_ones_own_is_no_denied_change(
    contractor: Browser, visitor: Browser, session: Session
) -> None:
    assert contractor.get("/ops/").status == 403
    visitor.send("POST", "/ops/pauses")
    visitor.send("POST", "/no/such/page")
    assert list_denied(session) == []


def test_wrong_password_of_who_is_signed_in_is_one_refusal(
    payroll: Browser, visitor: Browser, session: Session
) -> None:
    visitor.sign_in("payroll@vendor.example", "not the password")
    payroll.post("/verify", {"password": "not the password"})
    payroll.post("/account/password", {"current": "no", "password": "x", "again": "x"})
    assert [(one.endpoint, one.code) for one in list_denied(session)] == [
        ("security.verify", "not_let_in"),
        ("account.set_password", "invalid"),
    ]


def test_address_that_no_text_can_hold_is_kept_all_the_same(
    contractor: Browser, session: Session
) -> None:
    path = "/ops/plans/1/place/" + "x%00%ff" * 200
    assert contractor.send("POST", path).status_code == 403
    (found,) = list_denied(session)
    assert found.endpoint.startswith("ops.")
    assert found.path.startswith("/ops/plans/1/place/x?")
    assert len(found.path) == 300
