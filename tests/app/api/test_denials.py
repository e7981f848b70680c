"""Calls that would have changed something and were refused: one event each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.application import API
from tests.app.api.conftest import Program
from tests.app.api.test_access import POLICY, fill, is_allowed
from tests.app.web import denied
from tests.app.web.conftest import ROLES, Vendor
from tests.app.web.denied import Denied, list_denied

boundless = denied.boundless


@pytest.mark.usefixtures("boundless")
def test_every_call_that_is_refused_is_exactly_one_event(
    make_program: Callable[..., Program], session: Session
) -> None:
    """Check 40: every operation that changes something, by every role, with an empty body."""
    for role in ROLES:
        program, expected = make_program(role), []
        before = len(list_denied(session))
        for method, route, who, _scope in POLICY:
            if method != "GET" and who != "everyone":
                path = fill(route)
                status = program.call(method, path, {}).status_code
                assert (status == 403) != is_allowed(who, role), (method, route, status)
                expected += [(path, status)] * (status >= 400)
        found = list_denied(session)[before:]
        assert [(one.path, one.status) for one in found] == expected
        assert {one.actor for one in found} == {f"The {role}"}


def test_unknown_field_is_one_refusal(ops: Program, session: Session) -> None:
    """Check 40: what is not in the description."""
    body = {"effective_at": "2026-01-05T12:00:00Z", "pay_rate_cents": 99}
    assert ops.call("POST", "/pauses", body).status_code == 422
    assert list_denied(session) == [
        Denied(
            "The ops_manager",
            "request.refused",
            "api.pauses.order_pause",
            "/api/v1/pauses",
            422,
            "invalid",
        )
    ]


def test_call_beyond_the_rate_is_one_refusal(app: Flask, ops: Program, session: Session) -> None:
    """Check 40: too many calls, whoever's token it is."""
    settings = app.extensions[API].extensions["redeploy.settings"]
    app.extensions[API].extensions["redeploy.settings"] = replace(settings, api_calls_per_minute=1)
    assert ops.call("GET", "/me").status_code == 200
    assert ops.call("GET", "/me").status_code == 429
    assert ops.call("POST", "/pauses", {}).status_code == 429
    (found,) = list_denied(session)
    assert (found.actor, found.status, found.code) == ("The ops_manager", 429, "too_many_calls")


def test_refused_rows_of_a_call_that_was_answered_are_one_refusal(
    payroll: Program, session: Session, paused: Vendor
) -> None:
    body = {"decision": "lock", "sheets": [{"timesheet_id": 9, "version": 1}]}
    (outcome,) = payroll.post("/timesheets/decisions", body)["items"]
    assert not outcome["ok"]
    (found,) = list_denied(session)
    assert (found.path, found.status, found.code) == (
        "/api/v1/timesheets/decisions",
        200,
        "some_rows",
    )
