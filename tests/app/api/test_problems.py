"""Errors as callers read them: problem details everywhere, and nothing changed."""

from __future__ import annotations

import json

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.api.guard import permit
from app.api.needs import LIST_OPS
from app.application import API
from app.models import AuditEvent, Pause
from tests.app.api.conftest import Program
from tests.app.web.conftest import CLIENT_NAME, Vendor

ORDER = {
    "project_ids": ["P1"],
    "effective_at": "2026-01-05T09:00:00Z",
    "reason_class": "security_breach",
}


def test_every_error_is_a_problem(ops: Program, stranger: Program) -> None:
    answers = [
        stranger.call("GET", "/me"),
        ops.call("GET", "/exports"),
        ops.call("GET", "/nowhere"),
        ops.call("DELETE", "/projects"),
        ops.call("GET", "/projects?limit=0"),
    ]
    assert [answer.status_code for answer in answers] == [401, 403, 404, 405, 422]
    for answer in answers:
        assert answer.mimetype == "application/problem+json"
        problem = answer.get_json()
        assert problem["status"] == answer.status_code
        assert problem["type"] == f"/api/v1/docs#{problem['code']}"
        assert problem["title"]
        assert problem["detail"]


def test_a_wrong_method_is_told_which_are_right(ops: Program) -> None:
    answer = ops.call("PUT", "/pauses/1")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_unknown_fields_are_refused_and_nothing_changes(ops: Program, session: Session) -> None:
    """Check 4: extra fields are refused by the API, nothing changed."""
    for field in ("rate_cents", "role", "clearance", "status", "paused_by"):
        answer = ops.call("POST", "/pauses", {**ORDER, field: 1})
        assert answer.status_code == 422
        assert [fault["field"] for fault in answer.get_json()["errors"]] == [f"json.{field}"]
        assert ops.call("GET", f"/projects?{field}=1").status_code == 422
    assert session.scalar(select(func.count()).select_from(Pause)) == 0


def test_all_faults_are_named_in_one_pass(ops: Program) -> None:
    answer = ops.call("POST", "/pauses", {"project_ids": [""], "effective_at": "soon"})
    faults = {fault["field"] for fault in answer.get_json()["errors"]}
    assert faults == {"json.project_ids.0", "json.effective_at", "json.reason_class"}


UNUSABLE_BODIES = [
    (b"{", 400),
    (b'{"a": NaN}', 400),
    (b"\xff", 400),
    (b"[" * 100_000, 400),
    (b"[" * 20 + b"]" * 20, 400),
    (b'{"comment": "\\u0000"}', 422),
    (b'{"comment": "\\ud800"}', 422),
    (b'{"\\u0000": 1}', 422),
    (b"[]", 422),
    (b"1", 422),
    (b"null", 422),
]


def test_unusable_bodies_are_refused(ops: Program) -> None:
    for body, status in UNUSABLE_BODIES:
        answer = ops.call("POST", "/pauses", data=body, content_type="application/json")
        assert answer.status_code == status, body[:40]
        assert answer.mimetype == "application/problem+json"


def test_bodies_are_json(ops: Program) -> None:
    answer = ops.call("POST", "/pauses", data={"project_ids": "P1"})
    assert answer.status_code == 415


def test_a_nul_in_an_address_is_refused(ops: Program) -> None:
    assert ops.call("GET", "/projects?text=%00").status_code == 422
    assert ops.call("GET", "/projects/%00").status_code == 422


def test_a_rule_of_the_field_says_no_by_its_code(ops: Program, paused: Vendor) -> None:
    order = {**ORDER, "effective_at": f"{paused.today}T09:00:00Z"}
    answer = ops.call("POST", "/pauses", order)
    assert answer.status_code == 409
    assert answer.get_json()["code"] == "already_paused"


def test_an_unexpected_fault_tells_nothing(app: Flask, ops: Program) -> None:
    @permit(LIST_OPS)
    def fail() -> None:
        raise RuntimeError(CLIENT_NAME)

    app.extensions[API].view_functions["projects.list_all_projects"] = fail
    answer = ops.call("GET", "/projects")
    assert answer.status_code == 500
    assert answer.get_json()["code"] == "internal_server_error"
    assert CLIENT_NAME not in json.dumps(answer.get_json())


def test_reading_changes_nothing(ops: Program, paused: Vendor, session: Session) -> None:
    before = session.scalar(select(func.count()).select_from(AuditEvent))
    session.rollback()
    ops.get("/projects")
    ops.get(f"/pauses/{paused.pause_id}")
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_answers_are_never_stored_and_have_an_id(ops: Program) -> None:
    """Check 11: what the API answers is personal, and is never stored."""
    for path in ("/me", "/nowhere"):
        headers = ops.call("GET", path).headers
        assert headers["Cache-Control"] == "no-store, private"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Request-Id"]
    assert ops.call("GET", "/me").headers.getlist("Set-Cookie") == []
